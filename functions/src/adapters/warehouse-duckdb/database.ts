import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve, sep } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { DUCKDB_WORDS } from '../../kernel/warehouse/sql-words.ts';

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
const settings = (spill: string, folders: readonly string[]): string[] => [
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  "SET memory_limit = '512MB'",
  // One core is for the requests of the process that this runs in.
  `SET threads = ${Math.max(1, availableParallelism() - 1)}`,
  `SET temp_directory = ${quoteText(spill)}`,
  "SET checkpoint_threshold = '128MB'",
  'SET preserve_insertion_order = false',
  "SET TimeZone = 'UTC'",
  // Of all files only the parts of datasets, for the SQL that the port `datasets` gives, and the rows for analysts.
  `SET allowed_directories = [${folders.map(quoteText).join(', ')}]`,
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];

/** Where the parts of datasets lie, of the warehouse in a folder. */
export const partsFolder = (directory: string): string => join(resolve(directory), 'datasets');

/** Where rows lie for the questions of analysts while they are answered. */
export const questionsFolder = (directory: string): string => join(resolve(directory), 'questions');

export async function openDatabase(directory: string): Promise<Database> {
  await mkdir(directory, { recursive: true });
  // Nobody waits for what an earlier process left.
  await rm(questionsFolder(directory), { recursive: true, force: true });
  const api = await import('@duckdb/node-api');
  const instance: DuckDBInstance = await api.DuckDBInstance.create(join(directory, 'warehouse.duckdb'));
  try {
    const writer = await instance.connect();
    const folders = [partsFolder(directory), questionsFolder(directory)].map((folder) => `${folder}${sep}`);
    for (const setting of settings(join(directory, 'spill'), folders)) await writer.run(setting);
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

export const { quote: quoteName, text: quoteText } = DUCKDB_WORDS;
