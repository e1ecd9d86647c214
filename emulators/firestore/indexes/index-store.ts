import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { FirestoreError, StorageError } from '../errors.ts';
import { schemaVersion } from '../storage/schema.ts';
import { backlogOf, configure, refuseForeignFile, requireWritable } from '../storage/storage.ts';
import { isDamaged, openFailure } from '../storage/storage-errors.ts';

export const INDEX_FILE = 'indexes.sqlite';
/** Raised when the form of the keys changes: files of another version are built anew. */
const VERSION = 3;

/** Entries are written out after so many, or so many milliseconds: what a crash leaves to recover. */
const FLUSH_ENTRIES = 8_000;
const FLUSH_MS = 500;

/** KiB of pages to keep in memory. */
const CACHE = 24_576;

const SCHEMA = `
CREATE TABLE reflected(
  only INTEGER PRIMARY KEY CHECK (only = 1), identity TEXT NOT NULL,
  commit_time INTEGER NOT NULL, next_document INTEGER NOT NULL);
CREATE TABLE entries(key BLOB PRIMARY KEY, document INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE index_groups(collection_group TEXT PRIMARY KEY, config TEXT NOT NULL) WITHOUT ROWID;
`;

/** Which commit the entries reflect, and the row id that the next new document had then. */
export interface Reflected {
  /** Microseconds since the epoch. */
  commitTime: number;
  nextDocument: number;
}

/** Keys in the order in which they are added, each with the row id of its document, or removed: with 0. */
export interface EntryChanges {
  keys: Buffer[];
  documents: number[];
}

/**
 * The index entries, in a file of their own. They follow from the documents, so they need no fsync before a commit is
 * answered: entries land all over the file, and waiting for their pages would cost far more than the documents do.
 * The file names the commit it reflects; after a crash it is brought up to date from the documents (`recover.ts`).
 */
export class IndexStore {
  readonly db: DatabaseSync;
  private readonly insertEntry: StatementSync;
  private readonly deleteEntry: StatementSync;
  private readonly saveReflected: StatementSync;
  private readonly beginStatement: StatementSync;
  private failure: unknown;
  private unflushed = 0;
  private identity = '';
  private newest: Reflected = { commitTime: 0, nextDocument: 0 };
  private logPages = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(directory: string) {
    const file = join(directory, INDEX_FILE);
    requireWritable(file);
    refuseForeignFile(file);
    this.db = open(file);
    this.insertEntry = this.db.prepare('INSERT OR REPLACE INTO entries(key, document) VALUES (?, ?)');
    this.deleteEntry = this.db.prepare('DELETE FROM entries WHERE key = ?');
    this.beginStatement = this.db.prepare('BEGIN IMMEDIATE');
    this.saveReflected = this.db.prepare('INSERT OR REPLACE INTO reflected VALUES (1, ?, ?, ?)');
  }

  /** What the entries reflect of a database; undefined when they belong to another one, or to none yet. */
  reflects(identity: string): Reflected | undefined {
    this.identity = identity;
    const row = this.db.prepare('SELECT * FROM reflected').get();
    if (row?.identity !== identity) return undefined;
    return { commitTime: Number(row.commit_time), nextDocument: Number(row.next_document) };
  }

  /** Whether entries are missing because writing them failed; they are recovered before the next commit. */
  get stale(): boolean {
    return this.failure !== undefined;
  }

  /** Throws when a query would miss documents. */
  assertFresh(): void {
    if (this.failure === undefined) return;
    const reason = this.failure instanceof Error ? this.failure.message : String(this.failure);
    throw new FirestoreError(
      'UNAVAILABLE',
      `The indexes could not be written: ${reason}. Check the data folder and its disk.`,
    );
  }

  /** Starts to change entries. */
  begin(): void {
    if (!this.db.isTransaction) this.beginStatement.run();
  }

  add(key: Uint8Array, document: number): void {
    this.insertEntry.run(key, document);
    this.unflushed++;
  }

  remove(key: Uint8Array): void {
    this.deleteEntry.run(key);
    this.unflushed++;
  }

  /**
   * Applies the entries of a group of commits whose documents are stored. They are seen at once and written out with
   * those of later groups, so that a page many of them share is written once. A failure is mended later, not thrown.
   */
  apply({ keys, documents }: EntryChanges, reflected: Reflected): void {
    if (this.failure !== undefined) return;
    try {
      this.begin();
      keys.forEach((key, i) => {
        const document = documents[i] ?? 0;
        if (document === 0) this.remove(key);
        else this.add(key, document);
      });
      this.settle(reflected);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Says that the entries reflect a commit, and writes them out before long. */
  settle(reflected: Reflected): void {
    this.newest = { commitTime: reflected.commitTime, nextDocument: reflected.nextDocument };
    this.failure = undefined;
    if (this.unflushed >= FLUSH_ENTRIES) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Forgets all changes since entries were last written out. */
  rollback(): void {
    this.unflushed = 0;
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
  }

  /** Writes out what is held. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.db.isTransaction) return;
    try {
      this.saveReflected.run(this.identity, this.newest.commitTime, this.newest.nextDocument);
      this.db.exec('COMMIT');
      this.unflushed = 0;
      this.logPages = backlogOf(this.db);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.failure = error;
    this.rollback();
  }

  /** Pages in the log that the file did not have when entries were last written out. */
  get backlog(): number {
    return this.logPages;
  }

  close(): void {
    this.flush();
    this.db.close();
  }
}

function open(file: string): DatabaseSync {
  try {
    return openFile(file);
  } catch (error) {
    if (!(error instanceof OtherVersion) && !isDamaged(error)) throw openFailure(error, file);
    // Nothing in it is irreplaceable.
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return openFile(file);
  }
}

class OtherVersion extends Error {}

function refuseForeignTables(db: DatabaseSync, file: string): void {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (names.length === 0 || names.some(({ name }) => name === 'index_groups')) return;
  throw new StorageError(
    `${file} belongs to another application. It was left untouched: choose another folder.`,
  );
}

function openFile(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    refuseForeignTables(db, file);
    configure(db, CACHE);
    const version = schemaVersion(db);
    if (version !== VERSION) {
      if (version !== 0) throw new OtherVersion();
      db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version=${VERSION}; COMMIT`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
