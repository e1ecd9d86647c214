import type { Ports } from '../../kernel/context.ts';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import type { Dataset } from './datasets.collection.ts';

/** Where the SQL of DuckDB and of BigQuery differs, as far as the rows of datasets are asked. */
export interface Dialect {
  quote(name: string): string;
  /** SQL type of a column type. */
  typeName(type: ColumnType): string;
  /** Whether a whole text matches a regular expression of RE2. */
  matches(text: string, pattern: string): string;
  /** Between two SELECTs: a column that one of them does not have is empty there. */
  readonly unionByName: string;
}

const DUCKDB_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  json: 'VARCHAR',
};
const BIGQUERY_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'STRING',
  integer: 'INT64',
  number: 'FLOAT64',
  boolean: 'BOOL',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  json: 'STRING',
};

const duckdb: Dialect = {
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  typeName: (type) => DUCKDB_TYPES[type],
  matches: (text, pattern) => `regexp_full_match(${text}, ${pattern})`,
  unionByName: 'UNION ALL BY NAME',
};

const bigquery: Dialect = {
  quote: (name) => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``,
  typeName: (type) => BIGQUERY_TYPES[type],
  matches: (text, pattern) => `REGEXP_CONTAINS(${text}, CONCAT('^(?:', ${pattern}, ')$'))`,
  unionByName: 'FULL OUTER UNION ALL BY NAME',
};

/** The dialect of the engine that holds the datasets. */
export const dialectOf = ({ datasets }: Pick<Ports, 'datasets'>): Dialect =>
  datasets.engine === 'bigquery' ? bigquery : duckdb;

/** A column's name as DuckDB has it. */
export const quoted = duckdb.quote;

/** What stands in `FROM` for all rows of a dataset. */
export const relationOf = (
  { datasets }: Pick<Ports, 'datasets'>,
  tenantId: string,
  { id, parts, key }: Dataset,
): string =>
  datasets.relation(
    tenantId,
    id,
    parts.map(({ name }) => name),
    key,
  );
