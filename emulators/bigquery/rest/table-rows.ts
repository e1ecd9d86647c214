/** tabledata.list, and rows for responses. */

import type { DuckDBValue } from '@duckdb/node-api';
import { BigQueryError, quoteName, type SchemaField, sameName, typeOfField } from '@mewayz/googlesql';
import type { TimestampFormat } from '@mewayz/googlesql/duckdb';
import type { Jobs } from '../jobs/jobs.ts';
import { rowsOf } from '../query/bytes.ts';
import { encode } from '../rows/encode.ts';
import { physicalName, type Table } from '../store/resources.ts';
import { etagOf } from './datasets.ts';
import type { Json } from './input.ts';

export function formatOf(query: URLSearchParams): TimestampFormat {
  const output = query.get('formatOptions.timestampOutputFormat');
  if (output === 'INT64' || output === 'ISO8601_STRING') return output;
  return query.get('formatOptions.useInt64Timestamp') === 'true' ? 'INT64' : 'FLOAT64';
}

const PAGE_ROWS = 10_000;

const PAGE_BYTES = 10_000_000;

export async function listRows(jobs: Jobs, table: Table, query: URLSearchParams): Promise<Json> {
  if (table.type !== 'TABLE')
    throw new BigQueryError('invalid', `Cannot list a table of type ${table.type}.`);
  const selected = query.get('selectedFields')?.split(',').filter(Boolean);
  const fields = selected ? pick(table.fields, selected) : table.fields;
  return jobs.withConnection(async (connection) => {
    const total = await rowsOf(connection, table);
    const start = Number(query.get('pageToken') ?? query.get('startIndex') ?? 0);
    const size = Math.min(Number(query.get('maxResults') ?? PAGE_ROWS), PAGE_ROWS);
    if (!Number.isInteger(start) || start < 0) throw new BigQueryError('invalid', 'Invalid page token');
    const columns = fields.length > 0 ? fields.map(({ name }) => quoteName(name)).join(', ') : 'NULL';
    const result = await connection.runAndReadAll(
      `SELECT ${columns} FROM ${physicalName(table)} ORDER BY rowid LIMIT ${size} OFFSET ${start}`,
    );
    const rows = encodeRows(result.getRows(), fields, formatOf(query));
    const next = start + rows.length;
    return {
      kind: 'bigquery#tableDataList',
      etag: etagOf(table),
      totalRows: String(total),
      rows,
      ...(rows.length > 0 && next < total && { pageToken: String(next) }),
    };
  });
}

/** Rows for a response, as many as it should hold. */
export function encodeRows(
  rows: readonly (readonly DuckDBValue[])[],
  fields: readonly SchemaField[],
  format: TimestampFormat,
): Json[] {
  const types = fields.map(typeOfField);
  const encoded: Json[] = [];
  let bytes = 0;
  for (const row of rows) {
    const cells = { f: types.map((type, index) => ({ v: encode(row[index] ?? null, type, format) })) };
    bytes += JSON.stringify(cells).length;
    if (bytes > PAGE_BYTES && encoded.length > 0) break;
    encoded.push(cells);
  }
  return encoded;
}

/** The fields that are named, records with only the inner ones that are. */
function pick(fields: readonly SchemaField[], names: readonly string[]): SchemaField[] {
  return fields.flatMap((field) => {
    const own = names.filter((name) => sameName(name.split('.')[0] ?? '', field.name));
    if (own.length === 0) return [];
    const inner = own.map((name) => name.split('.').slice(1).join('.')).filter(Boolean);
    return inner.length > 0 && field.fields ? [{ ...field, fields: pick(field.fields, inner) }] : [field];
  });
}
