import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Problem } from '../../kernel/errors.ts';
import { quoteText } from '../warehouse-duckdb/database.ts';
import { writeRows } from './export.ts';
import { load, Unloadable } from './load.ts';
import { inspectParquet } from './parquet.ts';
import type { FileAnswer, FileTask } from './tasks.ts';

/**
 * Does one task and ends. A process of its own: a file that somebody sent is parsed here by native code, and neither a
 * crash nor its memory is to be the server's.
 */
process.once('message', (task: FileTask) => {
  run(task).then(finish, (error: unknown) => finish(answerTo(error)));
});

async function run(task: FileTask): Promise<FileAnswer> {
  if (task.kind === 'inspect') return { inspected: await inspectParquet(await connect([]), task.file) };
  const connection = await connect([
    `SET threads = ${task.kind === 'export' ? 1 : task.threads}`,
    `SET temp_directory = ${quoteText(task.spill)}`,
  ]);
  if (task.kind === 'export') {
    await writeRows(connection, task, process.stdout);
    return { exported: true };
  }
  const onProgress = (progress: number): void => void process.send?.({ progress } satisfies FileAnswer);
  return { loaded: await load(connection, task, onProgress) };
}

async function connect(settings: readonly string[]): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const setting of [
    'SET autoinstall_known_extensions = false',
    'SET autoload_known_extensions = false',
    "SET memory_limit = '512MB'",
    'SET preserve_insertion_order = false',
    'SET enable_progress_bar = true',
    'SET enable_progress_bar_print = false',
    "SET TimeZone = 'UTC'",
    ...settings,
  ])
    await connection.run(setting);
  return connection;
}

function answerTo(error: unknown): FileAnswer {
  if (error instanceof Problem || error instanceof Unloadable) return { refused: error.message };
  const text = error instanceof Error ? error.message : String(error);
  // What DuckDB cannot read of a file is the file's fault.
  if (/^(?:Invalid Input|Conversion|IO) Error/.test(text)) return { refused: text.split('\n')[0] ?? text };
  return { failed: error instanceof Error ? (error.stack ?? text) : text };
}

const finish = (answer: FileAnswer): void => void process.send?.(answer, () => process.exit());
