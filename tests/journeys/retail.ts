/**
 * `npm run retail -w tests -- --file online-retail.csv.gz`: the whole of Online Retail through the public API of a fresh
 * server, its figures beside those worked out from the file, and the time it took. Ends with 1 when they differ.
 */

import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient } from '../../scripts/demo/client.ts';
import { readRetail } from '../../scripts/demo/retail.ts';
import { startServer } from '../support/server.ts';
import { factsOf } from './retail-facts.ts';
import { askFacts, importRetail } from './retail-import.ts';

const { values } = parseArgs({ options: { file: { type: 'string' } } });
if (!values.file) throw new Error('Name the file: npm run retail -w tests -- --file online-retail.csv.gz');
const path = resolve(process.env.INIT_CWD ?? '.', values.file);

const { bytes, lines } = await readRetail(path);
const facts = factsOf(lines);
const server = await startServer();
try {
  const client = createClient(server.url).as((await server.register('Shop')).token);
  const { job, seconds, visibleSeconds } = await importRetail(client, bytes, basename(path), facts);
  const asked = await askFacts(client);
  const checks: [what: string, expected: number, found: number | undefined][] = [
    ['lines read', facts.lines, job.rows],
    ['lines in invoices or refused with a reason', facts.lines, job.processed],
    ['invoices', facts.invoices, job.created],
    ['lines refused', 0, job.errorCount],
    ['orders', facts.orders, asked.orders],
    ['customers', facts.customers, asked.customers],
    ['units', facts.units, asked.units],
    ['revenue', facts.revenue, asked.revenue],
    ...compared('revenue of', facts.revenueByMonth, asked.revenueByMonth),
    ...compared('revenue from', facts.revenueByCountry, asked.revenueByCountry),
  ];
  for (const [what, expected, found] of checks) {
    const same = expected === found;
    if (!same) process.exitCode = 1;
    console.log(
      `${same ? 'ok   ' : 'WRONG'} ${what}: ${number(found)}${same ? '' : `, not ${number(expected)}`}`,
    );
  }
  for (const { row, field, message } of job.errors.slice(0, 20))
    console.log(`row ${row} ${field}: ${message}`);
  const rate = (time: number) => `${time.toFixed(1)} s, ${number(Math.round(facts.lines / time))} rows/s`;
  console.log(`to the end of the job: ${rate(seconds)}`);
  console.log(`visible in analytics:  ${rate(visibleSeconds)}`);
} finally {
  await server.remove();
}

function compared(what: string, expected: Record<string, number>, found: Record<string, number>) {
  return Object.entries(expected).map(
    ([key, value]) => [`${what} ${key}`, value, found[key]] satisfies [string, number, number | undefined],
  );
}

function number(value: number | undefined): string {
  return value === undefined ? 'nothing' : value.toLocaleString('en-GB');
}
