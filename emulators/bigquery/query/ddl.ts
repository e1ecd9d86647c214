/** CREATE, DROP and ALTER. */

import { BigQueryError } from '../errors.ts';
import type {
  AlterAction,
  ColumnNode,
  CreateTable,
  Expression,
  Options,
  Statement,
  TypeNode,
} from '../sql/ast.ts';
import { typeOf } from '../sql/expression.ts';
import { fieldOfType, quoteName, type SchemaField, sameName } from '../sql/types.ts';
import type { Catalog } from '../store/catalog.ts';
import {
  createDataset,
  createTable,
  defineTable,
  deleteDataset,
  deleteTable,
  makeTable,
  type TableInput,
  updateTable,
} from '../store/operations.ts';
import {
  type DatasetReference,
  type Kept,
  physicalName,
  type Table,
  type TableReference,
  tableKey,
} from '../store/resources.ts';
import { checkFields } from '../store/table-definition.ts';
import { defaultOf } from './constants.ts';
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

function fieldOf(column: ColumnNode, catalog: Catalog, session: Session): SchemaField {
  const type = typeOf(withoutParameters(column.type), session.context);
  const field = fieldOfType(column.name, type);
  const mode = column.notNull ? { mode: 'REQUIRED' } : {};
  const description = column.options.description && literalOf(column.options.description, session);
  if (column.default) defaultOf(catalog, field, column.default.text);
  return {
    ...field,
    ...(type.kind !== 'ARRAY' && mode),
    ...(typeof description === 'string' && { description }),
    ...(column.default && { defaultValueExpression: column.default.text }),
  };
}

/** `STRING(10)` limits what a column may hold, which is not checked here, so that it is refused by name. */
function withoutParameters(type: TypeNode): TypeNode {
  if (type.node === 'scalar' && type.parameters.length > 0)
    throw new BigQueryError(
      'invalidQuery',
      `Parameterized type ${type.name}(${type.parameters.join(', ')}) is not supported`,
      { location: 'query' },
    );
  return type;
}

/** The value of an option: text, number, truth, or a list of pairs. */
function literalOf(node: Expression, session: Session): unknown {
  if (node.node === 'literal') {
    if (node.kind === 'integer' || node.kind === 'float') return Number(node.value);
    return node.kind === 'bool' ? node.value === 'true' : node.kind === 'null' ? null : node.value;
  }
  if (node.node === 'array') return node.elements.map((element) => literalOf(element, session));
  if (node.node === 'struct') return node.fields.map(({ value }) => literalOf(value, session));
  if (node.node === 'typedLiteral')
    return Date.parse(
      `${node.value.replace(' ', 'T').replace(/(\d)$/, '$1')}${/[zZ+]|\d-\d\d:/.test(node.value) ? '' : 'Z'}`,
    );
  throw session.context.error('An option needs a literal', node);
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

export interface ReadOptions {
  readonly kept: Kept;
  readonly requirePartitionFilter?: boolean;
  readonly expires?: number;
  readonly partitionExpirationMs?: string;
}

const NAMES: Readonly<Record<string, string>> = { description: 'description', friendly_name: 'friendlyName' };

function readOptions(options: Options, session: Session): ReadOptions {
  const kept: Record<string, unknown> = {};
  const read: { requirePartitionFilter?: boolean; expires?: number; partitionExpirationMs?: string } = {};
  for (const [name, node] of Object.entries(options)) {
    const value = literalOf(node, session);
    if (name === 'labels' && Array.isArray(value))
      kept.labels = Object.fromEntries(value as [string, string][]);
    else if (name === 'require_partition_filter') read.requirePartitionFilter = value === true;
    else if (name === 'partition_expiration_days')
      read.partitionExpirationMs = String(Math.round(Number(value) * 86_400_000));
    else if (name === 'expiration_timestamp') read.expires = Number(value);
    else if (NAMES[name]) kept[NAMES[name]] = value;
    else throw session.context.error(`Option ${name} is not supported`, node);
  }
  return { kept, ...read };
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

async function drop(
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

async function alter(
  catalog: Catalog,
  session: Session,
  statement: Extract<Ddl, { statement: 'alter' }>,
): Promise<DdlStats> {
  const reference = referenceOf(statement.table, session.place);
  if (!catalog.findTable(reference) && statement.ifExists) return { operation: 'SKIP', table: reference };
  for (const action of statement.actions) await alterOnce(catalog, session, reference, action);
  return { operation: 'ALTER', table: reference };
}

async function alterOnce(
  catalog: Catalog,
  session: Session,
  reference: TableReference,
  action: AlterAction,
): Promise<void> {
  const find = ({ fields }: Table, name: string): SchemaField | undefined =>
    fields.find((field) => sameName(field.name, name));
  const change = (fields: (table: Table) => readonly SchemaField[]) =>
    updateTable(catalog, reference, (before) => ({ ...before, fields: fields(before) }));
  const set = (name: string, patch: (field: SchemaField) => SchemaField) =>
    change((table) => {
      if (!find(table, name))
        throw new BigQueryError('invalidQuery', `Column not found: ${name}`, { location: 'query' });
      return table.fields.map((field) => (sameName(field.name, name) ? patch(field) : field));
    });
  switch (action.action) {
    case 'add': {
      const field = fieldOf(action.column, catalog, session);
      const known = find(catalog.table(reference), field.name);
      if (known && action.ifNotExists) return;
      if (known)
        throw new BigQueryError('invalidQuery', `Column already exists: ${field.name}`, {
          location: 'query',
        });
      await change((table) => [...table.fields, ...checkFields([field])]);
      return;
    }
    case 'drop':
    case 'rename':
      return restructure(catalog, reference, action);
    case 'dropNotNull':
      await set(action.name, (field) => ({ ...field, mode: 'NULLABLE' }));
      return;
    case 'default':
      await set(action.name, ({ defaultValueExpression: _, ...field }) => {
        if (action.default) defaultOf(catalog, field, action.default.text);
        return action.default ? { ...field, defaultValueExpression: action.default.text } : field;
      });
      return;
    case 'columnOptions': {
      const { description } = action.options;
      const text = description && literalOf(description, session);
      await set(action.name, (field) => ({ ...field, description: String(text ?? '') }));
      return;
    }
    case 'options': {
      const { kept, ...rest } = readOptions(action.options, session);
      await updateTable(catalog, reference, (before) => ({
        ...before,
        ...rest,
        kept: { ...before.kept, ...kept },
      }));
      return;
    }
    case 'renameTable':
      return renameTable(catalog, reference, action.to);
    default:
      throw new BigQueryError('invalidQuery', 'ALTER COLUMN SET DATA TYPE is not supported', {
        location: 'query',
      });
  }
}

/** Columns that go, or get another name. */
async function restructure(
  catalog: Catalog,
  reference: TableReference,
  action: Extract<AlterAction, { action: 'drop' | 'rename' }>,
): Promise<void> {
  await catalog.change(async (connection, change) => {
    const table = catalog.table(reference);
    const field = table.fields.find(({ name }) => sameName(name, action.name));
    if (!field && action.ifExists) return;
    if (!field)
      throw new BigQueryError('invalidQuery', `Column not found: ${action.name}`, { location: 'query' });
    const special = [
      table.timePartitioning?.field,
      table.rangePartitioning?.field,
      ...(table.clustering?.fields ?? []),
    ];
    if (special.some((name) => name && sameName(name, action.name)))
      throw new BigQueryError(
        'invalidQuery',
        `Column ${action.name} is used for partitioning or clustering`,
        { location: 'query' },
      );
    if (action.action === 'drop' && table.fields.length === 1)
      throw new BigQueryError('invalidQuery', 'The last column of a table cannot be dropped', {
        location: 'query',
      });
    if (action.action === 'rename' && table.fields.some(({ name }) => sameName(name, action.to)))
      throw new BigQueryError('invalidQuery', `Column already exists: ${action.to}`, { location: 'query' });
    const head = `ALTER TABLE ${physicalName(table)}`;
    const column = quoteName(field.name);
    await connection.run(
      action.action === 'drop'
        ? `${head} DROP COLUMN ${column}`
        : `${head} RENAME COLUMN ${column} TO ${quoteName(action.to)}`,
    );
    const fields = table.fields.flatMap((one) =>
      one !== field ? [one] : action.action === 'drop' ? [] : [{ ...one, name: action.to }],
    );
    await change.put({
      kind: 'table',
      value: { ...table, fields, modified: Date.now(), version: table.version + 1 },
    });
  });
}

async function renameTable(catalog: Catalog, reference: TableReference, to: string): Promise<void> {
  await catalog.change(async (_, change) => {
    const table = catalog.table(reference);
    const renamed = { ...reference, tableId: to };
    if (catalog.findTable(renamed))
      throw new BigQueryError('duplicate', `Already Exists: Table ${tableKey(renamed)}`);
    await change.remove('table', tableKey(reference));
    await change.put({
      kind: 'table',
      value: { ...table, reference: renamed, modified: Date.now(), version: table.version + 1 },
    });
  });
}
