import type { Dataset } from '@google-cloud/bigquery';
import { once } from '../../kernel/once.ts';
import type { Datasets, QuarantinedRow } from '../../kernel/ports/datasets.ts';
import { inspectFile } from '../datasets-duckdb/files.ts';
import { type BigQueryPlace, connect } from '../warehouse-bigquery/connect.ts';
import { exportRows } from './export.ts';
import { inFolder } from './folder.ts';
import { loadPart } from './load.ts';
import { placeOf, prefixOf, quoted, rejectedTableOf, tableOf } from './names.ts';
import { numberedOf, relationOf } from './relation.ts';

/**
 * Datasets as tables of BigQuery, one a part. Files are read as on a self-hosted server, in a process of their own, and
 * come in by load jobs; the machine needs room in its temporary folder for a file and what is made of it.
 */
export function createBigQueryDatasets(place: BigQueryPlace): Datasets {
  const connection = once(() => connect(place));
  const dataset = async (): Promise<Dataset> => (await connection.get()).dataset(place.dataset);
  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const { projectId, dataset: datasetId } = place;
    return (
      await (await connection.get()).query({ query: sql, defaultDataset: { projectId, datasetId } })
    )[0];
  };
  return {
    engine: 'bigquery',
    inspect: inspectFile,
    load: (request, options) =>
      inFolder(async (folder) => loadPart(await dataset(), folder, request, options)),
    quarantine: async (part, page) => {
      if (!(await exists(await dataset(), rejectedTableOf(part)))) return [];
      const rows = await query(
        `SELECT rejected FROM ${quoted(rejectedTableOf(part))} ORDER BY place LIMIT ${page.limit} OFFSET ${page.offset}`,
      );
      return rows.map(({ rejected }) => JSON.parse(String(rejected)) as QuarantinedRow);
    },
    relation: (tenantId, datasetId, parts, key) => relationOf({ tenantId, datasetId }, parts, key),
    numbered: (tenantId, datasetId, parts, key) => numberedOf({ tenantId, datasetId }, parts, key),
    list: async (tenantId, datasetId) => {
      const prefix = prefixOf(tenantId, datasetId);
      const [tables] = await (await dataset()).getTables();
      return tables.flatMap(({ id = '', metadata }) => {
        const found = id.startsWith(prefix) ? placeOf(id) : undefined;
        const creationTime: unknown = (metadata as { creationTime?: unknown } | undefined)?.creationTime;
        return found ? [{ ...found, writtenAt: Number(creationTime ?? 0) }] : [];
      });
    },
    export: async (request, options) => exportRows(await connection.get(), place, request, options?.signal),
    remove: async (part) => {
      for (const table of [tableOf(part), rejectedTableOf(part)]) await dropTable(await dataset(), table);
    },
  };
}

const exists = async (dataset: Dataset, table: string): Promise<boolean> =>
  (await dataset.table(table).exists())[0];

const dropTable = async (dataset: Dataset, table: string): Promise<void> => {
  await dataset.table(table).delete({ ignoreNotFound: true });
};
