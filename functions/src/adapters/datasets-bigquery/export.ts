import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BigQuery } from '@google-cloud/bigquery';
import type { RowsRequest } from '../../kernel/ports/datasets.ts';
import { DUCKDB_TYPES } from '../../kernel/warehouse/sql-words.ts';
import { runTask } from '../datasets-duckdb/run-task.ts';
import type { BigQueryPlace } from '../warehouse-bigquery/connect.ts';
import { quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { temporaryFolder } from './folder.ts';
import { quoted } from './names.ts';
import { relationOf } from './relation.ts';

/** As the port's `export`, but in no order: to sort more than a machine of BigQuery holds would fail. */
export async function exportRows(
  client: BigQuery,
  { projectId, dataset }: BigQueryPlace,
  { tenantId, datasetId, parts, key, columns, format }: RowsRequest,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const values = columns.map((column) => `${cellOf(column)} AS ${quoted(column.name)}`);
  const rows = client.createQueryStream({
    query: `SELECT TO_JSON_STRING(STRUCT(${values.join(', ')})) AS line FROM ${relationOf({ tenantId, datasetId }, parts, key)}`,
    defaultDataset: { projectId, datasetId: dataset },
  });
  signal?.addEventListener('abort', () => rows.destroy(signal.reason as Error), { once: true });
  const lines = Readable.from(linesOf(rows));
  return format === 'ndjson' ? lines : parquetOf(lines, columns, signal);
}

async function* linesOf(rows: AsyncIterable<{ readonly line: string }>): AsyncGenerator<string> {
  for await (const { line } of rows) yield `${line}\n`;
}

/** JSON has no number that is not finite. */
const cellOf = ({ name, type }: RowsRequest['columns'][number]): string =>
  type === 'number'
    ? `IF(IS_NAN(${quoted(name)}) OR IS_INF(${quoted(name)}), NULL, ${quoted(name)})`
    : quoted(name);

/** Lines become a file of columns; it is read once it is complete, and is gone when it was. */
async function parquetOf(
  lines: Readable,
  columns: RowsRequest['columns'],
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const folder = await temporaryFolder();
  try {
    const file = path.join(folder.path, 'rows.ndjson');
    const target = path.join(folder.path, 'rows.parquet');
    await pipeline(lines, createWriteStream(file));
    const task = { kind: 'export', source: typedLines(file, columns), columns, target } as const;
    await runTask({ ...task, spill: `${target}.spill` }, signal ? { signal } : {});
    const content = createReadStream(target);
    content.once('close', () => void folder.release().catch(() => undefined));
    return content;
  } catch (error) {
    await folder.release();
    throw error;
  }
}

/** Lines of JSON as a table of DuckDB. Whole numbers may stand there as text. */
function typedLines(file: string, columns: RowsRequest['columns']): string {
  const texts = columns.map(({ name }) => `${quoteText(name)}: 'VARCHAR'`);
  const typed = columns.map(
    ({ name, type }) => `CAST(${quoteName(name)} AS ${DUCKDB_TYPES[type]}) AS ${quoteName(name)}`,
  );
  return `(SELECT ${typed.join(', ')} FROM read_json(${quoteText(file)}, format = 'newline_delimited', columns = {${texts.join(', ')}}))`;
}
