import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve, sep } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** The vendor's module, loaded with the first database. */
export type DuckDb = typeof import('@duckdb/node-api');

/** An open database file. Only one process may hold it. */
export interface Database {
  readonly api: DuckDb;
  /** The one connection that writes. */
  readonly writer: DuckDBConnection;
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/** SQL may neither reach files nor the network nor loosen this afterwards; big queries spill into `spill`. */
const settings = (spill: string, parts: string): string[] => [
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  "SET memory_limit = '512MB'",
  // One core is for the requests of the process that this runs in.
  `SET threads = ${Math.max(1, availableParallelism() - 1)}`,
  `SET temp_directory = ${quoteText(spill)}`,
  "SET checkpoint_threshold = '256MB'",
  'SET preserve_insertion_order = false',
  "SET TimeZone = 'UTC'",
  // Of all files only the parts of datasets, for the SQL that the port `datasets` gives.
  `SET allowed_directories = [${quoteText(parts)}]`,
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];

/** Where the parts of datasets lie, of the warehouse in a folder. */
export const partsFolder = (directory: string): string => join(resolve(directory), 'datasets');

export async function openDatabase(directory: string): Promise<Database> {
  await mkdir(directory, { recursive: true });
  const api = await import('@duckdb/node-api');
  const instance: DuckDBInstance = await api.DuckDBInstance.create(join(directory, 'warehouse.duckdb'));
  try {
    const writer = await instance.connect();
    for (const setting of settings(join(directory, 'spill'), `${partsFolder(directory)}${sep}`))
      await writer.run(setting);
    return {
      api,
      writer,
      connect: () => instance.connect(),
      close: () => {
        writer.closeSync();
        instance.closeSync();
      },
    };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
