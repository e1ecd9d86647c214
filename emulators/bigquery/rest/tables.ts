import { BigQueryError, fieldOfType, type SchemaField } from '@mewayz/googlesql';
import { partitioningOf } from '../jobs/destination.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { bytesOf, rowsOf } from '../query/bytes.ts';
import { defaultOf } from '../query/constants.ts';
import { openSession, parse, select } from '../query/statement.ts';
import { type InsertIds, insertAll, readInsertAll } from '../rows/insert-all.ts';
import { createTable, deleteTable, type TableInput, updateTable } from '../store/operations.ts';
import { type Table, type TableReference, tableKey } from '../store/resources.ts';
import { etagOf, keptOf, merged, type Routes, seenVersion } from './datasets.ts';
import { type Call, page } from './http.ts';
import { flag, isObject, type Json, list, object, optionalInt, optionalObject, string } from './input.ts';
import { listRows } from './table-rows.ts';

const OWN = new Set([
  'kind',
  'etag',
  'id',
  'selfLink',
  'tableReference',
  'schema',
  'view',
  'materializedView',
  'type',
  'timePartitioning',
  'rangePartitioning',
  'clustering',
  'expirationTime',
  'requirePartitionFilter',
  'creationTime',
  'lastModifiedTime',
  'numRows',
  'numBytes',
  'numLongTermBytes',
  'location',
  'streamingBuffer',
]);

const referenceOf = ({ parts }: Call): TableReference => ({
  projectId: parts.project ?? '',
  datasetId: parts.dataset ?? '',
  tableId: parts.table ?? '',
});

function settings(table: Table): Json {
  const { timePartitioning, rangePartitioning, clustering, expires, requirePartitionFilter, view, type } =
    table;
  return {
    ...(table.fields.length > 0 && { schema: { fields: table.fields } }),
    ...(timePartitioning && { timePartitioning }),
    ...(rangePartitioning && { rangePartitioning }),
    ...(clustering && { clustering }),
    ...(expires !== undefined && { expirationTime: String(expires) }),
    ...(requirePartitionFilter && { requirePartitionFilter }),
    ...(view &&
      (type === 'VIEW'
        ? { view: { query: view.query, useLegacySql: false } }
        : { materializedView: { query: view.query } })),
  };
}

function listed(table: Table): Json {
  const { schema: _, ...rest } = settings(table);
  return {
    kind: 'bigquery#table',
    id: tableKey(table.reference),
    tableReference: table.reference,
    type: table.type,
    creationTime: String(table.created),
    ...rest,
    labels: table.kept.labels,
    friendlyName: table.kept.friendlyName,
  };
}

async function resource(jobs: Jobs, table: Table): Promise<Json> {
  const [rows, bytes] =
    table.type === 'TABLE'
      ? await jobs.withConnection(async (connection) => [
          await rowsOf(connection, table),
          await bytesOf(connection, table),
        ])
      : [0, 0];
  return {
    ...table.kept,
    ...settings(table),
    kind: 'bigquery#table',
    etag: etagOf(table),
    id: tableKey(table.reference),
    selfLink: '',
    tableReference: table.reference,
    type: table.type,
    numRows: String(rows),
    numBytes: String(bytes),
    numLongTermBytes: '0',
    creationTime: String(table.created),
    lastModifiedTime: String(table.modified),
    location: jobs.catalog.dataset(table.reference).kept.location ?? 'US',
  };
}

const fieldsOf = (body: Json): readonly SchemaField[] => {
  const schema = optionalObject(body.schema, 'schema');
  return list(schema?.fields, 'schema.fields').map(
    (field) => object(field, 'schema.fields') as unknown as SchemaField,
  );
};

/** A resource as a client sends it. @throws BigQueryError */
function readTable(jobs: Jobs, reference: TableReference, body: Json): TableInput {
  const view = optionalObject(body.view, 'view') ?? optionalObject(body.materializedView, 'materializedView');
  if (view && flag(view.useLegacySql, 'useLegacySql'))
    throw new BigQueryError('invalid', 'Views of legacy SQL are not supported');
  if (body.externalDataConfiguration) throw new BigQueryError('invalid', 'External tables are not supported');
  const fields = view ? viewFields(jobs, reference, string(view.query, 'view.query')) : fieldsOf(body);
  for (const field of fields)
    if (field.defaultValueExpression) defaultOf(jobs.catalog, field, field.defaultValueExpression);
  const expires = optionalInt(body.expirationTime, 'expirationTime');
  const partitioning = partitioningOf(body);
  return {
    reference,
    type: body.view ? 'VIEW' : view ? 'MATERIALIZED_VIEW' : 'TABLE',
    fields,
    kept: keptOf(body, OWN),
    ...partitioning,
    requirePartitionFilter:
      flag(body.requirePartitionFilter, 'requirePartitionFilter') ||
      (partitioning.timePartitioning?.requirePartitionFilter ?? false),
    ...(expires !== undefined && { expires }),
    ...(view && { view: { query: string(view.query, 'view.query') } }),
  };
}

function viewFields(jobs: Jobs, { projectId, datasetId }: TableReference, query: string): SchemaField[] {
  const session = openSession(jobs.catalog, {
    query,
    projectId,
    defaultDataset: { projectId, datasetId },
    parameters: new Map(),
  });
  const statement = parse(session.input);
  if (statement.statement !== 'query') throw new BigQueryError('invalidQuery', 'A view needs a query');
  return select(session, statement.query).columns.map(({ name, type }) => fieldOfType(name, type));
}

export function tableRoutes(jobs: Jobs, ids: InsertIds): Routes {
  const { catalog } = jobs;
  const change = async (call: Call, combine: (before: Json, body: Json) => Json) => {
    const before = catalog.table(referenceOf(call));
    const body = await call.body();
    const wanted = combine({ ...before.kept, ...settings(before) }, body);
    // `schema` is replaced and never merged, as its fields are a list.
    const input = readTable(jobs, before.reference, {
      ...wanted,
      ...(isObject(body.schema) && { schema: body.schema }),
    });
    const { expires: _, ...kept } = before;
    const table = await updateTable(
      catalog,
      before.reference,
      () => ({
        ...kept,
        requirePartitionFilter: false,
        ...input,
        fields: input.fields.length > 0 ? input.fields : before.fields,
      }),
      seenVersion(call, before),
    );
    return { body: await resource(jobs, table) };
  };
  const base = '/projects/:project/datasets/:dataset/tables';
  return {
    [`GET ${base}`]: async (call) => {
      const reference = referenceOf(call);
      catalog.dataset(reference);
      const all = catalog.tables(reference);
      const { items, next } = page(all, call.query);
      return {
        body: {
          kind: 'bigquery#tableList',
          tables: items.map(listed),
          totalItems: all.length,
          nextPageToken: next,
        },
      };
    },
    [`POST ${base}`]: async (call) => {
      const body = await call.body();
      const { tableId } = object(body.tableReference, 'tableReference');
      const reference = { ...referenceOf(call), tableId: string(tableId, 'tableId') };
      catalog.dataset(reference);
      return { body: await resource(jobs, await createTable(catalog, readTable(jobs, reference, body))) };
    },
    [`GET ${base}/:table`]: async (call) => ({
      body: await resource(jobs, catalog.table(referenceOf(call))),
    }),
    [`PATCH ${base}/:table`]: (call) => change(call, merged),
    [`PUT ${base}/:table`]: (call) => change(call, (_, body) => body),
    [`DELETE ${base}/:table`]: async (call) => {
      await deleteTable(catalog, referenceOf(call));
      return { status: 204 };
    },
    [`POST ${base}/:table/insertAll`]: async (call) => {
      const request = readInsertAll(await call.body());
      const template = catalog.table(referenceOf(call));
      const table = request.templateSuffix
        ? await fromTemplate(jobs, template, request.templateSuffix)
        : template;
      const insertErrors = await insertAll(jobs.database, catalog, ids, table, request);
      return {
        body: {
          kind: 'bigquery#tableDataInsertAllResponse',
          ...(insertErrors.length > 0 && { insertErrors }),
        },
      };
    },
    [`GET ${base}/:table/data`]: async (call) => ({
      body: await listRows(jobs, catalog.table(referenceOf(call)), call.query),
    }),
  };
}

/** The table that is named like the template with the suffix; made like it when it is missing. */
async function fromTemplate(jobs: Jobs, template: Table, suffix: string): Promise<Table> {
  const reference = { ...template.reference, tableId: template.reference.tableId + suffix };
  const { id: _, created: _created, modified: _modified, version: _version, ...settings } = template;
  return createTable(jobs.catalog, { ...settings, reference }, 'keep');
}
