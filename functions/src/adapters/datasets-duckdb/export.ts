import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { runTask } from './run-task.ts';
import type { ExportTask } from './tasks.ts';

/** Beyond it a number of JSON is not what it was. */
const SAFE = Number.MAX_SAFE_INTEGER;

/** Writes the rows of a task, in the process that reads files; holds no more of them than one piece. */
export async function writeRows(
  connection: DuckDBConnection,
  { source, columns, target }: ExportTask,
  output: Writable,
): Promise<void> {
  if (target !== undefined) {
    const names = columns.map(({ name }) => quoteName(name)).join(', ');
    await connection.run(
      `COPY (SELECT ${names} FROM ${source}) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    return;
  }
  const members = columns.map((column) => `${quoteText(column.name)}, ${jsonValue(column)}`);
  const result = await connection.stream(`SELECT json_object(${members.join(', ')})::VARCHAR FROM ${source}`);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
    if (!output.write(`${chunk.getColumnValues(0).join('\n')}\n`)) await once(output, 'drain');
  await new Promise<void>((resolve, reject) =>
    output.write('', (error) => (error ? reject(error) : resolve())),
  );
}

function jsonValue({ name, type }: ExportTask['columns'][number]): string {
  const value = quoteName(name);
  switch (type) {
    case 'integer':
      return `CASE WHEN ${value} BETWEEN ${-SAFE} AND ${SAFE} THEN to_json(${value}) ELSE to_json(${value}::VARCHAR) END`;
    case 'number':
      return `CASE WHEN isfinite(${value}::DOUBLE) THEN ${value}::DOUBLE END`;
    case 'timestamp':
      return `rtrim(rtrim(strftime(${value}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%f'), '0'), '.') || 'Z'`;
    case 'date':
      return `${value}::VARCHAR`;
    default:
      return value;
  }
}

/** Lines as the other process writes them; it ends with its reader, and with the signal. */
export function streamLines(task: Omit<ExportTask, 'kind' | 'target'>, signal?: AbortSignal): Readable {
  const output = new PassThrough();
  const stop = new AbortController();
  output.once('close', () => stop.abort(new Error('nobody reads any more')));
  const signals = signal ? [signal, stop.signal] : [stop.signal];
  runTask(
    { kind: 'export', ...task },
    {
      signal: AbortSignal.any(signals),
      onOutput: (stdout) => stdout.pipe(output, { end: false }),
    },
  ).then(
    () => output.end(),
    (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return output;
}

/** A Parquet file is read once it is complete, and is gone when it was. */
export async function streamParquet(
  task: Omit<ExportTask, 'kind'> & { readonly target: string },
  signal?: AbortSignal,
): Promise<Readable> {
  const remove = (): Promise<void> => rm(task.target, { force: true });
  await mkdir(path.dirname(task.target), { recursive: true });
  try {
    await runTask({ kind: 'export', ...task }, signal ? { signal } : {});
    const content = createReadStream(task.target);
    content.once('close', () => void remove().catch(() => undefined));
    return content;
  } catch (error) {
    await remove();
    throw error;
  }
}
