import type { ColumnType, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { SQL_TYPES } from './append.ts';
import { type Database, quoteName } from './database.ts';

export interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Path into the record; absent for columns of the platform and for those no longer declared. */
  readonly path?: readonly string[] | undefined;
}

/** A table as it stands in the file: the order in which rows are appended. */
export type StoredTable = readonly StoredColumn[];

/**
 * `locator` finds a record without an index: it follows the time in the record's id, so rows that were made
 * together lie together and DuckDB's per-block minimum and maximum rule out the rest of the table.
 */
const STATE: StoredTable = [
  { name: 'locator', type: 'integer' },
  { name: 'tenant_id', type: 'string' },
  { name: 'id', type: 'string' },
  { name: 'version', type: 'integer' },
  { name: 'created_at', type: 'timestamp' },
  { name: 'updated_at', type: 'timestamp' },
  { name: 'created_by', type: 'string' },
  { name: 'deleted', type: 'boolean' },
  { name: 'record', type: 'json' },
];

const CHILD: StoredTable = [
  { name: 'locator', type: 'integer' },
  { name: 'tenant_id', type: 'string' },
  { name: 'record_id', type: 'string' },
  { name: 'position', type: 'integer' },
];

export const CHANGES: StoredTable = [
  { name: 'locator', type: 'integer' },
  { name: 'tenant_id', type: 'string' },
  { name: 'id', type: 'string' },
  { name: 'collection', type: 'string' },
  { name: 'record_id', type: 'string' },
  { name: 'version', type: 'integer' },
  { name: 'operation', type: 'string' },
  { name: 'event', type: 'string' },
  { name: 'actor_kind', type: 'string' },
  { name: 'actor_id', type: 'string' },
  { name: 'actor_reason', type: 'string' },
  { name: 'request_id', type: 'string' },
  { name: 'patch', type: 'json' },
  { name: 'at', type: 'timestamp' },
];

/** The change ids, the records and the rows to be replaced of the batch that is being applied. */
export const ARRIVED: StoredTable = [
  { name: 'locator', type: 'integer' },
  { name: 'tenant_id', type: 'string' },
  { name: 'id', type: 'string' },
];
export const TOUCHED: StoredTable = [
  { name: 'collection', type: 'string' },
  { name: 'locator', type: 'integer' },
  { name: 'tenant_id', type: 'string' },
  { name: 'id', type: 'string' },
];

export const REPLACED: StoredTable = [{ name: 'row', type: 'integer' }];

/** Columns of the platform that stand before a table's own. */
export const STATE_WIDTH = STATE.length;
export const CHILD_WIDTH = CHILD.length;

export async function createLog({ writer }: Database): Promise<void> {
  await writer.run(`CREATE TABLE IF NOT EXISTS changes (${definitions(CHANGES)})`);
  await writer.run(`CREATE TEMP TABLE IF NOT EXISTS arrived (${definitions(ARRIVED)})`);
  await writer.run(`CREATE TEMP TABLE IF NOT EXISTS touched (${definitions(TOUCHED)})`);
  await writer.run(`CREATE TEMP TABLE IF NOT EXISTS replaced (${definitions(REPLACED)})`);
}

/** Creates or extends the tables of a collection. Columns are added and widened, never dropped or narrowed. */
export async function evolve(
  database: Database,
  table: WarehouseTable,
): Promise<ReadonlyMap<string, StoredTable>> {
  const stored = new Map<string, StoredTable>();
  stored.set(table.name, await evolveTable(database, table.name, [...STATE, ...table.columns]));
  for (const child of table.children)
    stored.set(child.name, await evolveTable(database, child.name, [...CHILD, ...child.columns]));
  return stored;
}

async function evolveTable({ writer }: Database, name: string, wanted: StoredTable): Promise<StoredTable> {
  await writer.run(`CREATE TABLE IF NOT EXISTS ${quoteName(name)} (${definitions(wanted)})`);
  const described = await writer.run(
    "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1 AND schema_name = 'main' ORDER BY column_index",
    [name],
  );
  const columns = new Map(
    (await described.getRows()).map(([column, type]) => [String(column), storedType(String(type))]),
  );
  for (const { name: column, type } of wanted) {
    const before = columns.get(column);
    if (before === undefined)
      await writer.run(`ALTER TABLE ${quoteName(name)} ADD COLUMN ${quoteName(column)} ${SQL_TYPES[type]}`);
    const after = before === undefined ? type : widened(before, type);
    if (before !== undefined && SQL_TYPES[before] !== SQL_TYPES[after])
      await writer.run(
        `ALTER TABLE ${quoteName(name)} ALTER COLUMN ${quoteName(column)} TYPE ${SQL_TYPES[after]}`,
      );
    columns.set(column, after);
  }
  const paths = new Map(wanted.map((column) => [column.name, column.path]));
  return [...columns].map(([column, type]) => ({ name: column, type, path: paths.get(column) }));
}

/** The narrowest type that holds the values of both. */
export function widened(stored: ColumnType, wanted: ColumnType): ColumnType {
  if (stored === wanted || SQL_TYPES[stored] === SQL_TYPES[wanted]) return wanted;
  const pair = new Set([stored, wanted]);
  if (pair.has('integer') && pair.has('number')) return 'number';
  if (pair.has('date') && pair.has('timestamp')) return 'timestamp';
  return pair.has('json') ? 'json' : 'string';
}

function storedType(sqlType: string): ColumnType {
  const found = Object.entries(SQL_TYPES).find(([, name]) => name === sqlType);
  return (found?.[0] as ColumnType | undefined) ?? 'string';
}

const definitions = (columns: StoredTable): string =>
  columns.map(({ name, type }) => `${quoteName(name)} ${SQL_TYPES[type]}`).join(', ');
