import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset, TableField } from '@google-cloud/bigquery';
import type { LoadOptions, LoadOutcome, LoadRequest } from '../../kernel/ports/datasets.ts';
import { loadFile } from '../datasets-duckdb/files.ts';
import { runTask } from '../datasets-duckdb/run-task.ts';
import { SQL_TYPES } from '../warehouse-bigquery/schema.ts';
import { quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { rejectedTableOf, tableOf } from './names.ts';
import { ROW } from './relation.ts';

/** Of the whole way: reading the file, and sending what was read. */
const READING = 0.7;
const NUMBERED = 0.8;

/** Fields of the table of rejected rows, a JSON document a row. */
const REJECTED_FIELDS: TableField[] = [
  { name: 'place', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'rejected', type: 'STRING', mode: 'REQUIRED' },
];

/**
 * Reads the file as a self-hosted server does, into a Parquet file in `folder`, and makes a table of that in one load
 * job: the part is there whole or not at all. The table of rejected rows comes first.
 */
export async function loadPart(
  dataset: Dataset,
  folder: string,
  request: LoadRequest,
  { signal, onProgress }: LoadOptions = {},
): Promise<LoadOutcome> {
  const { columns } = request;
  const target = path.join(folder, 'part.parquet');
  const quarantine = path.join(folder, 'rejected.ndjson');
  const loaded = await loadFile(
    request,
    { target, quarantine, spill: path.join(folder, 'spill') },
    { ...(signal ? { signal } : {}), onProgress: (share) => onProgress?.(share * READING) },
  );
  const fields = columns.map(({ name, type }) => ({ name, type: SQL_TYPES[type] }));
  const numbered = await withRowNumbers(target, columns, folder, signal);
  onProgress?.(NUMBERED);
  if (loaded.quarantined > 0) {
    const rejected = await withPlaces(quarantine, folder, signal);
    await send(dataset, rejectedTableOf(request), rejected, REJECTED_FIELDS, signal);
  }
  await send(dataset, tableOf(request), numbered, [...fields, { name: ROW, type: 'INT64' }], signal);
  onProgress?.(1);
  return { ...loaded, bytes: (await stat(target)).size };
}

/** A table of BigQuery has no order: each row carries its number. Times get the zone that makes them moments there. */
async function withRowNumbers(
  file: string,
  columns: LoadRequest['columns'],
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const target = path.join(folder, 'numbered.parquet');
  const values = columns.map(({ name, type }) =>
    type === 'timestamp' ? `${quoteName(name)}::TIMESTAMPTZ AS ${quoteName(name)}` : quoteName(name),
  );
  await runTask(
    {
      kind: 'export',
      source: `(SELECT ${values.join(', ')}, file_row_number AS ${ROW} FROM read_parquet(${quoteText(file)}, file_row_number = true))`,
      columns: [...columns, { name: ROW, type: 'integer' }],
      target,
      spill: path.join(folder, 'spill'),
    },
    signal ? { signal } : {},
  );
  return target;
}

async function withPlaces(file: string, folder: string, signal: AbortSignal | undefined): Promise<string> {
  const target = path.join(folder, 'rejected.parquet');
  await runTask(
    {
      kind: 'export',
      source: `(SELECT row_number() OVER () - 1 AS place, line AS rejected FROM read_csv(${quoteText(file)},
        auto_detect = false, header = false, columns = {line: 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', max_line_size = 16777216))`,
      columns: [
        { name: 'place', type: 'integer' },
        { name: 'rejected', type: 'string' },
      ],
      target,
      spill: path.join(folder, 'spill'),
    },
    signal ? { signal } : {},
  );
  return target;
}

/** Makes a table of a Parquet file, in place of one with this name. */
async function send(
  dataset: Dataset,
  table: string,
  file: string,
  fields: readonly TableField[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const [job] = await dataset.table(table).load(file, {
    sourceFormat: 'PARQUET',
    schema: { fields: [...fields] },
    writeDisposition: 'WRITE_TRUNCATE',
  });
  const failure = job.status?.errorResult;
  if (failure) throw new Error(`the load job failed: ${failure.message}`);
}
