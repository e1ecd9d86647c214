import { FirestoreError, StorageError } from '../errors.ts';

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
const CANTOPEN = 14;
const NOTADB = 26;

function primaryCode(error: unknown): number | undefined {
  return isSqliteError(error) ? error.errcode & 0xff : undefined;
}

/** Whether a disk or a file was too full for what was to be written. */
export function isFull(error: unknown): boolean {
  return primaryCode(error) === FULL;
}

/** Whether a file is not what SQLite wrote. */
export function isDamaged(error: unknown): boolean {
  const primary = primaryCode(error);
  return primary === CORRUPT || primary === NOTADB;
}

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === BUSY;
}

/** The answer to a request that failed, whatever the reason; nothing of the request was kept. */
export function failureOf(error: unknown): FirestoreError {
  const failure = known(error);
  if (failure !== error) failure.cause = error;
  return failure;
}

function known(error: unknown): FirestoreError {
  if (error instanceof FirestoreError) return error;
  if (!isSqliteError(error)) {
    return new FirestoreError('INTERNAL', error instanceof Error ? error.message : String(error));
  }
  if (isFull(error)) {
    return new FirestoreError(
      'RESOURCE_EXHAUSTED',
      'The disk is full; the write was not applied. Free space and retry.',
    );
  }
  if (isDamaged(error)) {
    return new FirestoreError(
      'DATA_LOSS',
      `The database is damaged (${error.message}). Stop, run the check and repair commands; restore a backup if problems remain.`,
    );
  }
  return new FirestoreError(
    'UNAVAILABLE',
    `The database could not be used: ${error.message}. Check the data folder and its disk.`,
  );
}

export function foreignFile(file: string): StorageError {
  return new StorageError(
    `${file} is not a database of this engine. It was left untouched: choose another folder or move the file away.`,
  );
}

export function folderInUse(directory: string, cause: unknown): StorageError {
  return new StorageError(
    `${directory} is in use by another process. Stop that process, connect to it over the network, or choose another folder.`,
    { cause },
  );
}

/** Why a file could not be opened, and what the operator can do. */
export function openFailure(error: unknown, file: string): Error {
  if (!isSqliteError(error)) return error instanceof Error ? error : new Error(String(error));
  const options = { cause: error };
  switch (primaryCode(error)) {
    case BUSY:
      return folderInUse(file, error);
    case NOTADB:
      return foreignFile(file);
    case CORRUPT:
      return new StorageError(
        `${file} is damaged. It was left untouched: restore a backup, or move the folder away to start empty.`,
        options,
      );
    case READONLY:
    case CANTOPEN:
      return new StorageError(
        `${file} cannot be written. Give the account of this process permission to write it and its folder.`,
        options,
      );
    case FULL:
      return new StorageError(`The disk of ${file} is full. Free space and start again.`, options);
    default:
      return new StorageError(`${file} could not be opened: ${error.message}.`, options);
  }
}
