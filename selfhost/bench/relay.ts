/**
 * From the change log through the relay and the topic to every real subscriber:
 *
 *     npm run bench:relay -w selfhost [-- --changes 100000 --tenants 8 --minutes 0]
 *
 * First a backlog is written and drained: changes a second from the log to the last subscriber. Then, for so many
 * minutes, more is written and drained in turns; memory is looked at after each, when nothing is under way.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openDuckDbWarehouse } from '../../functions/src/adapters/warehouse-duckdb/index.ts';
import { writeChanges } from './changes.ts';
import { openPlatform } from './platform.ts';

const { values } = parseArgs({
  options: {
    changes: { type: 'string', default: '100000' },
    tenants: { type: 'string', default: '8' },
    minutes: { type: 'string', default: '0' },
  },
});
const changes = Number(values.changes);
const TURN = 50_000;

const directory = mkdtempSync(join(tmpdir(), 'relay-bench-'));
const platform = await openPlatform(directory);
const names = Array.from({ length: Number(values.tenants) }, (_, index) => `tenant-${index}`);
const tenants = await Promise.all(names.map(platform.addTenant));
console.log(`subscribers: ${platform.subscribers.join(', ')}`);

interface Cost {
  seconds: number;
  /** Time of all processors together, and of the main thread, which on a busy machine says more. */
  processorSeconds: number;
  mainSeconds: number;
}

async function measured(work: () => Promise<unknown>): Promise<Cost> {
  const start = performance.now();
  const usage = process.cpuUsage();
  const thread = process.threadCpuUsage();
  await work();
  const { user, system } = process.cpuUsage(usage);
  const main = process.threadCpuUsage(thread);
  return {
    seconds: (performance.now() - start) / 1_000,
    processorSeconds: (user + system) / 1e6,
    mainSeconds: (main.user + main.system) / 1e6,
  };
}

// So that what is left is what is held.
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
function report(what: string, count: number, { seconds, processorSeconds, mainSeconds }: Cost): void {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  const each = (cost: number) => `${Math.round((cost / count) * 1e6)} µs`;
  const costs = `a change costs ${each(processorSeconds)} of processor, ${each(mainSeconds)} of it on the main thread`;
  const memory = `rss ${megabytes(rss)}, heap ${megabytes(heapUsed)}`;
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${what}: ${Math.round(count / seconds)} changes/s; ${costs}; ${memory}; load ${load}`);
}

let written = 0;
let records = 0;
async function write(count: number): Promise<void> {
  records += await writeChanges(platform.firestore, tenants, count);
  written += count;
}

report('written', changes, await measured(() => write(changes)));
platform.start();
report('drained', changes, await measured(platform.caughtUp));

const end = performance.now() + Number(values.minutes) * 60_000;
while (performance.now() < end) {
  const left = Math.round((end - performance.now()) / 1_000);
  const cost = await measured(async () => {
    await write(TURN);
    await platform.caughtUp();
  });
  report(`${left} s left: written and drained`, TURN, cost);
}
await platform.stop();

const warehouse = openDuckDbWarehouse({ directory: join(directory, 'warehouse') });
const count = async (table: string) =>
  Number((await warehouse.query(`SELECT count(*) AS n FROM ${table}`, [])).rows[0]?.n);
const [log, rows] = [await count(`changes WHERE collection = 'crm.contacts'`), await count('crm_contacts')];
await warehouse.close();
rmSync(directory, { recursive: true, force: true });
console.log(`warehouse: ${log} of ${written} changes, ${rows} of ${records} records`);
process.exit(log === written && rows === records ? 0 : 1);
