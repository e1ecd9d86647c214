import { afterAll, beforeAll } from 'vitest';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { warehouseContract } from '../../kernel/testing/contracts/warehouse.ts';
import { warehouseHistoryContract } from '../../kernel/testing/contracts/warehouse-history.ts';
import { createBigQueryWarehouse } from './index.ts';
import { openLocalBigQuery } from './local.fixture.ts';

/** The contract on our engine behind Google's client. */

let warehouse: Warehouse;
let close = async (): Promise<void> => {};

beforeAll(async () => {
  const local = await openLocalBigQuery();
  warehouse = createBigQueryWarehouse(local.place);
  close = async () => {
    await warehouse.close();
    await local.close();
  };
});
afterAll(() => close());

warehouseContract('bigquery', async () => warehouse);
warehouseHistoryContract('bigquery', async () => warehouse);
