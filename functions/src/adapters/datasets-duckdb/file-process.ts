import type { DuckDBConnection } from '@duckdb/node-api';
import { Problem } from '../../kernel/errors.ts';
import { quoteText } from '../warehouse-duckdb/database.ts';
import { writeRows } from './export.ts';
import { inspect } from './inspect.ts';
import { load } from './load.ts';
import type { FileAnswer, FileTask } from './tasks.ts';
import { Unloadable } from './unloadable.ts';

/**
 * Does one task and ends. A process of its own: a file that somebody sent is parsed here by native code, and neither a
 * crash nor its memory is to be the server's.
 */
process.once('message', (task: FileTask) => {
  run(task).then(finish, (error: unknown) => finish(answerTo(error)));
});

async function run(task: FileTask): Promise<FileAnswer> {
  if (task.kind === 'inspect') return { inspected: await inspect(() => connect([]), task) };
  const wide = task.kind === 'load' && Math.max(task.header.length, task.columns.length) > WIDE;
  const connection = await connect([
    `SET threads = ${wide || task.kind === 'export' ? 1 : task.threads}`,
    ...(wide ? ["SET memory_limit = '1GB'"] : []),
    `SET temp_directory = ${quoteText(task.spill)}`,
  ]);
  if (task.kind === 'export') {
    await writeRows(connection, task, process.stdout);
    return { exported: true };
  }
  const onProgress = (progress: number): void => void process.send?.({ progress } satisfies FileAnswer);
  return { loaded: await load(connection, task, onProgress) };
}

/** With more columns a table takes more room, since each thread holds a buffer for each column. */
const WIDE = 300;

async function connect(settings: readonly string[]): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const setting of [
    'SET autoinstall_known_extensions = false',
    'SET autoload_known_extensions = false',
    "SET memory_limit = '512MB'",
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
  const refused = refusalBy(text);
  if (refused) return { refused };
  return { failed: error instanceof Error ? (error.stack ?? text) : text };
}

/** What DuckDB cannot read of a file is the file's fault; where the file lies here is nobody's business. */
function refusalBy(message: string): string | undefined {
  const [first = ''] = message.split('\n');
  if (first.startsWith('Out of Memory Error'))
    return 'The file takes more memory than a load may have. Load fewer of its columns, or send it in parts.';
  if (!/^(?:Invalid Input|Conversion|IO|Out of Range|Serialization) Error|parquet/i.test(first))
    return undefined;
  if (/magic bytes|footer|thrift|too small to be a parquet|parquet file/i.test(first))
    return 'This is not a Parquet file, or it is damaged or cut off. Write it again.';
  return first.replaceAll(/["'][^"']*[\\/][^"']*["']/g, 'the file');
}

const finish = (answer: FileAnswer): void => void process.send?.(answer, () => process.exit());
