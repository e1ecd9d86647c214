import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../errors.ts';
import { migrate, schemaVersion } from './schema.ts';
import { isFull } from './storage-errors.ts';

/** The copy that is kept of a database as it was at a version; delete it when it is not wanted any more. */
export function copyFileOf(directory: string, version: number): string {
  return join(directory, `firestore.schema-${version}.sqlite`);
}

function countRows(db: DatabaseSync): string {
  return ['documents', 'versions', 'feed', 'collections']
    .map((table) => db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
    .join();
}

/** Copies the database as it is and makes sure that the copy is whole; it appears under its name only then. */
function keepCopy(db: DatabaseSync, file: string): void {
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  db.prepare('VACUUM INTO ?').run(partial);
  const copy = new DatabaseSync(partial, { readOnly: true });
  try {
    const whole = copy.prepare('PRAGMA quick_check').get()?.quick_check === 'ok';
    if (!whole || schemaVersion(copy) !== schemaVersion(db) || countRows(copy) !== countRows(db)) {
      throw new StorageError(`The copy ${partial} is not whole. Check the disk, then start again.`);
    }
  } finally {
    copy.close();
  }
  const handle = openSync(partial, 'r+');
  fsyncSync(handle);
  closeSync(handle);
  renameSync(partial, file);
}

/**
 * Brings a database to another version, in either direction. Before, it keeps a verified copy of it as it was, so
 * that even what an older release wrote last can be had again. Killed at any moment, it leaves the old version or
 * the new one.
 */
export function changeVersion(db: DatabaseSync, directory: string, from: number, to: number): void {
  const file = copyFileOf(directory, from);
  try {
    keepCopy(db, file);
    migrate(db, from, to);
  } catch (error) {
    rmSync(`${file}.partial`, { force: true });
    if (!isFull(error)) throw error;
    throw new StorageError(
      `The disk is too full to bring the database from schema ${from} to ${to}: a copy of it is kept first. ` +
        'The database was left untouched: free space and start again.',
      { cause: error },
    );
  }
}
