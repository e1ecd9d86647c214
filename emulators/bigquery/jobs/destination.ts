/** Tables that jobs write to. */

import { BigQueryError, quoteName, type SchemaField } from '@mewayz/googlesql';
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
import { defineTable, makeTable, mergeFields } from '../store/operations.ts';
import { physicalName, type TableReference, tableKey } from '../store/resources.ts';
import { evolveSql } from '../store/table-definition.ts';
import type { Job } from './job.ts';
import type { Jobs } from './jobs.ts';

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
