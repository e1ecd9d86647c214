/**
 * The dashboard and typical questions over five years of many tenants' invoices, on disk:
 *
 *     npm run bench:hundred-million -w selfhost [-- --rows 100000000 --tenants 20]
 *
 * Rows are invoices and their lines together. It asks through the API, each question of one month, one year and all of
 * the time; first as the process finds the file, then again; and says what a statement reads of the file, which is its
 * blocks that hold the tenant and the period. The directory is a temporary one; 100 million rows take some 3 GB.
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDuckDbWarehouse } from '../../functions/src/adapters/warehouse-duckdb/index.ts';
import { createRegistry } from '../../functions/src/kernel/registry.ts';
import { warehouseTables } from '../../functions/src/kernel/warehouse/warehouse-tables.ts';
import type { QueryInput } from '../../functions/src/modules/analytics/request.ts';
import { modules } from '../../functions/src/modules.ts';
import { bytesRead } from './bytes-read.ts';
import { generateInvoices } from './generate-invoices.ts';
import { openPlatform } from './platform.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000000' }, tenants: { type: 'string', default: '20' } },
});
const rows = Number(values.rows);
const SPAN = { from: '2021-11-01', to: '2026-11-01' };
const PERIODS = [
  ['a month', { from: '2025-03-01', to: '2025-04-01' }],
  ['a year', { from: '2025-01-01', to: '2026-01-01' }],
  ['all', SPAN],
] as const;
const QUESTIONS: QueryInput[] = [
  { metrics: ['revenue', 'orders', 'average-order-value', 'customers'] },
  { metrics: ['revenue', 'orders'], grain: 'month' },
  { metrics: ['revenue'], dimensions: ['product'], limit: 10 },
  { metrics: ['revenue'], dimensions: ['country'], grain: 'quarter' },
  { metrics: ['customers'], dimensions: ['country'] },
];

const directory = mkdtempSync(join(tmpdir(), 'hundred-million-'));
const warehouse = join(directory, 'warehouse');
try {
  const platform = await openPlatform(directory);
  const names = Array.from({ length: Number(values.tenants) }, (_, index) => `tenant-${index}`);
  const clients = [];
  for (const name of names) clients.push(await platform.signUp(name));

  const started = performance.now();
  const empty = openDuckDbWarehouse({ directory: warehouse });
  await empty.apply([], warehouseTables(createRegistry(modules)), async () => undefined);
  await empty.close();
  await generateInvoices(warehouse, { rows, tenants: clients.map(({ tenantId }) => tenantId), ...SPAN });
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  console.log(
    `${rows} rows of ${names.length} tenants: ${megabytes(statSync(join(warehouse, 'warehouse.duckdb')).size)}, made in ${Math.round((performance.now() - started) / 1000)} s`,
  );

  // The largest tenant has a quarter of all rows, the other one what most have.
  for (const [size, client] of [
    ['largest', clients[0]],
    ['usual', clients[1]],
  ] as const) {
    if (!client) continue;
    for (const [period, { from, to }] of PERIODS) {
      const time = async (path: string, body?: object): Promise<string> => {
        const times: number[] = [];
        for (let turn = 0; turn < 2; turn++) {
          const start = performance.now();
          await client.call(path, body);
          times.push(Math.round(performance.now() - start));
        }
        return `${times[0]} ms, again ${times[1]} ms`;
      };
      console.log(
        `${size} tenant, ${period}: dashboard ${await time(`/api/analytics/dashboard?from=${from}&to=${to}`)}`,
      );
      for (const question of QUESTIONS) {
        const input = { ...question, from, to };
        console.log(`   ${await time('/api/analytics/query', input)}: ${JSON.stringify(question)}`);
      }
    }
  }
  console.log(`rss ${megabytes(process.memoryUsage().rss)}, load ${loadavg()[0]?.toFixed(1)}`);
  await platform.stop();

  for (const [period, { from, to }] of PERIODS)
    for (const question of QUESTIONS) {
      const read = await bytesRead(warehouse, clients[1]?.tenantId ?? '', { ...question, from, to });
      console.log(
        `read of the file, usual tenant, ${period}: ${megabytes(read)} for ${JSON.stringify(question)}`,
      );
    }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
