import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ImportJob } from '../../scripts/demo/client.ts';
import type { RetailFacts } from './retail-facts.ts';

const WAREHOUSE_MS = 120_000;

export interface RetailImport {
  job: ImportJob;
  /** Seconds from the first byte sent to the end of the job, and until the warehouse had all of it. */
  seconds: number;
  visibleSeconds: number;
}

/** Sends a file of invoice lines as any client would, and waits until analytics knows as many units as the file has. */
export async function importRetail(
  client: Client,
  file: Uint8Array<ArrayBuffer>,
  fileName: string,
  facts: RetailFacts,
): Promise<RetailImport> {
  await client.post('/api/tenants/current/update', { currency: 'GBP' });
  const start = performance.now();
  const since = () => (performance.now() - start) / 1_000;
  const job = await client.ended(await client.upload({ collection: 'finance.invoices', file, fileName }));
  const seconds = since();
  const units = async () => (await client.query({ metrics: ['units'] })).rows[0]?.units;
  while ((await units()) !== facts.units && since() - seconds < WAREHOUSE_MS / 1_000) await sleep(100);
  return { job, seconds, visibleSeconds: since() };
}

/** The same facts, as `POST /api/analytics/query` answers them. */
export async function askFacts(client: Client): Promise<Omit<RetailFacts, 'lines' | 'invoices'>> {
  const metrics = ['revenue', 'orders', 'customers', 'units'];
  const [whole] = (await client.query({ metrics })).rows;
  const months = await client.query({ metrics: ['revenue'], grain: 'month' });
  const countries = await client.query({ metrics: ['revenue'], dimensions: ['country'] });
  return {
    orders: Number(whole?.orders),
    customers: Number(whole?.customers),
    units: Number(whole?.units),
    revenue: Number(whole?.revenue),
    revenueByMonth: Object.fromEntries(
      months.rows.map(({ period, revenue }) => [String(period).slice(0, 7), Number(revenue)]),
    ),
    revenueByCountry: Object.fromEntries(
      countries.rows.map(({ country, revenue }) => [String(country), Number(revenue)]),
    ),
  };
}
