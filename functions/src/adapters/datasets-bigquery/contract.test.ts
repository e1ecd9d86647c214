import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openBigQueryEngine } from '@mewayz/emulators/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { afterAll } from 'vitest';
import { datasetsContract } from '../../kernel/testing/contracts/datasets.ts';
import { createBigQueryWarehouse } from '../warehouse-bigquery/index.ts';
import { createBigQueryDatasets } from './index.ts';

let close = async (): Promise<void> => {};
afterAll(() => close());

datasetsContract('bigquery', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'datasets-'));
  const engine = await openBigQueryEngine({ directory });
  const { address } = await engine.serve({ port: 0 });
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'token', expiry_date: Date.now() + 3_600_000 });
  const place = {
    projectId: 'shop',
    dataset: 'mewayz',
    client: { apiEndpoint: address, authClient: authClient as never },
  };
  const warehouse = createBigQueryWarehouse(place);
  close = async () => {
    await warehouse.close();
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { datasets: createBigQueryDatasets(place), warehouse };
});
