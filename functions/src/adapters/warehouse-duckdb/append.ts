import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import type { Cell } from '../../kernel/warehouse/warehouse-rows.ts';
import type { Database, DuckDb } from './database.ts';

/** Rows of one DuckDB vector. */
const CHUNK_ROWS = 2048;
const DAY_MS = 86_400_000;

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

/** Adds rows to a table through the appender, column by column; part of the transaction that is open. */
export async function append(
  { api, writer }: Database,
  table: string,
  types: readonly ColumnType[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const appender = await writer.createAppender(table);
  try {
    for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
      const part = rows.slice(start, start + CHUNK_ROWS);
      const chunk = api.DuckDBDataChunk.create(
        types.map((type) => vectorType(api, type)),
        part.length,
      );
      chunk.setColumns(
        types.map((type, column) => part.map((row) => toValue(api, row[column] ?? null, type))),
      );
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

function vectorType(api: DuckDb, type: ColumnType): DuckDBType {
  switch (type) {
    case 'integer':
      return api.BIGINT;
    case 'number':
      return api.DOUBLE;
    case 'boolean':
      return api.BOOLEAN;
    case 'timestamp':
      return api.TIMESTAMP;
    case 'date':
      return api.DATE;
    case 'string':
    case 'json':
      return api.VARCHAR;
  }
}

function toValue(api: DuckDb, cell: Cell, type: ColumnType): DuckDBValue {
  if (cell === null) return null;
  if (type === 'integer') return BigInt(cell);
  if (type === 'timestamp') return new api.DuckDBTimestampValue(microseconds(String(cell)));
  if (type === 'date') return new api.DuckDBDateValue(Math.floor(Date.parse(String(cell)) / DAY_MS));
  return cell;
}

/** Microseconds since the epoch of an RFC 3339 time; `Date` alone would cut them to milliseconds. */
function microseconds(time: string): bigint {
  const dot = time.indexOf('.');
  const beyond = dot < 0 ? 0 : Number(/^\d*/.exec(time.slice(dot + 4, dot + 7))?.[0].padEnd(3, '0'));
  return BigInt(Date.parse(time)) * 1000n + BigInt(beyond);
}
