import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EntryChanges, IndexStore } from '../indexes/index-store.ts';
import type { KeyTarget } from '../indexes/indexer.ts';
import { makeDocument, type StoredDocument } from '../values/document.ts';
import { encodeFields, holdsBytes } from '../values/record-codec.ts';
import { decodeFields } from '../values/record-reader.ts';
import { segmentKey, segmentText } from '../values/segments.ts';
import type { Fields } from '../values/values.ts';
import { Catalog, type Collection } from './catalog.ts';
import { DocumentCache } from './document-cache.ts';
import { History } from './history.ts';
import { recoverIndexes } from './recover.ts';
import { DatabaseState } from './state.ts';
import { isFull } from './storage-errors.ts';

/** One document before and after a commit; equal objects mean that it did not change. */
export interface Change {
  name: string;
  before: StoredDocument | undefined;
  after: StoredDocument | undefined;
}

interface DocumentRow {
  id: number;
  collection: number;
  segment: Uint8Array;
  created: number;
  updated: number;
  fields: Uint8Array;
}

const CACHE_BYTES = 24 * 1024 * 1024;

/**
 * Documents and their index entries. Reads see the writes of the open transaction; documents written in it
 * enter the cache only when it is durable.
 */
export class Store {
  readonly db: DatabaseSync;
  readonly index: IndexStore;
  readonly catalog: Catalog;
  readonly history: History;
  readonly state: DatabaseState;
  private readonly cache = new DocumentCache(CACHE_BYTES);
  private pending: Map<string, StoredDocument | null> | undefined;
  private readonly selectByName: StatementSync;
  private readonly selectById: StatementSync;
  private readonly insertDocument: StatementSync;
  private readonly updateDocument: StatementSync;
  private readonly deleteDocument: StatementSync;
  private readonly beginStatement: StatementSync;
  private readonly commitStatement: StatementSync;
  /** What the open transaction does to the indexes; applied when its documents are stored. */
  private entries: EntryChanges = { keys: [], documents: [] };

  constructor(db: DatabaseSync, index: IndexStore, indexes: unknown) {
    this.db = db;
    this.index = index;
    this.catalog = new Catalog(db, indexes);
    this.history = new History(db, this.catalog);
    this.state = new DatabaseState(db);
    this.selectByName = db.prepare('SELECT * FROM documents WHERE collection = ? AND segment = ?');
    this.selectById = db.prepare('SELECT * FROM documents WHERE id = ?');
    this.insertDocument = db.prepare(
      'INSERT INTO documents(id, collection, segment, created, updated, fields) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.updateDocument = db.prepare('UPDATE documents SET updated = ?, fields = ? WHERE id = ?');
    this.deleteDocument = db.prepare('DELETE FROM documents WHERE id = ?');
    this.beginStatement = db.prepare('BEGIN IMMEDIATE');
    this.commitStatement = db.prepare('COMMIT');
  }

  /** The time of the newest commit, in microseconds. */
  get commitTime(): number {
    return this.state.commitTime;
  }

  get documentCount(): number {
    return this.state.documents;
  }

  /** See `DatabaseState.now`. */
  now(): number {
    return this.state.now();
  }

  /** See `DatabaseState.nextCommitTime`. */
  nextCommitTime(): number {
    return this.state.nextCommitTime();
  }

  find(name: string): StoredDocument | undefined {
    const pending = this.pending?.get(name);
    if (pending !== undefined) return pending ?? undefined;
    const cached = this.cache.byName(name);
    if (cached) return cached;
    const slash = name.lastIndexOf('/');
    const collection = this.catalog.collection(name.slice(0, slash));
    if (!collection) return undefined;
    const segment = segmentKey(name.slice(slash + 1));
    const row = this.selectByName.get(collection.id, segment) as DocumentRow | undefined;
    return row && this.read(row, collection, segment);
  }

  /** The document as of a past time; undefined time means now. */
  findAt(name: string, time: number | undefined): StoredDocument | undefined {
    const present = this.find(name);
    if (time === undefined || (present && present.updated <= time) || time >= this.commitTime) return present;
    return this.history.version(name, segmentKey(name.slice(name.lastIndexOf('/') + 1)), present, time);
  }

  /** How many documents index entries led to, since the start. */
  loads = 0;

  /** The document of an index entry. */
  load(id: number): StoredDocument {
    this.loads++;
    if (!this.pending) {
      const cached = this.cache.byId(id);
      if (cached) return cached;
    }
    const row = this.selectById.get(id) as DocumentRow | undefined;
    const collection = row && this.catalog.collectionById(row.collection);
    if (!row || !collection)
      throw new Error(`An index entry names document ${id}, which is gone; run the check.`);
    return this.read(row, collection, Buffer.from(row.segment));
  }

  private read(row: DocumentRow, collection: Collection, segment: Buffer): StoredDocument {
    const fields = decodeFields(row.fields);
    const name = `${collection.name}/${segmentText(segment)}`;
    const document = makeDocument(
      row.id,
      collection,
      name,
      segment,
      row.created,
      row.updated,
      fields,
      row.fields.length,
    );
    // Documents with bytes are decoded anew each time, because a client could write into them.
    if (!this.pending && !holdsBytes(fields)) this.cache.offer(document);
    return document;
  }

  begin(): void {
    if (this.index.stale) recoverIndexes(this);
    this.beginStatement.run();
    this.pending = new Map();
  }

  /** Makes everything since `begin` durable. */
  commit(): void {
    this.state.save();
    this.commitStatement.run();
    this.index.apply(this.entries, this.state);
    const { pending } = this;
    this.forgetPending();
    if (!pending) return;
    for (const [name, document] of pending) {
      // What nobody read stays out: a load of many documents would only push out those that are read.
      const cached = this.cache.byName(name);
      if (!cached) continue;
      this.cache.delete(cached);
      if (document && !holdsBytes(document.fields)) this.cache.set(document);
    }
  }

  /** Removes expired versions, about `count` at most; false when there were none, or when the disk is full. */
  prune(count: number): boolean {
    if (!this.db.isOpen) return false;
    try {
      this.beginStatement.run();
      const pruned = this.history.prune(this.now(), count);
      this.commitStatement.run();
      return pruned;
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      if (isFull(error)) return false;
      throw error;
    }
  }

  /** Undoes everything since `begin`. */
  rollback(): void {
    this.forgetPending();
    this.catalog.forget();
    // SQLite may already have rolled back by itself, for example when the disk is full.
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
    this.state.reload();
  }

  private forgetPending(): void {
    this.pending = undefined;
    this.entries = { keys: [], documents: [] };
    this.catalog.entryWriter.reset();
  }

  /** Builds the document that a write leaves behind, without storing it. */
  build(name: string, before: StoredDocument | undefined, fields: Fields, time: number): StoredDocument {
    if (before) {
      const { id, collection, segment, created } = before;
      return makeDocument(id, collection, name, segment, created, time, fields, 0);
    }
    const slash = name.lastIndexOf('/');
    const collection = this.catalog.ensureCollection(name.slice(0, slash));
    const segment = segmentKey(name.slice(slash + 1));
    return makeDocument(this.state.nextDocument++, collection, name, segment, time, time, fields, 0);
  }

  /** Stores one change with its index entries; only between `begin` and `commit`. */
  write(change: Change, time: number): StoredDocument | undefined {
    const { name, before, after } = change;
    const at = after ?? before;
    if (!at || before === after) return after;
    if (before && after && before.id !== after.id) {
      // Deleted and created again within one commit: a new document of the same name.
      this.write({ name, before, after: undefined }, time);
      return this.write({ name, before: undefined, after }, time);
    }
    if (before) this.history.keep(before, time, !after);
    this.diffEntries(at, before, after);
    this.pending?.set(name, after ?? null);
    if (!after) {
      this.deleteDocument.run(at.id);
      this.state.documents--;
      return undefined;
    }
    const encoded = encodeFields(after.fields);
    after.size = encoded.length;
    if (before) {
      this.updateDocument.run(after.updated, encoded, after.id);
    } else {
      this.insertDocument.run(
        after.id,
        after.collection.id,
        after.segment,
        after.created,
        after.updated,
        encoded,
      );
      this.state.documents++;
    }
    return after;
  }

  private diffEntries(
    at: StoredDocument,
    before: StoredDocument | undefined,
    after: StoredDocument | undefined,
  ): void {
    const { keys, documents } = this.entries;
    const added: Buffer[] = [];
    at.collection.indexer.diff(keyTarget(at), before?.fields, after?.fields, keys, added);
    while (documents.length < keys.length) documents.push(0);
    for (const key of added) {
      keys.push(key);
      documents.push(at.id);
    }
  }
}

export function keyTarget(document: StoredDocument): KeyTarget {
  const { collection, segment } = document;
  return {
    collectionId: collection.id,
    databaseId: collection.databaseId,
    segment,
    get path() {
      return Buffer.concat([collection.path, segment, Buffer.of(0, 1)]);
    },
  };
}
