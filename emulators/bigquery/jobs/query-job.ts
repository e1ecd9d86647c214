/** Query jobs: SELECT, DML and DDL. */

import { BigQueryError } from '../errors.ts';
import { bytesRead } from '../query/bytes.ts';
import { type DdlStats, prepareDdl } from '../query/ddl.ts';
import { type DmlStats, prepareDml } from '../query/dml.ts';
import { readParameters } from '../query/parameters.ts';
import {
  openSession,
  parse,
  type QueryInput,
  type Selection,
  type Session,
  select,
} from '../query/statement.ts';
import {
  flag,
  type Json,
  list,
  object,
  optionalInt,
  optionalObject,
  optionalString,
  string,
} from '../rest/input.ts';
import type { Statement } from '../sql/ast.ts';
import { fieldOfType, quoteName, type SchemaField } from '../sql/types.ts';
import { defineTable, makeTable, mergeFields } from '../store/operations.ts';
import { physicalName, type TableReference, tableKey } from '../store/resources.ts';
import { evolveSql } from '../store/table-definition.ts';
import type { Job } from './job.ts';
import type { Jobs } from './jobs.ts';
import type { PreparedJob } from './prepared.ts';

/** `configuration.query`, or the body of jobs.query. */
export function readQuery(config: Json, projectId: string): QueryInput {
  if (flag(config.useLegacySql ?? false, 'useLegacySql'))
    throw new BigQueryError('invalid', 'Legacy SQL is not supported; set useLegacySql to false');
  if (flag(config.createSession, 'createSession'))
    throw new BigQueryError('invalid', 'Sessions are not supported');
  if (list(config.connectionProperties, 'connectionProperties').length > 0)
    throw new BigQueryError('invalid', 'connectionProperties are not supported');
  if (config.tableDefinitions) throw new BigQueryError('invalid', 'External tables are not supported');
  const query = string(config.query, 'query');
  const dataset = optionalObject(config.defaultDataset, 'defaultDataset');
  const values = list(config.queryParameters, 'queryParameters');
  const positional =
    optionalString(config.parameterMode, 'parameterMode')?.toUpperCase() === 'POSITIONAL' ||
    values.some((value) => !object(value, 'queryParameters').name);
  return {
    query,
    projectId,
    parameters: readParameters(values, positional),
    ...(dataset && {
      defaultDataset: {
        datasetId: string(dataset.datasetId, 'defaultDataset.datasetId'),
        projectId: optionalString(dataset.projectId, 'defaultDataset.projectId') ?? projectId,
      },
    }),
  };
}

const TYPES: Readonly<Record<Statement['statement'], string>> = {
  query: 'SELECT',
  insert: 'INSERT',
  update: 'UPDATE',
  delete: 'DELETE',
  truncate: 'TRUNCATE_TABLE',
  merge: 'MERGE',
  createTable: 'CREATE_TABLE',
  createView: 'CREATE_VIEW',
  createSchema: 'CREATE_SCHEMA',
  drop: 'DROP_TABLE',
  alter: 'ALTER_TABLE',
};

export async function prepareQuery(jobs: Jobs, config: Json, projectId: string): Promise<PreparedJob> {
  const session = openSession(jobs.catalog, readQuery(config, projectId));
  const statement = parse(session.input);
  const run = prepareStatement(jobs, session, statement, config);
  const bytes = await jobs.withConnection((connection) => bytesRead(connection, session.resolver.usage));
  const limit = optionalInt(config.maximumBytesBilled, 'maximumBytesBilled');
  if (limit !== undefined && bytes > limit)
    throw new BigQueryError(
      'bytesBilledLimitExceeded',
      `Query exceeded limit for bytes billed: ${limit}. ${bytes} or higher required.`,
    );
  const query = {
    statementType:
      statement.statement === 'createTable' && statement.query
        ? 'CREATE_TABLE_AS_SELECT'
        : TYPES[statement.statement],
    totalBytesProcessed: String(bytes),
    totalBytesBilled: String(bytes),
    cacheHit: false,
    referencedTables: [...session.resolver.usage.keys()].map(({ reference }) => reference),
    ...(run.columns && { schema: { fields: run.columns } }),
  };
  return {
    statistics: { totalBytesProcessed: String(bytes), query },
    dryRun: {
      totalBytesProcessed: String(bytes),
      query: { ...query, totalBytesProcessedAccuracy: 'PRECISE' },
    },
    isRead: statement.statement === 'query' && !config.destinationTable,
    execute: async (job) => {
      const found = await run.execute(job);
      job.statistics = { ...job.statistics, query: { ...query, ...found } };
    },
  };
}

interface Runnable {
  readonly columns?: readonly SchemaField[];
  /** Returns what is added to the statistics of the query. */
  readonly execute: (job: Job) => Promise<Json>;
}

function prepareStatement(jobs: Jobs, session: Session, statement: Statement, config: Json): Runnable {
  switch (statement.statement) {
    case 'query': {
      const selection = select(session, statement.query);
      const columns = selection.columns.map(({ name, type }) => fieldOfType(name, type));
      return { columns, execute: (job) => runSelect(jobs, job, selection, columns, config) };
    }
    case 'insert':
    case 'update':
    case 'delete':
    case 'truncate':
    case 'merge': {
      const dml = prepareDml(jobs.catalog, session, statement);
      return {
        execute: (job) =>
          jobs.write(job, async (connection) => {
            const stats = await dml.run(connection);
            return dmlStatistics(stats);
          }),
      };
    }
    default: {
      const ddl = prepareDdl(jobs.catalog, session, statement);
      return { execute: async () => ddlStatistics(await ddl()) };
    }
  }
}

function dmlStatistics(stats: DmlStats): Json {
  const total = stats.insertedRowCount + stats.updatedRowCount + stats.deletedRowCount;
  const dmlStats = Object.fromEntries(Object.entries(stats).map(([name, count]) => [name, String(count)]));
  return { numDmlAffectedRows: String(total), dmlStats };
}

const ddlStatistics = ({ operation, table, dataset }: DdlStats): Json => ({
  ddlOperationPerformed: operation,
  ...(table && { ddlTargetTable: table }),
  ...(dataset && { ddlTargetDataset: dataset }),
});

async function runSelect(
  jobs: Jobs,
  job: Job,
  { sql, columns }: Selection,
  fields: readonly SchemaField[],
  config: Json,
): Promise<Json> {
  const connection = await jobs.database.connect();
  try {
    // One row more than is allowed shows that there are too many.
    const limited = `SELECT * FROM (${sql}) AS answer LIMIT ${jobs.limits.maxRows + 1}`;
    const ordered = sql.includes('ORDER BY') || sql.includes('LIMIT') ? sql : limited;
    await job.run(connection, () => connection.run(`CREATE TEMP TABLE result AS ${ordered}`));
    const counted = await connection.runAndReadAll('SELECT count(*) FROM result');
    const totalRows = Number(counted.getRows()[0]?.[0] ?? 0);
    if (totalRows > jobs.limits.maxRows)
      throw new BigQueryError(
        'responseTooLarge',
        `Response too large to return: more than ${jobs.limits.maxRows} rows`,
      );
    job.result = { connection, columns, totalRows };
    if (config.destinationTable) await saveTo(jobs, job, readTable(config.destinationTable), fields, config);
    return {};
  } catch (error) {
    job.result = undefined;
    connection.closeSync();
    throw error;
  }
}

export function readTable(value: unknown): TableReference {
  const { projectId, datasetId, tableId } = object(value, 'tableReference');
  return {
    projectId: string(projectId, 'projectId'),
    datasetId: string(datasetId, 'datasetId'),
    tableId: string(tableId, 'tableId'),
  };
}

/** How rows go to a table that may or may not exist. */
export async function saveTo(
  jobs: Jobs,
  job: Job,
  reference: TableReference,
  fields: readonly SchemaField[],
  config: Json,
): Promise<void> {
  const { result } = job;
  if (!result) return;
  await jobs.spool(result.connection, 'SELECT * FROM result', (source) =>
    jobs.write(job, async (connection, change) => {
      const table = await destination(jobs, connection, change, reference, fields, config);
      const names = fields.map(({ name }) => quoteName(name)).join(', ');
      const columns = fields
        .map(({ mode }, index) => (mode === 'REPEATED' ? `coalesce(c${index}, [])` : `c${index}`))
        .join(', ');
      await connection.run(`INSERT INTO ${physicalName(table)} (${names}) SELECT ${columns} FROM ${source}`);
      return {};
    }),
  );
}

type Change = Parameters<Parameters<Jobs['write']>[1]>[1];
type Connection = Parameters<Parameters<Jobs['write']>[1]>[0];

/** The table that rows shall go to, made or emptied as the dispositions say. */
export async function destination(
  jobs: Jobs,
  connection: Connection,
  change: Change,
  reference: TableReference,
  fields: readonly SchemaField[],
  config: Json,
  defaultWrite = 'WRITE_EMPTY',
) {
  const { catalog } = jobs;
  const before = catalog.findTable(reference);
  const write = optionalString(config.writeDisposition, 'writeDisposition') ?? defaultWrite;
  if (!before && config.createDisposition === 'CREATE_NEVER')
    throw new BigQueryError('notFound', `Not found: Table ${tableKey(reference)}`);
  if (!before || (write === 'WRITE_TRUNCATE' && fields.length > 0)) {
    const settings = before && {
      kept: before.kept,
      ...(before.timePartitioning && { timePartitioning: before.timePartitioning }),
      ...(before.rangePartitioning && { rangePartitioning: before.rangePartitioning }),
      ...(before.clustering && { clustering: before.clustering }),
    };
    const table = defineTable(catalog, {
      kept: {},
      ...settings,
      reference,
      type: 'TABLE',
      fields,
      ...partitioningOf(config),
    });
    return makeTable(catalog, connection, change, table, 'replace');
  }
  if (before.type !== 'TABLE') throw new BigQueryError('invalid', `${tableKey(reference)} is not a table`);
  if (write === 'WRITE_EMPTY') {
    const filled = await connection.runAndReadAll(`SELECT 1 FROM ${physicalName(before)} LIMIT 1`);
    if (filled.currentRowCount > 0)
      throw new BigQueryError('duplicate', `Already Exists: Table ${tableKey(reference)}`);
  }
  if (write === 'WRITE_TRUNCATE') await connection.run(`DELETE FROM ${physicalName(before)}`);
  const options = list(config.schemaUpdateOptions, 'schemaUpdateOptions');
  const wanted =
    options.includes('ALLOW_FIELD_ADDITION') || before.fields.length === 0
      ? mergeFields(before.fields, fields)
      : before.fields;
  if (wanted.length === before.fields.length) return before;
  const table = { ...before, fields: wanted, modified: Date.now(), version: before.version + 1 };
  for (const statement of evolveSql(before, wanted)) await connection.run(statement);
  await change.put({ kind: 'table', value: table });
  return table;
}

/** `timePartitioning`, `rangePartitioning` and `clustering` of a resource or a configuration. */
export function partitioningOf(config: Json) {
  const time = optionalObject(config.timePartitioning, 'timePartitioning');
  const range = optionalObject(config.rangePartitioning, 'rangePartitioning');
  const clustering = optionalObject(config.clustering, 'clustering');
  const field = time && optionalString(time.field, 'timePartitioning.field');
  const expirationMs = time && optionalInt(time.expirationMs, 'timePartitioning.expirationMs');
  return {
    ...(time && {
      timePartitioning: {
        type: string(time.type, 'timePartitioning.type').toUpperCase(),
        ...(field && { field }),
        ...(expirationMs !== undefined && { expirationMs: String(expirationMs) }),
        ...(flag(time.requirePartitionFilter, 'requirePartitionFilter') && { requirePartitionFilter: true }),
      },
    }),
    ...(range && { rangePartitioning: readRange(range) }),
    ...(clustering && {
      clustering: {
        fields: list(clustering.fields, 'clustering.fields').map((name) => string(name, 'clustering.fields')),
      },
    }),
  };
}

function readRange(range: Json) {
  const { start, end, interval } = object(range.range, 'rangePartitioning.range');
  const text = (value: unknown, name: string) => String(optionalInt(value, name) ?? 0);
  return {
    field: string(range.field, 'rangePartitioning.field'),
    range: { start: text(start, 'start'), end: text(end, 'end'), interval: text(interval, 'interval') },
  };
}
