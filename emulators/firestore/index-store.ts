import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { FirestoreError, StorageError } from './errors.ts';
import { openFailure, refuseForeignFile } from './storage.ts';

export const INDEX_FILE = 'indexes.sqlite';
/** Raised when the form of the keys changes: files of another version are built anew. */
const VERSION = 2;

/** Entries are written out after so many, or so many milliseconds: what a crash leaves to recover. */
const FLUSH_ENTRIES = 50_000;
const FLUSH_MS = 500;

const SCHEMA = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE entries(key BLOB PRIMARY KEY, document INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE index_groups(collection_group TEXT PRIMARY KEY, config TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * The index entries, in a file of their own. They follow from the documents, so they need no fsync before a commit is
 * answered: entries land all over the file, and waiting for their pages would cost far more than the documents do.
 * The file names the commit it reflects; after a crash it is brought up to date from the documents (`recover.ts`).
 */
export class IndexStore {
  readonly db: DatabaseSync;
  private readonly insertEntry: StatementSync;
  private readonly deleteEntry: StatementSync;
  private readonly setTime: StatementSync;
  private readonly savepoint: StatementSync;
  private readonly release: StatementSync;
  private failure: unknown;
  private unflushed = 0;
  private time = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(directory: string) {
    const file = join(directory, INDEX_FILE);
    refuseForeignFile(file);
    this.db = open(file);
    this.insertEntry = this.db.prepare('INSERT OR REPLACE INTO entries(key, document) VALUES (?, ?)');
    this.deleteEntry = this.db.prepare('DELETE FROM entries WHERE key = ?');
    this.savepoint = this.db.prepare('SAVEPOINT entries');
    this.release = this.db.prepare('RELEASE entries');
    this.setTime = this.db.prepare(`INSERT OR REPLACE INTO meta(key, value) VALUES ('commitTime', ?)`);
  }

  /** The commit the entries reflect, in microseconds; undefined before the first. */
  get commitTime(): number | undefined {
    const value = this.db.prepare(`SELECT value FROM meta WHERE key = 'commitTime'`).get()?.value;
    return typeof value === 'number' ? value : undefined;
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

  /** Starts the entries of a group of commits. */
  begin(): void {
    if (!this.db.isTransaction) this.db.exec('BEGIN IMMEDIATE');
    this.savepoint.run();
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
   * Keeps the entries of a group whose documents are durable. They are seen at once and written out with those of
   * later groups, so that a page many of them share is written once. A failure is mended later, not thrown.
   */
  commit(time: number): void {
    try {
      this.release.run();
      this.time = time;
      this.failure = undefined;
      if (this.unflushed >= FLUSH_ENTRIES) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Forgets the entries of a group whose documents were not stored. */
  rollback(): void {
    if (this.db.isTransaction) this.db.exec('ROLLBACK TO entries; RELEASE entries');
  }

  /** Writes out what is held. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.db.isTransaction) return;
    try {
      this.setTime.run(this.time);
      this.db.exec('COMMIT');
      this.unflushed = 0;
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.failure = error;
    this.unflushed = 0;
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
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
    // Damaged, or of another version: nothing in it is irreplaceable. In use, or of somebody else: not ours to delete.
    const failure = openFailure(error, file);
    if (failure instanceof ForeignIndex || /in use/.test(failure.message)) throw failure;
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return openFile(file);
  }
}

class ForeignIndex extends StorageError {}

function refuseForeignTables(db: DatabaseSync, file: string): void {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (names.length === 0 || names.some(({ name }) => name === 'index_groups')) return;
  throw new ForeignIndex(
    `${file} belongs to another application. It was left untouched: choose another folder.`,
  );
}

function openFile(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec(
      'PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=4096; PRAGMA journal_mode=WAL; ' +
        'PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=8000; PRAGMA cache_size=-65536; ' +
        'PRAGMA temp_store=MEMORY; BEGIN IMMEDIATE; COMMIT',
    );
    refuseForeignTables(db, file);
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    if (version !== VERSION) {
      if (version !== 0) throw new Error('another version');
      db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version=${VERSION}; COMMIT`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
