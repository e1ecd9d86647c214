import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBigQueryEngine } from '@mewayz/emulators/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll } from 'vitest';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { warehouseContract } from '../../kernel/testing/contracts/warehouse.ts';
import { warehouseHistoryContract } from '../../kernel/testing/contracts/warehouse-history.ts';
import { createBigQueryWarehouse } from './index.ts';

/** The contract on our engine behind Google's client. */

let warehouse: Warehouse;
let close = async (): Promise<void> => {};

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warehouse-bigquery-'));
  const engine = await openBigQueryEngine({ directory });
  const { address } = await engine.serve({ port: 0 });
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'token', expiry_date: Date.now() + 3_600_000 });
  const client = {
    apiEndpoint: address.startsWith('http') ? address : `http://${address}`,
    authClient: authClient as never,
  };
  warehouse = createBigQueryWarehouse({ projectId: 'shop', dataset: 'mewayz', client });
  close = async () => {
    await warehouse.close();
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  };
});
afterAll(() => close());

warehouseContract('bigquery', async () => warehouse);
warehouseHistoryContract('bigquery', async () => warehouse);
