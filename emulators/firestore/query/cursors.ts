import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { IndexStore } from '../indexes/index-store.ts';
import { afterKey } from '../values/key-codec.ts';

/** One step of a scan: the end of the key, by which scans of one order are merged, and the document's row id. */
interface Entry {
  suffix: Buffer;
  document: number;
}

type Row = [Uint8Array, number];

const FIRST_CHUNK = 32;
const CHUNK = 512;

/** The statements that all scans share. */
export class ScanStatements {
  readonly entriesForward: StatementSync;
  readonly entriesBackward: StatementSync;
  readonly namesForward: StatementSync;
  readonly namesBackward: StatementSync;
  readonly idsForward: StatementSync;
  readonly idsBackward: StatementSync;
  readonly countEntries: StatementSync;
  readonly countNames: StatementSync;

  private readonly index: IndexStore;

  constructor(documents: DatabaseSync, index: IndexStore) {
    this.index = index;
    const list = (sql: string, db: DatabaseSync = index.db) => {
      const statement = db.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    const entries = 'FROM entries WHERE key >= ? AND key < ? ORDER BY key';
    const names = 'FROM documents WHERE collection = ? AND segment >= ? AND segment < ? ORDER BY segment';
    this.entriesForward = list(`SELECT key, document ${entries} LIMIT ?`);
    this.entriesBackward = list(`SELECT key, document ${entries} DESC LIMIT ?`);
    this.idsForward = list(`SELECT document ${entries} LIMIT ?`);
    this.idsBackward = list(`SELECT document ${entries} DESC LIMIT ?`);
    this.namesForward = list(`SELECT segment, id ${names} LIMIT ?`, documents);
    this.namesBackward = list(`SELECT segment, id ${names} DESC LIMIT ?`, documents);
    this.countEntries = list('SELECT count(*) FROM entries WHERE key >= ? AND key < ?');
    this.countNames = list(
      'SELECT count(*) FROM documents WHERE collection = ? AND segment >= ? AND segment < ?',
      documents,
    );
  }

  /** Throws when the index entries do not reflect every document. */
  assertFresh(): void {
    this.index.assertFresh();
  }
}

/**
 * Walks index entries, or the names of a collection, in key order or against it. It reads in chunks and holds
 * no open statement between them, so a write never meets a half-read scan.
 */
export class Cursor {
  private rows: Row[] = [];
  private at = 0;
  private low: Buffer;
  private high: Buffer;
  private exhausted = false;
  private chunk = FIRST_CHUNK;
  private readonly fetch: (low: Buffer, high: Buffer, limit: number) => Row[];
  private readonly prefix: number;
  private readonly backward: boolean;

  /** @param low first key; @param high first key beyond; @param prefix bytes that all keys share. */
  constructor(
    fetch: (low: Buffer, high: Buffer, limit: number) => Row[],
    low: Buffer,
    high: Buffer,
    prefix: number,
    backward: boolean,
  ) {
    this.fetch = fetch;
    this.low = low;
    this.high = high;
    this.prefix = prefix;
    this.backward = backward;
  }

  /** The current entry, undefined at the end. */
  peek(): Entry | undefined {
    if (this.at === this.rows.length && !this.refill()) return undefined;
    const row = this.rows[this.at];
    if (!row) return undefined;
    const key = row[0];
    return {
      suffix: Buffer.from(key.buffer, key.byteOffset + this.prefix, key.byteLength - this.prefix),
      document: row[1],
    };
  }

  advance(): void {
    this.at++;
  }

  /** Moves on to the first entry at or beyond a suffix, in the direction of the scan. */
  seek(suffix: Buffer, prefix: Buffer): void {
    // Nearby entries are usually in the chunk already.
    for (let step = 0; step < 8; step++) {
      const entry = this.at < this.rows.length ? this.peek() : undefined;
      if (!entry) break;
      const order = Buffer.compare(entry.suffix, suffix);
      if (this.backward ? order <= 0 : order >= 0) return;
      this.at++;
    }
    const key = Buffer.concat([prefix, suffix]);
    this.rows = [];
    this.at = 0;
    this.chunk = FIRST_CHUNK;
    this.exhausted = false;
    if (this.backward) {
      const bound = afterKey(key);
      if (Buffer.compare(bound, this.high) < 0) this.high = bound;
    } else if (Buffer.compare(key, this.low) > 0) this.low = key;
  }

  private refill(): boolean {
    if (this.exhausted) return false;
    const rows = this.fetch(this.low, this.high, this.chunk);
    this.exhausted = rows.length < this.chunk;
    this.chunk = CHUNK;
    this.rows = rows;
    this.at = 0;
    const last = rows.at(-1)?.[0];
    if (!last) return false;
    const key = Buffer.from(last.buffer, last.byteOffset, last.byteLength);
    if (this.backward) this.high = key;
    else this.low = afterKey(key);
    return true;
  }
}

/** One range of index entries of a plan. */
export interface Scan {
  /** What all keys of the scan begin with. */
  prefix: Buffer;
  low: Buffer;
  high: Buffer;
}

export function entryCursor(statements: ScanStatements, scan: Scan, backward: boolean): Cursor {
  statements.assertFresh();
  const statement = backward ? statements.entriesBackward : statements.entriesForward;
  return new Cursor(
    (low, high, limit) => statement.all(low, high, limit) as unknown as Row[],
    scan.low,
    scan.high,
    scan.prefix.length,
    backward,
  );
}

export function nameCursor(
  statements: ScanStatements,
  collection: number,
  low: Buffer,
  high: Buffer,
  backward: boolean,
): Cursor {
  const statement = backward ? statements.namesBackward : statements.namesForward;
  return new Cursor(
    (from, to, limit) => statement.all(collection, from, to, limit) as unknown as Row[],
    low,
    high,
    0,
    backward,
  );
}

/** The documents that several scans of one order have in common, each leaping to where the others are (zigzag). */
export function* intersect(
  cursors: readonly Cursor[],
  scans: readonly Scan[],
  backward: boolean,
): Generator<number> {
  for (;;) {
    let target: Entry | undefined;
    let agreed = true;
    for (const cursor of cursors) {
      const entry = cursor.peek();
      if (!entry) return;
      if (!target) {
        target = entry;
        continue;
      }
      const order = Buffer.compare(entry.suffix, target.suffix);
      if (order === 0) continue;
      agreed = false;
      if (backward ? order < 0 : order > 0) target = entry;
    }
    if (!target) return;
    if (agreed) {
      yield target.document;
      for (const cursor of cursors) cursor.advance();
    } else {
      const { suffix } = target;
      cursors.forEach((cursor, i) => {
        cursor.seek(suffix, scans[i]?.prefix ?? Buffer.alloc(0));
      });
    }
  }
}
