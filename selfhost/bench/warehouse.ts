/**
 * Changes into the warehouse, first alone and then the whole way from the change log:
 *
 *     npm run bench:warehouse -w selfhost [-- --changes 40000]
 *
 * Alone, batches are as the relay makes them: 500 changes a message, eight messages at once. The whole way is documents
 * in the store, the relay, Pub/Sub, every subscriber, and the tables at the end (`npm run bench:relay` measures the same
 * with memory over minutes). On a busy machine look at the processor time.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDuckDbWarehouse } from '../../functions/src/adapters/warehouse-duckdb/index.ts';
import type { Change } from '../../functions/src/kernel/changes/change.ts';
import { createRegistry } from '../../functions/src/kernel/registry.ts';
import { warehouseTables } from '../../functions/src/kernel/warehouse/warehouse-tables.ts';
import { modules } from '../../functions/src/modules.ts';
import { changeSeries, writeChanges } from './changes.ts';
import { openPlatform } from './platform.ts';

const MESSAGE = 500;
const AT_ONCE = 8;
const { values } = parseArgs({ options: { changes: { type: 'string', default: '40000' } } });
const count = Number(values.changes);
const directory = mkdtempSync(join(tmpdir(), 'warehouse-bench-'));

async function measured(what: string, changes: number, work: () => Promise<unknown>): Promise<void> {
  const usage = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(usage);
  const cost = (((user + system) / 1e6) * 10_000) / changes;
  console.log(
    `${what}: ${Math.round(changes / seconds)} changes/s, ${cost.toFixed(2)} s of processor for 10,000; load ${loadavg()[0]?.toFixed(1)}`,
  );
}

const warehouse = openDuckDbWarehouse({ directory: join(directory, 'alone') });
const tables = warehouseTables(createRegistry(modules));
await warehouse.apply([], tables, async () => undefined);
for (const [what, changes] of Object.entries(changeSeries(count))) {
  const messages: Change[][] = [];
  for (let start = 0; start < changes.length; start += MESSAGE)
    messages.push(changes.slice(start, start + MESSAGE));
  await measured(what, changes.length, async () => {
    const subscriber = async (): Promise<void> => {
      for (let message = messages.shift(); message; message = messages.shift())
        await warehouse.apply(message, tables, async () => undefined);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, subscriber));
  });
}
await warehouse.close();

const platform = await openPlatform(directory);
const tenants = await Promise.all(
  Array.from({ length: 8 }, (_, index) => platform.addTenant(`tenant-${index}`)),
);
await writeChanges(platform.firestore, tenants, count);
platform.start();
await measured(
  `from the log to the tables and ${platform.subscribers.length - 1} other subscribers`,
  count,
  platform.caughtUp,
);
await platform.stop();
rmSync(directory, { recursive: true, force: true });
process.exit(0);
