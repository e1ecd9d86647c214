import type { ColumnType } from '../ports/warehouse.ts';

/** How an engine of the warehouse calls things in its SQL. JSON is kept as text, which every JSON function accepts. */
export interface SqlWords {
  /** A name, in its quotes. */
  quote(name: string): string;
  /** A text, in its quotes. */
  text(value: string): string;
  /** SQL type of a column type. */
  typeName(type: ColumnType): string;
}

export const DUCKDB_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  json: 'VARCHAR',
};

export const BIGQUERY_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'STRING',
  integer: 'INT64',
  number: 'FLOAT64',
  boolean: 'BOOL',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  json: 'STRING',
};

const escaped = (text: string, quote: string): string =>
  `${quote}${text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)}${quote}`;

export const DUCKDB_WORDS: SqlWords = {
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  text: (value) => `'${value.replaceAll("'", "''")}'`,
  typeName: (type) => DUCKDB_TYPES[type],
};

export const BIGQUERY_WORDS: SqlWords = {
  quote: (name) => escaped(name, '`'),
  text: (value) => escaped(value, "'"),
  typeName: (type) => BIGQUERY_TYPES[type],
};

/**
 * What DuckDB's file tells the blocks of tenants apart by, its column `$tenant`: of few values, so that little room goes
 * into it; tenants that share one are only read together.
 * @param tenantId expression
 */
export const tenantKey = (tenantId: string): string =>
  `CAST(md5_number_lower(${tenantId}) % 65536 AS BIGINT)`;
