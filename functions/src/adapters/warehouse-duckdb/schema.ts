import type {
  ColumnType,
  WarehouseChildTable,
  WarehouseColumn,
  WarehouseTable,
} from '../../kernel/ports/warehouse.ts';
import {
  CHILD_COLUMNS,
  HISTORY_COLUMNS,
  LOG_COLUMNS,
  STATE_COLUMNS,
  withoutColumns,
} from '../../kernel/warehouse/platform-columns.ts';
import { DUCKDB_TYPES } from '../../kernel/warehouse/sql-words.ts';
import { historyName, META_COLUMNS } from '../../kernel/warehouse/warehouse-tables.ts';
import { type Database, quoteName } from './database.ts';

export const SQL_TYPES = DUCKDB_TYPES;

export interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** A table as it stands in the file. */
export type StoredTable = readonly StoredColumn[];

const column = (name: string, type: ColumnType): StoredColumn => ({ name, type });

/**
 * What every table begins with, and nobody is shown. `$locator` finds a record without an index: it follows the time in
 * the record's id, so rows that were made together lie together and DuckDB's per-block minimum and maximum rule out
 * the rest of the table. `$tenant` does that for a tenant, whose id is too long for it. `$run` is the sorted run a row
 * lies in; 0 until it was sorted.
 */
const PLACE: StoredTable = [
  column('$locator', 'integer'),
  column('$tenant', 'integer'),
  column('$run', 'integer'),
];

export const STATE: StoredTable = [...PLACE, ...STATE_COLUMNS];
const CHILD: StoredTable = [...PLACE, ...CHILD_COLUMNS];
const VERSIONS: StoredTable = [...PLACE, ...withoutColumns(HISTORY_COLUMNS, 'valid_to')];
/** `$locator` is that of the change. */
export const CHANGES: StoredTable = [...PLACE, ...LOG_COLUMNS];

/** Where the rows of a history lie; the history itself is a view, since the next version ends the one before. */
export const versionsName = (table: Pick<WarehouseTable, 'name'>): string => `$${historyName(table)}`;

/** Creates the log. Whatever an earlier release wrote in another form is removed: it comes again from the change log. */
export async function createLog(database: Database): Promise<void> {
  const { writer } = database;
  const before = await describe(database, 'changes');
  if (before.size > 0 && !before.has('$locator')) {
    const tables = await writer.run("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'");
    for (const [name] of await tables.getRows()) await writer.run(`DROP TABLE ${quoteName(String(name))}`);
  }
  await writer.run(`CREATE TABLE IF NOT EXISTS changes (${definitions(CHANGES)})`);
}

/** Creates or extends the tables of a collection. Columns are added and widened, never dropped or narrowed. */
export async function evolve(
  database: Database,
  table: WarehouseTable,
): Promise<ReadonlyMap<string, StoredTable>> {
  const versions = versionsName(table);
  const state = await evolveTable(database, table.name, [...STATE, ...table.columns]);
  // What is read out of a record has one type, in whichever table it stands.
  const alike = (columns: readonly WarehouseColumn[]): StoredTable =>
    columns.map((each) => ({ ...each, type: typeOf(state, sourceOf(table, each)) ?? each.type }));
  const stored = new Map([
    [table.name, state],
    [versions, await evolveTable(database, versions, [...VERSIONS, ...alike(table.columns)])],
  ]);
  await database.writer.run(historyView(table, stored.get(versions) ?? []));
  for (const child of table.children) {
    const before = await describe(database, child.name);
    const inherited = child.inherited ?? [];
    stored.set(
      child.name,
      await evolveTable(database, child.name, [...CHILD, ...alike(inherited), ...child.columns]),
    );
    const added = inherited.filter(({ name }) => before.size > 0 && !before.has(name));
    if (added.length > 0) await inherit(database, table, child, added);
  }
  return stored;
}

/** The column of the record's own table that a column is read from too. */
const sourceOf = ({ columns }: WarehouseTable, { path }: WarehouseColumn): string =>
  [...META_COLUMNS, ...columns].find((each) => each.path.join('.') === path.join('.'))?.name ?? '';

const typeOf = (table: StoredTable, name: string): ColumnType | undefined =>
  table.find((each) => each.name === name)?.type;

/** Each version until the next one. */
function historyView(table: WarehouseTable, stored: StoredTable): string {
  const until = 'LEAD(valid_from) OVER (PARTITION BY "$tenant", tenant_id, id ORDER BY version) AS valid_to';
  const columns = stored
    .filter(({ name }) => name !== '$locator' && name !== '$run')
    .flatMap(({ name }) => (name === 'valid_from' ? [name, until] : [quoteName(name)]));
  return `CREATE OR REPLACE VIEW ${quoteName(historyName(table))} AS SELECT ${columns.join(', ')} FROM ${quoteName(versionsName(table))}`;
}

/** Fills columns that rows of elements repeat from now on. The table is written anew: that takes least memory. */
async function inherit(
  { writer }: Database,
  table: WarehouseTable,
  child: WarehouseChildTable,
  added: readonly WarehouseColumn[],
): Promise<void> {
  const filled = added.map((each) => `s.${quoteName(sourceOf(table, each))} AS ${quoteName(each.name)}`);
  const [name, fresh] = [quoteName(child.name), quoteName(`$${child.name}_new`)];
  await writer.run(
    `CREATE TABLE ${fresh} AS SELECT c.* REPLACE (${filled.join(', ')}) FROM ${name} AS c
     JOIN ${quoteName(table.name)} AS s ON s."$locator" = c."$locator" AND s.id = c.record_id AND s.tenant_id = c.tenant_id
     ORDER BY c."$tenant", c."$run", c."$locator"`,
  );
  await writer.run(`DROP TABLE ${name}`);
  await writer.run(`ALTER TABLE ${fresh} RENAME TO ${name}`);
}

async function describe({ writer }: Database, name: string): Promise<Map<string, ColumnType>> {
  const described = await writer.run(
    "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1 AND schema_name = 'main' AND database_name = current_database() ORDER BY column_index",
    [name],
  );
  return new Map(
    (await described.getRows()).map(([column, type]) => [String(column), storedType(String(type))]),
  );
}

async function evolveTable(database: Database, name: string, wanted: StoredTable): Promise<StoredTable> {
  const { writer } = database;
  const columns = await describe(database, name);
  if (columns.size === 0) {
    await writer.run(`CREATE TABLE ${quoteName(name)} (${definitions(wanted)})`);
    return wanted.map(({ name: column, type }) => ({ name: column, type }));
  }
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
  return [...columns].map(([column, type]) => ({ name: column, type }));
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

export const definitions = (columns: StoredTable): string =>
  columns.map(({ name, type }) => `${quoteName(name)} ${SQL_TYPES[type]}`).join(', ');
