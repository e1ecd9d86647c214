import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBigQueryEngine } from '../../../emulators/bigquery/index.ts';
import { createBigQueryWarehouse } from '../../../functions/src/adapters/warehouse-bigquery/index.ts';
import { openDuckDbWarehouse } from '../../../functions/src/adapters/warehouse-duckdb/index.ts';
import type { Warehouse } from '../../../functions/src/kernel/ports/warehouse.ts';

export interface Engines {
  readonly warehouses: readonly Warehouse[];
  close(): Promise<void>;
}

/** The warehouse on DuckDB, and the one on BigQuery, whose API our engine answers to Google's client. */
export async function openEngines(): Promise<Engines> {
  const directory = mkdtempSync(join(tmpdir(), 'journeys-'));
  const engine = await openBigQueryEngine({ directory: join(directory, 'bigquery') });
  const { address } = await engine.serve({ port: 0 });
  process.env.BIGQUERY_EMULATOR_HOST = address;
  process.env.METADATA_SERVER_DETECTION = 'none';
  const warehouses = [
    openDuckDbWarehouse({ directory: join(directory, 'duckdb') }),
    createBigQueryWarehouse({ projectId: 'shop', dataset: 'mewayz' }),
  ];
  return {
    warehouses,
    close: async () => {
      for (const warehouse of warehouses) await warehouse.close();
      await engine.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
