/** CREATE, DROP and ALTER. */

import {
  BigQueryError,
  type CreateTable,
  fieldOfType,
  type Options,
  quoteName,
  type Statement,
} from '@mewayz/googlesql';
import type { Catalog } from '../store/catalog.ts';
import {
  createDataset,
  createTable,
  defineTable,
  deleteDataset,
  deleteTable,
  makeTable,
  type TableInput,
} from '../store/operations.ts';
import {
  type DatasetReference,
  physicalName,
  type Table,
  type TableReference,
  tableKey,
} from '../store/resources.ts';
import { alter } from './alter.ts';
import { fieldOf, literalOf, NAMES, readOptions } from './ddl-options.ts';
import { timePartitionOf } from './partition-by.ts';
import { referenceOf } from './resolver.ts';
import { type Session, select } from './statement.ts';

export type Ddl = Extract<
  Statement,
  { statement: 'createTable' | 'createView' | 'createSchema' | 'drop' | 'alter' }
>;

export interface DdlStats {
  readonly operation: 'CREATE' | 'REPLACE' | 'SKIP' | 'DROP' | 'ALTER';
  readonly table?: TableReference;
  readonly dataset?: DatasetReference;
}

/** Checks the statement as far as a dry run does, and returns what carries it out. */
export function prepareDdl(catalog: Catalog, session: Session, statement: Ddl): () => Promise<DdlStats> {
  switch (statement.statement) {
    case 'createTable':
      return prepareCreate(catalog, session, statement);
    case 'createView':
      return prepareView(catalog, session, statement);
    case 'createSchema':
      return () => createSchema(catalog, session, statement);
    case 'drop':
      return () => drop(catalog, session, statement);
    default:
      return () => alter(catalog, session, statement);
  }
}

function prepareCreate(catalog: Catalog, session: Session, statement: CreateTable): () => Promise<DdlStats> {
  const reference = referenceOf(statement.table, session.place);
  const like = statement.like ?? statement.copy;
  const model = like && catalog.table(referenceOf(like, session.place));
  const selected = statement.query && select(session, statement.query);
  const declared = statement.columns?.map((column) => fieldOf(column, catalog, session));
  const derived = selected?.columns.map(({ name, type }) => fieldOfType(name, type));
  const fields = declared ?? derived ?? model?.fields;
  if (!fields) throw session.context.error('CREATE TABLE needs columns or a query', statement);
  if (declared && derived && declared.length !== derived.length)
    throw session.context.error('The number of columns in the definition and in the query differ', statement);
  const input: TableInput = {
    ...(model ? settingsOf(model) : {}),
    reference,
    type: 'TABLE',
    fields,
    ...tableOptions(statement, session),
  };
  const table = defineTable(catalog, input);
  const columns = table.fields.map(({ name }) => quoteName(name)).join(', ');
  const rows = selected
    ? `${selected.sql}`
    : statement.copy && model
      ? `SELECT * FROM ${physicalName(model)}`
      : undefined;
  return async () => {
    const before = catalog.findTable(reference);
    if (before && statement.ifNotExists) return { operation: 'SKIP', table: reference };
    await catalog.change(async (connection, change) => {
      await makeTable(catalog, connection, change, table, statement.replace ? 'replace' : 'fail');
      if (rows && columns) await connection.run(`INSERT INTO ${physicalName(table)} (${columns}) ${rows}`);
    });
    return { operation: before ? 'REPLACE' : 'CREATE', table: reference };
  };
}

function settingsOf({
  timePartitioning,
  rangePartitioning,
  clustering,
  requirePartitionFilter,
  kept,
}: Table) {
  return {
    requirePartitionFilter,
    kept,
    ...(timePartitioning && { timePartitioning }),
    ...(rangePartitioning && { rangePartitioning }),
    ...(clustering && { clustering }),
  };
}

function tableOptions(statement: { readonly options: Options } & Partial<CreateTable>, session: Session) {
  const options = readOptions(statement.options, session);
  const partitioning = statement.partitionBy ? timePartitionOf(statement.partitionBy, session, options) : {};
  return {
    ...partitioning,
    kept: options.kept,
    requirePartitionFilter: options.requirePartitionFilter ?? false,
    ...(statement.clusterBy && { clustering: { fields: statement.clusterBy } }),
    ...(options.expires !== undefined && { expires: options.expires }),
  };
}

function prepareView(
  catalog: Catalog,
  session: Session,
  statement: Extract<Ddl, { statement: 'createView' }>,
): () => Promise<DdlStats> {
  const reference = referenceOf(statement.table, session.place);
  const { columns } = select(session, statement.query);
  const names = statement.columns ?? columns.map(({ name }) => name);
  if (names.length !== columns.length)
    throw session.context.error('The number of columns of the view and of its query differ', statement);
  if (statement.columns)
    throw session.context.error('A list of columns for a view is not supported', statement);
  const fields = columns.map(({ type }, index) => fieldOfType(names[index] ?? '', type));
  const type = statement.materialized ? 'MATERIALIZED_VIEW' : 'VIEW';
  const input: TableInput = {
    reference,
    type,
    fields,
    view: { query: statement.text },
    kept: readOptions(statement.options, session).kept,
  };
  return async () => {
    const before = catalog.findTable(reference);
    if (before && statement.ifNotExists) return { operation: 'SKIP', table: reference };
    await createTable(catalog, input, statement.replace ? 'replace' : 'fail');
    return { operation: before ? 'REPLACE' : 'CREATE', table: reference };
  };
}

function datasetOf(path: readonly string[], session: Session): DatasetReference {
  const [datasetId = '', projectId] = path.toReversed();
  return { datasetId, projectId: projectId ?? session.place.projectId };
}

async function createSchema(
  catalog: Catalog,
  session: Session,
  statement: Extract<Ddl, { statement: 'createSchema' }>,
): Promise<DdlStats> {
  const dataset = datasetOf(statement.path, session);
  if (catalog.findDataset(dataset) && statement.ifNotExists) return { operation: 'SKIP', dataset };
  const kept: Record<string, unknown> = {};
  for (const [name, node] of Object.entries(statement.options)) {
    const value = literalOf(node, session);
    if (name === 'labels' && Array.isArray(value))
      kept.labels = Object.fromEntries(value as [string, string][]);
    else if (name === 'default_table_expiration_days')
      kept.defaultTableExpirationMs = String(Math.round(Number(value) * 86_400_000));
    else kept[NAMES[name] ?? name] = value;
  }
  await createDataset(catalog, dataset, kept);
  return { operation: 'CREATE', dataset };
}

export async function drop(
  catalog: Catalog,
  session: Session,
  statement: Extract<Ddl, { statement: 'drop' }>,
): Promise<DdlStats> {
  if (statement.what === 'SCHEMA') {
    const dataset = datasetOf(statement.path, session);
    if (!catalog.findDataset(dataset) && statement.ifExists) return { operation: 'SKIP', dataset };
    await deleteDataset(catalog, dataset, statement.cascade);
    return { operation: 'DROP', dataset };
  }
  const reference = referenceOf(statement.path, session.place);
  const table = catalog.findTable(reference);
  if (!table && statement.ifExists) return { operation: 'SKIP', table: reference };
  const wanted = statement.what.replace(' ', '_');
  const found = catalog.table(reference);
  if (found.type !== wanted)
    throw new BigQueryError(
      'invalidQuery',
      `${tableKey(reference)} has type ${found.type}, and DROP ${statement.what} cannot drop it`,
      { location: 'query' },
    );
  await deleteTable(catalog, reference);
  return { operation: 'DROP', table: reference };
}
