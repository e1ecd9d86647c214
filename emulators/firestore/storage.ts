import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FirestoreError, StorageError } from './errors.ts';

export const DATABASE_FILE = 'firestore.sqlite';
/** SQLite's write-ahead log, which exists as long as the database is open. */
export const LOG_FILE = `${DATABASE_FILE}-wal`;
const HEADER = 'SQLite format 3\0';
const APPLICATION_ID = 0x4d57465331 % 2 ** 31;
export const SCHEMA_VERSION = 1;
/** Pages in the log after which SQLite copies them into the database file. */
export const CHECKPOINT_PAGES = 4000;

const SCHEMA = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE databases(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE collections(
  id INTEGER PRIMARY KEY, database INTEGER NOT NULL, path BLOB NOT NULL,
  name TEXT NOT NULL UNIQUE, collection_group TEXT NOT NULL);
CREATE UNIQUE INDEX collections_path ON collections(database, path);
CREATE INDEX collections_group ON collections(database, collection_group, path);
CREATE TABLE documents(
  id INTEGER PRIMARY KEY, collection INTEGER NOT NULL, segment BLOB NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, fields BLOB NOT NULL);
CREATE UNIQUE INDEX documents_name ON documents(collection, segment);
CREATE TABLE versions(
  until INTEGER NOT NULL, collection INTEGER NOT NULL, segment BLOB NOT NULL, document INTEGER NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, fields BLOB NOT NULL,
  PRIMARY KEY(until, collection, segment)) WITHOUT ROWID;
CREATE TABLE composites(id INTEGER PRIMARY KEY, definition TEXT NOT NULL UNIQUE);
CREATE TABLE feed(
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, path TEXT NOT NULL,
  before BLOB, after BLOB);
`;

interface SqliteError extends Error {
  errcode: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errcode === 'number';
}

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const NOTADB = 26;

/** The answer to a request that failed in storage; nothing of the request was kept. */
export function storageFailure(error: unknown): Error {
  if (!isSqliteError(error)) return error instanceof Error ? error : new Error(String(error));
  const primary = error.errcode & 0xff;
  if (primary === FULL) {
    return new FirestoreError(
      'RESOURCE_EXHAUSTED',
      'The disk is full; the write was not applied. Free space and retry.',
    );
  }
  if (primary === CORRUPT || primary === NOTADB) {
    return new FirestoreError(
      'DATA_LOSS',
      `The database file is damaged (${error.message}). Run the check command, then restore a backup.`,
    );
  }
  return new FirestoreError(
    'UNAVAILABLE',
    `The database could not be written: ${error.message}. Check the data folder and its disk.`,
  );
}

export function openFailure(error: unknown, file: string): Error {
  if (!isSqliteError(error)) return error instanceof Error ? error : new Error(String(error));
  const primary = error.errcode & 0xff;
  if (primary === BUSY) {
    return new StorageError(
      `${file} is in use by another process. Stop that process, connect to it over the network, or choose another folder.`,
      { cause: error },
    );
  }
  if (primary === NOTADB) return foreignFile(file);
  if (primary === CORRUPT) {
    return new StorageError(
      `${file} is damaged. It was left untouched: restore a backup, or move the folder away to start empty.`,
      { cause: error },
    );
  }
  if (primary === READONLY) {
    return new StorageError(`${file} is read-only. Give the account of this process write permission.`, {
      cause: error,
    });
  }
  return new StorageError(`${file} could not be opened: ${error.message}.`, { cause: error });
}

function prepareFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new StorageError(
      `The data folder ${directory} cannot be written. Create it, or give the account of this process permission.`,
      { cause: error },
    );
  }
}

function foreignFile(file: string): StorageError {
  return new StorageError(
    `${file} is not a database of this engine. It was left untouched: choose another folder or move the file away.`,
  );
}

/**
 * Leaves a file alone that is no SQLite database. Not for a file that this process may have open: closing any
 * handle of it would end the locks (POSIX).
 */
export function refuseForeignFile(file: string): void {
  if (!existsSync(file)) return;
  const header = Buffer.alloc(HEADER.length);
  const handle = openSync(file, 'r');
  const size = readSync(handle, header, 0, header.length, 0);
  closeSync(handle);
  if (size > 0 && header.toString('latin1', 0, size) !== HEADER) throw foreignFile(file);
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function refuseForeignDatabase(db: DatabaseSync, file: string): boolean {
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n;
  if (tables === 0) return true;
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    throw new StorageError(
      `${file} belongs to another application. It was left untouched: choose another folder.`,
    );
  }
  const version = Number(pragma(db, 'user_version'));
  if (version > SCHEMA_VERSION) {
    throw new StorageError(
      `${file} was written by a newer release (schema ${version}). Start that release, or restore an older backup.`,
    );
  }
  return false;
}

/**
 * Opens the database of a folder for this process alone. Exclusive locking makes a second process fail at
 * once, and the operating system releases the lock even when this process is killed. SQLite syncs the log only
 * before checkpoints; commits are made durable by `LogSync`.
 */
export function openStorage(directory: string): DatabaseSync {
  prepareFolder(directory);
  const file = join(directory, DATABASE_FILE);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    db.exec(
      'PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=4096; PRAGMA journal_mode=WAL; ' +
        `PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES}; PRAGMA cache_size=-32768; ` +
        'PRAGMA temp_store=MEMORY; BEGIN IMMEDIATE; COMMIT',
    );
    if (refuseForeignDatabase(db, file)) {
      db.exec(
        `BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${SCHEMA_VERSION}; COMMIT`,
      );
    }
    return db;
  } catch (error) {
    db?.close();
    throw openFailure(error, file);
  }
}

/** Throws StorageError when a file is not a whole database of this engine. */
export function verifyFile(file: string): void {
  if (!existsSync(file)) throw new StorageError(`${file} does not exist.`);
  refuseForeignFile(file);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    if (refuseForeignDatabase(db, file)) throw new StorageError(`${file} is empty.`);
    const found = pragma(db, 'quick_check');
    if (found !== 'ok') throw new StorageError(`${file} is damaged: ${String(found)}. Use another backup.`);
  } catch (error) {
    throw openFailure(error, file);
  } finally {
    db?.close();
  }
}
