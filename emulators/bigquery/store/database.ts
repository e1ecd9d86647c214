import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { BigQueryError, quoteText } from '@mewayz/googlesql';
import { type DuckDb, registerFunctions } from '@mewayz/googlesql/duckdb';

export interface DatabaseOptions {
  /** The folder of `bigquery.duckdb`; created when it is missing. Only one process may hold it. */
  readonly directory: string;
  /** What DuckDB may use before it writes to disk, `512MB` by default. */
  readonly memoryLimit?: string;
  /** Threads a query may use, 2 by default. */
  readonly threads?: number;
}

/** The open file. Reading needs a connection of its own; writing goes through `write`, one transaction after another. */
export interface Database {
  readonly api: DuckDb;
  /** Where uploads wait to be loaded, and the only folder that SQL of the engine may read. */
  readonly uploads: string;
  connect(): Promise<DuckDBConnection>;
  /**
   * Runs the work in one transaction, which is on disk when the promise resolves, or did not happen at all.
   * `committed` is called before the next transaction begins.
   */
  write<Result>(
    work: (connection: DuckDBConnection) => Promise<Result>,
    committed?: () => void,
  ): Promise<Result>;
  close(): Promise<void>;
}

const TABLES = [
  'CREATE TABLE IF NOT EXISTS catalog (kind VARCHAR, key VARCHAR, body VARCHAR)',
  'CREATE TABLE IF NOT EXISTS jobs (key VARCHAR, created BIGINT, body VARCHAR)',
  'CREATE TABLE IF NOT EXISTS insert_ids (tab BIGINT, insert_id VARCHAR, seen BIGINT)',
];

/** SQL may neither reach files nor the network, nor loosen that; what does not fit in memory goes to `spill`. */
const settings = (directory: string, uploads: string): string[] => [
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  `SET temp_directory = ${quoteText(join(directory, 'spill'))}`,
  "SET checkpoint_threshold = '64MB'",
  "SET TimeZone = 'UTC'",
  `SET allowed_directories = [${quoteText(uploads)}]`,
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { directory } = options;
  const uploads = join(directory, 'uploads');
  // Uploads of a process that ended are of no use.
  rmSync(uploads, { recursive: true, force: true });
  mkdirSync(uploads, { recursive: true });
  const api = await import('@duckdb/node-api');
  const instance = await api.DuckDBInstance.create(join(directory, 'bigquery.duckdb'), {
    memory_limit: options.memoryLimit ?? '512MB',
    threads: String(options.threads ?? 2),
  }).catch((error: unknown) => {
    const inUse = String(error).includes('lock');
    throw inUse
      ? new BigQueryError('backendError', `${directory} is in use by another process.`, { cause: error })
      : error;
  });
  try {
    const writer = await instance.connect();
    registerFunctions(api, writer);
    for (const statement of [...TABLES, ...settings(directory, uploads)]) await writer.run(statement);
    let last: Promise<unknown> = Promise.resolve();
    return {
      api,
      uploads,
      connect: () => instance.connect(),
      write: (work, committed) => {
        const result = last.then(() => transact(writer, work, committed));
        last = result.catch(() => undefined);
        return result;
      },
      close: async () => {
        await last;
        writer.closeSync();
        instance.closeSync();
      },
    };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

async function transact<Result>(
  connection: DuckDBConnection,
  work: (connection: DuckDBConnection) => Promise<Result>,
  committed?: () => void,
): Promise<Result> {
  await connection.run('BEGIN TRANSACTION');
  try {
    const result = await work(connection);
    await connection.run('COMMIT');
    committed?.();
    return result;
  } catch (error) {
    // A failed COMMIT has ended the transaction already.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
