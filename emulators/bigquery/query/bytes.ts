/** How many bytes a query reads, by BigQuery's sizes of types (https://cloud.google.com/bigquery/pricing#data). */

import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, type SqlType, typeOfField } from '@mewayz/googlesql';
import { physicalName, type Table } from '../store/resources.ts';
import type { Usage } from './resolver.ts';

const SIZES: Readonly<Record<string, number>> = {
  INT64: 8,
  FLOAT64: 8,
  NUMERIC: 16,
  BOOL: 1,
  DATE: 8,
  DATETIME: 8,
  TIME: 8,
  TIMESTAMP: 8,
  INTERVAL: 16,
};

/** Rows that are measured; the rest is assumed to be alike. */
const SAMPLE = 100_000;

export async function bytesRead(connection: DuckDBConnection, usage: Usage): Promise<number> {
  let total = 0;
  for (const [table, columns] of usage) total += await bytesOf(connection, table, columns);
  return total;
}

/** The size of the table, or of some of its columns. */
export async function bytesOf(
  connection: DuckDBConnection,
  table: Table,
  columns?: ReadonlySet<string>,
): Promise<number> {
  const fields = table.fields.filter(({ name }) => columns?.has(name) ?? true);
  if (table.type !== 'TABLE' || fields.length === 0) return 0;
  const name = physicalName(table);
  const fixed = fields.map((field) => SIZES[typeOfField(field).kind] ?? 0).reduce((a, b) => a + b, 0);
  const varying = fields.filter((field) => SIZES[typeOfField(field).kind] === undefined);
  const rows = await rowsOf(connection, table);
  if (varying.length === 0 || rows === 0) return fixed * rows;
  const sizes = varying
    .map((field) => `coalesce(sum(${sizeSql(quoteName(field.name), typeOfField(field))}), 0)`)
    .join(' + ');
  const result = await connection.runAndReadAll(
    `SELECT count(*), CAST(${sizes} AS DOUBLE) FROM (SELECT * FROM ${name} LIMIT ${SAMPLE})`,
  );
  const [sampled, bytes] = (result.getRows()[0] ?? []).map(Number);
  return Math.round(fixed * rows + ((bytes ?? 0) / (sampled || 1)) * rows);
}

export async function rowsOf(connection: DuckDBConnection, table: Table): Promise<number> {
  const result = await connection.runAndReadAll(`SELECT count(*) FROM ${physicalName(table)}`);
  return Number(result.getRows()[0]?.[0] ?? 0);
}

function sizeSql(sql: string, type: SqlType): string {
  if (type.kind === 'STRING' || type.kind === 'JSON') return `coalesce(2 + strlen(${sql}), 0)`;
  if (type.kind === 'BYTES') return `coalesce(2 + octet_length(${sql}), 0)`;
  if (type.kind === 'ARRAY')
    return `coalesce(list_sum(list_transform(${sql}, lambda b: ${sizeSql('b', type.element)})), 0)`;
  if (type.kind !== 'STRUCT') return String(SIZES[type.kind] ?? 8);
  return `(${type.fields.map((field) => sizeSql(`struct_extract(${sql}, '${field.name.replaceAll("'", "''")}')`, field.type)).join(' + ') || '0'})`;
}
