import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import type { Cell } from '../../kernel/warehouse/warehouse-rows.ts';
import type { Database, DuckDb } from './database.ts';

/** Rows of one DuckDB vector. */
const CHUNK_ROWS = 2048;

/** SQL names of the column types. JSON is kept as text, which every JSON function accepts. */
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  json: 'VARCHAR',
};

/** A column of a table that takes what is on its way, and where its cells come from. */
export interface Staged<Row> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly of: (row: Row) => Cell;
}

/** Adds rows to a table through the appender, column by column; part of the transaction that is open. */
export async function append<Row>(
  { api, writer }: Database,
  table: string,
  columns: readonly Staged<Row>[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const types = columns.map(({ type }) => vectorType(api, type));
  const appender = await writer.createAppender(table);
  try {
    for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
      const part = rows.slice(start, start + CHUNK_ROWS);
      const chunk = api.DuckDBDataChunk.create(types, part.length);
      chunk.setColumns(columns.map(({ of, type }) => part.map((row) => toValue(of(row), type))));
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

function vectorType(api: DuckDb, type: Staged<never>['type']): DuckDBType {
  if (type === 'integer') return api.BIGINT;
  return type === 'boolean' ? api.BOOLEAN : api.VARCHAR;
}

const toValue = (cell: Cell, type: Staged<never>['type']): DuckDBValue =>
  type === 'integer' && cell !== null ? BigInt(cell) : cell;
