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
import { StorageError } from './errors.ts';
import { openFirestoreEngine } from './index.ts';
import { INDEX_FILE } from './index-store.ts';
import { DATABASE_FILE, openStorage, verifyFile } from './storage.ts';

/**
 * Puts a backup into a folder that holds no database yet. Throws StorageError, and changes nothing, when the folder
 * has one, or when the file is not a whole database of this engine.
 */
export function restoreBackup(file: string, directory: string): void {
  const target = join(directory, DATABASE_FILE);
  if (existsSync(target)) {
    throw new StorageError(`${directory} already holds a database. Restore into an empty folder.`);
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
  const db = openStorage(directory);
  try {
    db.exec(
      "BEGIN IMMEDIATE; UPDATE meta SET value = (SELECT count(*) FROM documents) WHERE key = 'documents'; COMMIT",
    );
    db.exec('REINDEX');
  } finally {
    db.close();
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, INDEX_FILE + suffix), { force: true });
  const engine = openFirestoreEngine({ directory, indexes });
  try {
    return engine.check();
  } finally {
    await engine.close();
  }
}
