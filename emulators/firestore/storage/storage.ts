import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StorageError } from '../errors.ts';
import { APPLICATION_ID, checkVersion, createSchema, SCHEMA_VERSION, schemaVersion } from './schema.ts';
import { folderInUse, foreignFile, isBusy, openFailure } from './storage-errors.ts';
import { changeVersion } from './upgrade.ts';

export const DATABASE_FILE = 'firestore.sqlite';
/** SQLite's write-ahead log, which exists as long as the database is open. */
export const LOG_FILE = `${DATABASE_FILE}-wal`;
const LOCK_FILE = 'firestore.lock';
const HEADER = 'SQLite format 3\0';

/**
 * Settings of a file that this process alone writes. SQLite syncs its log only before checkpoints, which run in
 * a thread of their own (`Checkpoints`); commits are made durable by `LogSync`.
 * @param cache KiB of pages to keep in memory.
 */
export function configure(db: DatabaseSync, cache: number): void {
  db.exec(
    'PRAGMA busy_timeout=0; PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; ' +
      'PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY; ' +
      `PRAGMA cache_size=-${cache}`,
  );
}

/** Pages in the log that the file does not have. Not within a transaction. */
export function backlogOf(db: DatabaseSync): number {
  const row = db.prepare('PRAGMA wal_checkpoint(NOOP)').get();
  return Number(row?.log) - Number(row?.checkpointed);
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

/** SQLite would open a file that may not be written for reading, and lock nothing. */
export function requireWritable(file: string): void {
  try {
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new StorageError(
      `${file} cannot be written. Give the account of this process permission to write it.`,
      { cause: error },
    );
  }
}

/**
 * Takes the folder for this process alone. The lock is one of the operating system on an empty file, so it ends
 * with the process however that ends.
 */
function lockFolder(directory: string): DatabaseSync {
  const file = join(directory, LOCK_FILE);
  requireWritable(file);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file);
    lock.exec('PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    throw isBusy(error) ? folderInUse(directory, error) : openFailure(error, file);
  }
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

/** Refuses what another application or a newer release made, before anything is changed. Returns whether it is empty. */
function inspect(db: DatabaseSync, file: string): boolean {
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n;
  const application = db.prepare('PRAGMA application_id').get()?.application_id;
  if (tables === 0 && application === 0) return true;
  if (application !== APPLICATION_ID) {
    throw new StorageError(
      `${file} belongs to another application. It was left untouched: choose another folder.`,
    );
  }
  checkVersion(schemaVersion(db), file);
  return false;
}

/** The open database of a folder. */
export interface Storage {
  readonly db: DatabaseSync;
  /** The version of the files as they were found; undefined when they are new. */
  readonly found: number | undefined;
  close(): void;
}

/**
 * Opens the database of a folder for this process alone.
 * @param version brings files of another version to this one, after copying them: see `changeVersion`.
 */
export function openStorage(directory: string, version: number = SCHEMA_VERSION): Storage {
  prepareFolder(directory);
  const lock = lockFolder(directory);
  const file = join(directory, DATABASE_FILE);
  let db: DatabaseSync | undefined;
  try {
    requireWritable(file);
    refuseForeignFile(file);
    const opened = new DatabaseSync(file);
    db = opened;
    const found = inspect(opened, file) ? undefined : schemaVersion(opened);
    configure(opened, CACHE);
    if (found === undefined) createSchema(opened, version);
    else if (found !== version) changeVersion(opened, directory, found, version);
    const close = () => {
      opened.close();
      lock.close();
    };
    return { db: opened, found, close };
  } catch (error) {
    db?.close();
    lock.close();
    throw openFailure(error, file);
  }
}

/** KiB of pages of the documents to keep in memory; the operating system keeps more. */
const CACHE = 8_192;

/** Throws StorageError when a file that nobody writes is not a whole database of this engine. */
export function verifyFile(file: string): void {
  if (!existsSync(file)) throw new StorageError(`${file} does not exist.`);
  refuseForeignFile(file);
  let db: DatabaseSync | undefined;
  try {
    // As it stands: no log is looked for, and none is left beside it.
    db = new DatabaseSync(new URL(`${pathToFileURL(file).href}?immutable=1`), { readOnly: true });
    if (inspect(db, file)) throw new StorageError(`${file} is empty.`);
    const found = db.prepare('PRAGMA quick_check').get()?.quick_check;
    if (found !== 'ok') throw new StorageError(`${file} is damaged: ${String(found)}. Use another backup.`);
  } catch (error) {
    throw openFailure(error, file);
  } finally {
    db?.close();
  }
}
