import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Collection } from './catalog.ts';
import type { StoredDocument } from './document.ts';
import { StorageError } from './errors.ts';
import { encodeFields } from './record-codec.ts';
import { decodeFields } from './record-reader.ts';
import type { Change } from './store.ts';
import { type Fields, toMicros, type Value, vectorOf } from './values.ts';

/** A document as plain data: integers beyond 2^53 as bigint, timestamps as Date, references as paths. */
export type JsonData = { [field: string]: JsonValue };
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Buffer
  | JsonValue[]
  | { [field: string]: JsonValue };

/** One change of one document. `before` is absent when it was created, `after` when it was deleted. */
export interface FeedEntry {
  /** Strictly increasing in commit order. */
  sequence: bigint;
  commitTime: Date;
  /** Path of the document below the database root. */
  path: string;
  before?: JsonData;
  after?: JsonData;
}

function plainValue(value: Value): JsonValue {
  switch (value.valueType) {
    case 'nullValue':
      return null;
    case 'booleanValue':
      return value.booleanValue;
    case 'integerValue':
      return typeof value.integerValue === 'number' ? value.integerValue : BigInt(value.integerValue);
    case 'doubleValue':
      return value.doubleValue;
    case 'timestampValue':
      return new Date(Math.floor(toMicros(value.timestampValue) / 1000));
    case 'stringValue':
      return value.stringValue;
    case 'bytesValue':
      return value.bytesValue;
    case 'referenceValue':
      return value.referenceValue.slice(value.referenceValue.indexOf('/documents/') + '/documents/'.length);
    case 'geoPointValue':
      return { ...value.geoPointValue };
    case 'arrayValue':
      return value.arrayValue.values.map(plainValue);
    case 'mapValue':
      return vectorOf(value)?.map(plainValue) ?? plainData(value.mapValue.fields);
  }
}

export function plainData(fields: Fields): JsonData {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plainValue(value)]));
}

/** A path such as `tenants/{tenant}/changes/{id}`: fixed segments, and undefined where any segment fits. */
type Pattern = (string | undefined)[];

function readPattern(pattern: string): Pattern {
  const parts = pattern.split('/');
  if (parts.length % 2 !== 0 || parts.includes('')) {
    throw new StorageError(
      `Feed pattern "${pattern}" must name documents, for example tenants/{tenant}/changes/{id}.`,
    );
  }
  return parts.map((part) => (part.startsWith('{') && part.endsWith('}') ? undefined : part));
}

interface FeedRow {
  sequence: bigint;
  time: bigint;
  path: string;
  before: Uint8Array | null;
  after: Uint8Array | null;
}

/**
 * The durable feed of committed changes. Entries are written in the transaction of their commit, so a reader
 * that remembers the last sequence it handled misses nothing and sees nothing that was not committed.
 */
export class CommitFeed {
  private readonly patterns: Pattern[];
  private readonly listeners = new Set<() => void>();
  /** The document ids that the patterns admit in a collection; undefined admits all. */
  private readonly admitted = new WeakMap<Collection, (string | undefined)[]>();
  private readonly insert: StatementSync;
  private readonly select: StatementSync;
  private readonly remove: StatementSync;
  /** The newest entry, and the newest that readers may see because it is durable. */
  private last: bigint;
  private durable: bigint;

  constructor(db: DatabaseSync, patterns: readonly string[]) {
    this.patterns = patterns.map(readPattern);
    this.insert = db.prepare('INSERT INTO feed(time, path, before, after) VALUES (?, ?, ?, ?)');
    this.select = db.prepare(
      'SELECT * FROM feed WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?',
    );
    this.select.setReadBigInts(true);
    this.remove = db.prepare('DELETE FROM feed WHERE sequence < ?');
    const newest = db.prepare('SELECT max(sequence) AS newest FROM feed');
    newest.setReadBigInts(true);
    this.last = BigInt(newest.get()?.newest?.toString() ?? 0);
    this.durable = this.last;
  }

  /** Entries after a sequence (0n: from the start), oldest first, at most `limit`. */
  read(after: bigint, limit: number): FeedEntry[] {
    const rows = this.select.all(after, this.durable, limit) as unknown as FeedRow[];
    return rows.map(({ sequence, time, path, before, after: next }) => ({
      sequence,
      commitTime: new Date(Number(time / 1000n)),
      path,
      ...(before && { before: plainData(decodeFields(before)) }),
      ...(next && { after: plainData(decodeFields(next)) }),
    }));
  }

  /** Calls back after a durable commit that appended to the feed. Returns the function that unsubscribes. */
  onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Removes the entries before a sequence. */
  trim(before: bigint): void {
    this.remove.run(before);
  }

  /** Appends a change, when a pattern covers it; only within a write transaction. */
  append(change: Change, time: number): void {
    const document = change.after ?? change.before;
    if (!document || this.patterns.length === 0 || !this.covers(document)) return;
    const path = document.name.slice(document.name.indexOf('/documents/') + '/documents/'.length);
    const before = change.before && Buffer.from(encodeFields(change.before.fields));
    const after = change.after && encodeFields(change.after.fields);
    const { lastInsertRowid } = this.insert.run(time, path, before ?? null, after ?? null);
    this.last = BigInt(lastInsertRowid);
  }

  private covers({ collection, name }: StoredDocument): boolean {
    let ids = this.admitted.get(collection);
    if (!ids) {
      const segments = collection.name.split('/').slice(5);
      ids = this.patterns
        .filter(
          (pattern) =>
            pattern.length === segments.length + 1 &&
            segments.every((segment, i) => pattern[i] === undefined || pattern[i] === segment),
        )
        .map((pattern) => pattern.at(-1));
      this.admitted.set(collection, ids);
    }
    return ids.some((id) => id === undefined || name.endsWith(`/${id}`));
  }

  /** The newest entry that was appended. */
  get written(): bigint {
    return this.last;
  }

  /** Shows the entries up to one to the readers and wakes them. */
  release(written: bigint): void {
    if (written <= this.durable) return;
    this.durable = written;
    for (const listener of this.listeners) queueMicrotask(listener);
  }
}
