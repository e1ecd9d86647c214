import type { WarehouseChildTable, WarehouseColumn, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import {
  HISTORY_COLUMNS,
  LOG_COLUMNS,
  type PlatformColumn,
  STATE_COLUMNS,
  withoutColumns,
} from '../../kernel/warehouse/platform-columns.ts';
import { BIGQUERY_TYPES } from '../../kernel/warehouse/sql-words.ts';
import { historyName, META_COLUMNS } from '../../kernel/warehouse/warehouse-tables.ts';

export const SQL_TYPES = BIGQUERY_TYPES;

const IN_STATE = STATE_COLUMNS.map(({ name }) => name);
/** Of the change that made a version; null for a version that the documents told ahead of its change. */
const VERSION = withoutColumns(HISTORY_COLUMNS, ...IN_STATE, 'valid_to');

/** Rows are only ever added: to `changes_log` and to one `…_versions` table a collection. Views show each once. */
export const LOG_TABLE = 'changes_log';
export const versionsTable = (table: WarehouseTable): string => `${table.name}_versions`;

const quote = (name: string): string => `\`${name}\``;
const definition = ({ name, type }: PlatformColumn): string => `${quote(name)} ${SQL_TYPES[type]}`;

/** The log, by day and tenant, and the view that shows a change once however often it was delivered. */
export const logStatements = (): string[] => [
  `CREATE TABLE IF NOT EXISTS ${LOG_TABLE} (${LOG_COLUMNS.map(definition).join(', ')}) PARTITION BY DATE(\`at\`) CLUSTER BY tenant_id, collection`,
  `CREATE OR REPLACE VIEW changes AS SELECT * FROM ${LOG_TABLE} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY tenant_id, id ORDER BY \`at\`) = 1`,
];

/** Creates the table of a collection's versions; nothing happens when it exists. */
export const createStatement = (table: WarehouseTable): string =>
  `CREATE TABLE IF NOT EXISTS ${quote(versionsTable(table))} (${[...STATE_COLUMNS, ...VERSION, ...table.columns].map(definition).join(', ')}) PARTITION BY DATE(valid_from) CLUSTER BY tenant_id, id`;

/**
 * What brings an existing table up to its declaration: missing columns are added, none is dropped,
 * and the views are made anew.
 * @param stored column → BigQuery type, as INFORMATION_SCHEMA tells it
 */
export function evolveStatements(table: WarehouseTable, stored: ReadonlyMap<string, string>): string[] {
  const missing = [...VERSION, ...table.columns].filter(({ name }) => !stored.has(name));
  const additions = missing.map((column) => `ADD COLUMN IF NOT EXISTS ${definition(column)}`);
  return [
    ...(additions.length > 0 ? [`ALTER TABLE ${quote(versionsTable(table))} ${additions.join(', ')}`] : []),
    stateView(table, stored),
    historyView(table, stored),
    ...table.children.map((child) => childView(table, child)),
  ];
}

/** Whether a stored column has the type that is declared now; other values are read from the record's JSON. */
export const isStoredAs = ({ name, type }: WarehouseColumn, stored: ReadonlyMap<string, string>): boolean =>
  (stored.get(name) ?? SQL_TYPES[type]) === SQL_TYPES[type];

/**
 * The newest version of every record. It reads all versions of the tenants asked for, and of no other: the table is
 * clustered by tenant. BigQuery keeps no row up to date by itself, so that a change costs no more than its own row.
 */
const stateView = (table: WarehouseTable, stored: ReadonlyMap<string, string>): string =>
  `CREATE OR REPLACE VIEW ${quote(table.name)} AS SELECT ${[...IN_STATE.map(quote), ...readColumns(table, stored)].join(', ')} FROM ${quote(versionsTable(table))} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY tenant_id, id ORDER BY version DESC, change_id DESC) = 1`;

/** Each version once, until the next one. */
function historyView(table: WarehouseTable, stored: ReadonlyMap<string, string>): string {
  const until = 'LEAD(valid_from) OVER (PARTITION BY tenant_id, id ORDER BY version) AS valid_to';
  const head = HISTORY_COLUMNS.map(({ name }) => (name === 'valid_to' ? until : quote(name)));
  const once = `SELECT * FROM ${quote(versionsTable(table))} WHERE change_id IS NOT NULL QUALIFY ROW_NUMBER() OVER (PARTITION BY tenant_id, id, version ORDER BY valid_from) = 1`;
  return `CREATE OR REPLACE VIEW ${quote(historyName(table))} AS SELECT ${[...head, ...readColumns(table, stored)].join(', ')} FROM (${once}) AS v`;
}

/** A column whose type has changed since is read from the record's JSON. */
const readColumns = ({ columns }: WarehouseTable, stored: ReadonlyMap<string, string>): string[] =>
  columns.map((column) =>
    isStoredAs(column, stored) ? quote(column.name) : `${extract('record', column)} AS ${quote(column.name)}`,
  );

/** The elements of an array field, read from the newest version; deleted records have none. */
function childView(table: WarehouseTable, child: WarehouseChildTable): string {
  const columns = child.columns.map((column) => `${extract('element', column)} AS ${quote(column.name)}`);
  const repeated = (child.inherited ?? []).map(
    (column) => `s.${quote(sourceOf(table, column))} AS ${quote(column.name)}`,
  );
  const head = ['s.tenant_id', 's.id AS record_id', 'position', ...repeated, ...columns];
  return `CREATE OR REPLACE VIEW ${quote(child.name)} AS SELECT ${head.join(', ')} FROM ${quote(table.name)} AS s, UNNEST(JSON_QUERY_ARRAY(s.record, ${jsonPath([child.field])})) AS element WITH OFFSET AS position WHERE NOT s.deleted`;
}

/** The column of the record's own table that a column is read from too. */
const sourceOf = ({ columns }: WarehouseTable, { path }: WarehouseColumn): string =>
  [...META_COLUMNS, ...columns].find((each) => each.path.join('.') === path.join('.'))?.name ?? '';

function extract(source: string, { path, type }: WarehouseColumn): string {
  if (type === 'json') return `JSON_QUERY(${source}, ${jsonPath(path)})`;
  const value = `JSON_VALUE(${source}, ${jsonPath(path)})`;
  return type === 'string' ? value : `SAFE_CAST(${value} AS ${SQL_TYPES[type]})`;
}

/** `'$."unitPrice"'`. Field names are words; whatever else is refused, as it could end the text. */
function jsonPath(path: readonly string[]): string {
  for (const name of path) if (!/^[\w-]+$/.test(name)) throw new TypeError(`${name} is no field name`);
  return `'$${path.map((name) => `."${name}"`).join('')}'`;
}
