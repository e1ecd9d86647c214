import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openDuckDbWarehouse } from '../../adapters/warehouse-duckdb/index.ts';
import { createSystemContext } from '../../kernel/scope.ts';
import { createTestPlatform } from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';
import { reconcile } from './reconcile.ts';

it('mends a warehouse that was lost', async () => {
  const clock = { time: Date.now(), now: () => clock.time };
  const platform = await createTestPlatform(modules, { clock });
  const directory = await mkdtemp(path.join(os.tmpdir(), 'mewayz-empty-'));
  const empty = openDuckDbWarehouse({ directory });
  try {
    const { token } = await platform.register();
    const body = { kind: 'invoice', currency: 'EUR', lines: [{ quantity: 2, unitPrice: '10' }] };
    for (let n = 0; n < 3; n++) await platform.request('POST', '/api/finance/invoices', { token, body });
    await platform.drain();
    const revenue = async (): Promise<unknown> =>
      (
        await platform.request('POST', '/api/analytics/query', {
          token,
          body: { metrics: ['revenue'] },
        })
      ).body.rows[0].revenue;
    expect(await revenue()).toBe(60);
    await platform.app.ports.warehouse.close();
    Object.assign(platform.app.ports, { warehouse: empty });
    expect(await revenue()).not.toBe(60);

    await reconcile.handle(createSystemContext(platform.app, 'run', 'test'));
    expect(await revenue(), 'what is minutes old may still be on its way').not.toBe(60);
    clock.time += 11 * 60_000;
    await reconcile.handle(createSystemContext(platform.app, 'run', 'test'));
    expect(await revenue()).toBe(60);
  } finally {
    await platform.close();
    await empty.close();
    await rm(directory, { recursive: true, force: true });
  }
});
