import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '../errors.ts';
import { openFirestoreEngine } from '../index.ts';
import { INDEX_FILE } from '../indexes/index-store.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { DATABASE_FILE, LOG_FILE, openStorage, verifyFile } from './storage.ts';
import { copyFileOf } from './upgrade.ts';

/**
 * Puts a backup into a folder that holds no database yet. Throws StorageError, and changes nothing, when the folder
 * has one or what is left of one (SQLite would take its log for the backup's), or when the file is not a whole
 * database of this engine.
 */
export function restoreBackup(file: string, directory: string): void {
  const target = join(directory, DATABASE_FILE);
  for (const name of [DATABASE_FILE, LOG_FILE, INDEX_FILE]) {
    if (!existsSync(join(directory, name))) continue;
    throw new StorageError(`${directory} already holds a database (${name}). Restore into an empty folder.`);
  }
  verifyFile(file);
  mkdirSync(directory, { recursive: true });
  const partial = `${target}.partial`;
  copyFileSync(file, partial, constants.COPYFILE_FICLONE);
  const copy = openSync(partial, 'r+');
  fsyncSync(copy);
  closeSync(copy);
  renameSync(partial, target);
}

/**
 * Builds what follows from the documents anew: the index entries and the number of documents. Returns the problems
 * that remain; damage to the documents themselves is mended by restoring a backup.
 */
export async function repairDatabase(
  directory: string,
  indexes?: unknown,
): Promise<{ ok: boolean; problems: string[] }> {
  const { db, close } = openStorage(directory);
  try {
    db.exec('REINDEX');
    db.exec('UPDATE state SET documents = (SELECT count(*) FROM documents)');
  } finally {
    close();
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, INDEX_FILE + suffix), { force: true });
  const engine = openFirestoreEngine({ directory, indexes });
  try {
    return engine.check();
  } finally {
    await engine.close();
  }
}

/** What `changeSchema` did; `copy` is the file that holds the database as it was. */
export interface SchemaChange {
  from: number;
  to: number;
  copy: string | undefined;
}

/**
 * Brings the database of a folder to another schema version: up to that of this release (default), or down to that
 * of an older one, which can then be used again. Throws StorageError, and changes nothing, when there is no database
 * or no such version.
 */
export function changeSchema(directory: string, to: number = SCHEMA_VERSION): SchemaChange {
  if (!existsSync(join(directory, DATABASE_FILE))) throw new StorageError(`${directory} holds no database.`);
  if (!Number.isInteger(to) || to < 1 || to > SCHEMA_VERSION) {
    throw new StorageError(`There is no schema ${to}: this release knows 1 to ${SCHEMA_VERSION}.`);
  }
  const { found = to, close } = openStorage(directory, to);
  close();
  return { from: found, to, copy: found === to ? undefined : copyFileOf(directory, found) };
}
