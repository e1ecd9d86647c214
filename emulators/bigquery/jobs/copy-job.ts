import { BigQueryError, quoteName } from '@mewayz/googlesql';
import { type Json, list } from '../rest/input.ts';
import { physicalName } from '../store/resources.ts';
import { destination, readTable } from './destination.ts';
import type { Jobs } from './jobs.ts';
import type { PreparedJob } from './prepared.ts';

/** Rows and schema of one table, or of several alike, go to another. */
export function prepareCopy(jobs: Jobs, config: Json): PreparedJob {
  const target = readTable(config.destinationTable);
  const references = config.sourceTable ? [config.sourceTable] : list(config.sourceTables, 'sourceTables');
  const sources = references.map((reference) => jobs.catalog.table(readTable(reference)));
  const [first] = sources;
  if (!first || sources.some(({ type }) => type !== 'TABLE'))
    throw new BigQueryError('invalid', 'A copy job needs tables as its sources');
  if (config.operationType && config.operationType !== 'COPY')
    throw new BigQueryError('invalid', `Copy operation ${String(config.operationType)} is not supported`);
  jobs.catalog.dataset(target);
  const settings = {
    ...(first.timePartitioning && { timePartitioning: first.timePartitioning }),
    ...(first.rangePartitioning && { rangePartitioning: first.rangePartitioning }),
    ...(first.clustering && { clustering: first.clustering }),
  };
  return {
    statistics: { copy: {} },
    execute: async (job) => {
      let rows = 0;
      await jobs.write(job, async (connection, change) => {
        const table = await destination(jobs, connection, change, target, first.fields, {
          ...settings,
          ...config,
        });
        for (const source of sources) {
          const columns = source.fields.map(({ name }) => quoteName(name)).join(', ');
          // A table that is copied onto itself with WRITE_TRUNCATE would be empty by now.
          if (physicalName(source) === physicalName(table))
            throw new BigQueryError('invalid', 'A table cannot be copied onto itself');
          const result = await connection.run(
            `INSERT INTO ${physicalName(table)} (${columns}) SELECT ${columns} FROM ${physicalName(source)}`,
          );
          rows += result.rowsChanged;
        }
        job.statistics = { ...job.statistics, copy: { copiedRows: String(rows) } };
        return {};
      });
    },
  };
}
