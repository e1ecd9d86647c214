import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { datasetsContract } from '../../kernel/testing/contracts/datasets.ts';
import { openDuckDbWarehouse } from '../warehouse-duckdb/index.ts';
import { createDuckDbDatasets } from './index.ts';

let directory: string;
let warehouse: Warehouse;
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

datasetsContract('duckdb', async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'datasets-'));
  warehouse = openDuckDbWarehouse({ directory });
  return { datasets: createDuckDbDatasets({ directory }), warehouse };
});
