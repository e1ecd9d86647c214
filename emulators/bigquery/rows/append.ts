import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { typeOfField } from '@mewayz/googlesql';
import type { DuckDb } from '@mewayz/googlesql/duckdb';
import { isIngestionTime, physicalName, type Table } from '../store/resources.ts';
import { vectorType } from './decode.ts';

/** Rows of one DuckDB vector. */
const CHUNK_ROWS = 2048;

/** Adds decoded rows to the table; part of the transaction that is open on the connection. */
export async function append(
  api: DuckDb,
  connection: DuckDBConnection,
  table: Table,
  rows: readonly (readonly DuckDBValue[])[],
  now: number,
): Promise<void> {
  if (rows.length === 0) return;
  const types = table.fields.map((field) => vectorType(api, typeOfField(field)));
  const partition = isIngestionTime(table) ? [new api.DuckDBTimestampValue(partitionStart(table, now))] : [];
  if (partition.length > 0) types.push(api.TIMESTAMP);
  const appender = await connection.createAppender(physicalName(table));
  try {
    for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
      const part = rows.slice(start, start + CHUNK_ROWS);
      const chunk = api.DuckDBDataChunk.create(types, part.length);
      chunk.setColumns(
        types.map((_, column) => part.map((row) => row[column] ?? partition[column - row.length] ?? null)),
      );
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

/** The start of the partition of ingestion that the moment (milliseconds) is in, in microseconds. */
export function partitionStart({ timePartitioning }: Table, now: number): bigint {
  const date = new Date(now);
  const type = timePartitioning?.type ?? 'DAY';
  const start = Date.UTC(
    date.getUTCFullYear(),
    type === 'YEAR' ? 0 : date.getUTCMonth(),
    type === 'YEAR' || type === 'MONTH' ? 1 : date.getUTCDate(),
    type === 'HOUR' ? date.getUTCHours() : 0,
  );
  return BigInt(start) * 1000n;
}
