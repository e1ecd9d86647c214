import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/** The data folder cannot be used; the message is for the operator. */
export class DataDirectoryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DataDirectoryError';
  }
}

export interface DataDirectory {
  path: string;
  /** Lets another process have the folder. The operating system does so too when this process dies. */
  release(): void;
}

/** Creates the folder when it is missing and claims it for this process. Throws a DataDirectoryError. */
export function claimDataDirectory(path: string): DataDirectory {
  const ownerFile = join(path, 'server.pid');
  try {
    mkdirSync(path, { recursive: true });
    const lock = lockFile(join(path, 'server.lock'));
    writeFileSync(ownerFile, `${process.pid}\n`);
    return { path, release: () => lock.close() };
  } catch (error) {
    if (isBusy(error)) {
      const owner = readOwner(ownerFile);
      const message = `The data folder ${path} is in use by another server${owner}. Stop it, or set MEWAYZ_DATA_DIR.`;
      throw new DataDirectoryError(message, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The data folder ${path} cannot be written: ${reason}. Give this user the folder, or set MEWAYZ_DATA_DIR.`;
    throw new DataDirectoryError(message, { cause: error });
  }
}

/** SQLite brings file locks that work on every system and end with the process, which Node itself does not have. */
function lockFile(path: string): DatabaseSync {
  const lock = new DatabaseSync(path);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    lock.exec('PRAGMA user_version = 1; COMMIT');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function readOwner(path: string): string {
  try {
    return ` (process ${readFileSync(path, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
