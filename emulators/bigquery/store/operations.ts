/** What can be done to datasets and tables, by the REST API and by DDL alike. */

import type { DuckDBConnection } from '@duckdb/node-api';
import { BigQueryError, type SchemaField } from '@mewayz/googlesql';
import type { Catalog, CatalogChange } from './catalog.ts';
import {
  type Dataset,
  type DatasetReference,
  datasetKey,
  type Kept,
  physicalName,
  type Table,
  type TableReference,
  tableKey,
} from './resources.ts';
import { checkFields, checkTable, createSql, evolveSql } from './table-definition.ts';

const ID = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u;

export async function createDataset(
  catalog: Catalog,
  reference: DatasetReference,
  kept: Kept,
): Promise<Dataset> {
  if (!/^\w{1,1024}$/.test(reference.datasetId))
    throw new BigQueryError(
      'invalid',
      `Invalid dataset ID "${reference.datasetId}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
  const now = Date.now();
  const dataset: Dataset = { reference, kept, created: now, modified: now, version: 1 };
  await catalog.change(async (_, change) => {
    if (catalog.findDataset(reference))
      throw new BigQueryError('duplicate', `Already Exists: Dataset ${datasetKey(reference)}`);
    await change.put({ kind: 'dataset', value: dataset });
  });
  return dataset;
}

/** Replaces what is kept; `version` is the one the caller saw, when it said so. */
export async function updateDataset(
  catalog: Catalog,
  reference: DatasetReference,
  kept: Kept,
  version?: number,
): Promise<Dataset> {
  return catalog.change(async (_, change) => {
    const before = catalog.dataset(reference);
    checkVersion(before, version);
    const value = { ...before, kept, modified: Date.now(), version: before.version + 1 };
    await change.put({ kind: 'dataset', value });
    return value;
  });
}

export function checkVersion(current: { readonly version: number }, seen: number | undefined): void {
  if (seen !== undefined && seen !== current.version)
    throw new BigQueryError('conditionNotMet', 'Precondition check failed.');
}

export async function deleteDataset(
  catalog: Catalog,
  reference: DatasetReference,
  contents: boolean,
): Promise<void> {
  await catalog.change(async (connection, change) => {
    catalog.dataset(reference);
    const tables = catalog.tables(reference);
    if (tables.length > 0 && !contents)
      throw new BigQueryError('resourceInUse', `Dataset ${datasetKey(reference)} is still in use`);
    for (const table of tables) await drop(connection, change, table);
    await change.remove('dataset', datasetKey(reference));
  });
}

export type TableInput = Pick<Table, 'reference' | 'type' | 'fields' | 'kept'> &
  Partial<
    Pick<
      Table,
      'view' | 'timePartitioning' | 'rangePartitioning' | 'clustering' | 'expires' | 'requirePartitionFilter'
    >
  >;

/** A table that is new, with everything checked but nothing made yet. */
export function defineTable(catalog: Catalog, input: TableInput): Table {
  const { tableId } = input.reference;
  if (!ID.test(tableId)) throw new BigQueryError('invalid', `Invalid table ID "${tableId}".`);
  const dataset = catalog.dataset(input.reference);
  const now = Date.now();
  const defaultExpiration = Number(dataset.kept.defaultTableExpirationMs ?? 0);
  const expires = input.expires ?? (defaultExpiration > 0 ? now + defaultExpiration : undefined);
  const { expires: _, ...rest } = input;
  const table: Table = {
    requirePartitionFilter: input.timePartitioning?.requirePartitionFilter ?? false,
    ...rest,
    ...(expires !== undefined && { expires }),
    fields: checkFields(input.fields),
    id: input.type === 'TABLE' ? catalog.nextId() : 0,
    created: now,
    modified: now,
    version: 1,
  };
  checkTable(table);
  return table;
}

export type Existing = 'fail' | 'keep' | 'replace';

/** Makes the table within a transaction. An existing one is kept, replaced, or an error. */
export async function makeTable(
  catalog: Catalog,
  connection: DuckDBConnection,
  change: CatalogChange,
  table: Table,
  existing: Existing,
): Promise<Table> {
  const before = catalog.findTable(table.reference);
  if (before && existing === 'keep') return before;
  if (before && existing === 'fail')
    throw new BigQueryError('duplicate', `Already Exists: Table ${tableKey(table.reference)}`);
  for (const old of [before, ...catalog.expired()])
    if (old && tableKey(old.reference) === tableKey(table.reference)) await drop(connection, change, old);
  if (table.type === 'TABLE') await connection.run(createSql(table));
  await change.put({ kind: 'table', value: table });
  return table;
}

export const createTable = (
  catalog: Catalog,
  input: TableInput,
  existing: Existing = 'fail',
): Promise<Table> =>
  catalog.change((connection, change) =>
    makeTable(catalog, connection, change, defineTable(catalog, input), existing),
  );

/** Changes a table; a new schema may add columns and relax REQUIRED ones. */
export async function updateTable(
  catalog: Catalog,
  reference: TableReference,
  patch: (before: Table) => Table,
  version?: number,
): Promise<Table> {
  return catalog.change(async (connection, change) => {
    const before = catalog.table(reference);
    checkVersion(before, version);
    const wanted = patch(before);
    const table = {
      ...wanted,
      fields: checkFields(wanted.fields),
      modified: Date.now(),
      version: before.version + 1,
    };
    checkTable(table);
    if (table.type === 'TABLE')
      for (const statement of evolveSql(before, table.fields)) await connection.run(statement);
    await change.put({ kind: 'table', value: table });
    return table;
  });
}

async function drop(connection: DuckDBConnection, change: CatalogChange, table: Table): Promise<void> {
  if (table.type === 'TABLE') await connection.run(`DROP TABLE IF EXISTS ${physicalName(table)}`);
  await connection.run('DELETE FROM insert_ids WHERE tab = $1', [BigInt(table.id)]);
  await change.remove('table', tableKey(table.reference));
}

export async function deleteTable(catalog: Catalog, reference: TableReference): Promise<void> {
  await catalog.change((connection, change) => drop(connection, change, catalog.table(reference)));
}

/** Drops what has expired. */
export async function sweep(catalog: Catalog): Promise<void> {
  const expired = catalog.expired();
  if (expired.length === 0) return;
  await catalog.change(async (connection, change) => {
    for (const table of expired) await drop(connection, change, table);
  });
}

/** The fields of a first schema with those that another adds. */
export function mergeFields(before: readonly SchemaField[], after: readonly SchemaField[]): SchemaField[] {
  const known = new Set(before.map(({ name }) => name.toLowerCase()));
  return [
    ...before,
    ...after
      .filter(({ name }) => !known.has(name.toLowerCase()))
      .map((field) => (field.mode === 'REQUIRED' ? { ...field, mode: 'NULLABLE' } : field)),
  ];
}
