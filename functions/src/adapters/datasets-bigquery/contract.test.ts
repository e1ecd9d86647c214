import { afterAll } from 'vitest';
import { datasetsContract } from '../../kernel/testing/contracts/datasets.ts';
import { createBigQueryWarehouse } from '../warehouse-bigquery/index.ts';
import { openLocalBigQuery } from '../warehouse-bigquery/local.fixture.ts';
import { createBigQueryDatasets } from './index.ts';

let close = async (): Promise<void> => {};
afterAll(() => close());

datasetsContract('bigquery', async () => {
  const local = await openLocalBigQuery();
  const warehouse = createBigQueryWarehouse(local.place);
  close = async () => {
    await warehouse.close();
    await local.close();
  };
  return { datasets: createBigQueryDatasets(local.place), warehouse };
});
