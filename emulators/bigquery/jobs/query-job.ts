/** Query jobs: SELECT, DML and DDL. */

import {
  BigQueryError,
  fieldOfType,
  type SchemaField,
  type Selection,
  type Statement,
} from '@mewayz/googlesql';
import { bytesRead } from '../query/bytes.ts';
import { type DdlStats, prepareDdl } from '../query/ddl.ts';
import { type DmlStats, prepareDml } from '../query/dml.ts';
import { readParameters } from '../query/parameters.ts';
import { openSession, parse, type QueryInput, type Session, select } from '../query/statement.ts';
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
import { readTable, saveTo } from './destination.ts';
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
