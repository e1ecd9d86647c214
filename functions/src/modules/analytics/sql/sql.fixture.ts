import { createBigQueryDatasets } from '../../../adapters/datasets-bigquery/index.ts';
import { createBigQueryWarehouse } from '../../../adapters/warehouse-bigquery/index.ts';
import { openLocalBigQuery } from '../../../adapters/warehouse-bigquery/local.fixture.ts';
import { auth } from '../../auth/module.ts';
import { createDatasetWorld, type DatasetWorld } from '../../datasets/datasets.fixture.ts';
import { datasetsModule } from '../../datasets/module.ts';
import { jobs } from '../../jobs/module.ts';
import { tenants } from '../../tenants/module.ts';
import { analytics } from '../module.ts';
import { sales } from '../testing.ts';

const MODULES = [auth, tenants, jobs, datasetsModule, sales, analytics];
const COUNTRIES = ['FR', 'DE', 'GB', undefined] as const;
const DAY = 86_400_000;

/** Invoices as they are sent. The last one is deleted again, the first one is paid later. */
export const INVOICES = Array.from({ length: 41 }, (_, index) => {
  const country = COUNTRIES[index % 4];
  return {
    number: `N${String(index).padStart(3, '0')}`,
    kind: index % 10 === 9 ? ('credit_note' as const) : ('invoice' as const),
    status: index % 5 === 4 ? ('draft' as const) : ('issued' as const),
    customerId: `c${index % 7}`,
    ...(country ? { country } : {}),
    currency: 'EUR',
    issuedAt: new Date(Date.UTC(2026, 0, 1, 10) + index * DAY).toISOString(),
    lines: Array.from({ length: (index % 4) + 1 }, (_line, line) => ({
      sku: `s${(index + line) % 5}`,
      quantity: (line + 1) / 2,
      unitPrice: '1.50',
      amount: (index + 1) * (line + 1),
    })),
    total: (index * 137) % 1000,
    paid: index % 3 === 0,
    margin: index / 8,
  };
});
/** Those that live. */
export const ALIVE = INVOICES.slice(0, -1);

/** Rows of the dataset “Café orders 2026”. */
export const ORDERS = Array.from({ length: 120 }, (_, index) => ({
  id: `o${index}`,
  customer: `c${index % 9}`,
  sold_at: `2026-02-01T${String(index % 24).padStart(2, '0')}:30:00Z`,
  day: `2026-${String((index % 12) + 1).padStart(2, '0')}-15`,
  amount: index / 4,
  big: 9_007_199_254_740_000n + BigInt(index * 1000),
  ok: index % 2 === 0,
  note: index % 6 === 0 ? '' : `a "quoted", ${'é'.repeat(index % 3)} note`,
  person: `person${index}@example.test`,
}));

const COLUMNS = [
  ['id', 'string'],
  ['customer', 'string'],
  ['sold_at', 'timestamp'],
  ['day', 'date'],
  ['amount', 'number'],
  ['big', 'integer'],
  ['ok', 'boolean'],
  ['note', 'string'],
  ['person', 'string'],
] as const;

export interface SqlWorld {
  readonly world: DatasetWorld;
  ask(sql: string, more?: object, token?: string): Promise<Awaited<ReturnType<DatasetWorld['call']>>>;
  close(): Promise<void>;
}

/** A shop on one of the engines, and a neighbour with other figures under the same names. */
export async function createSqlWorld(engine: 'duckdb' | 'bigquery'): Promise<SqlWorld> {
  const local = engine === 'bigquery' ? await openLocalBigQuery() : undefined;
  const ports = local && {
    warehouse: createBigQueryWarehouse(local.place),
    datasets: createBigQueryDatasets(local.place),
  };
  const world = await createDatasetWorld({ only: MODULES, ...(ports ? { ports } : {}) });
  await fill(world);
  return {
    world,
    ask: (sql, more = {}, token) => world.call('POST', '/api/analytics/sql', { sql, ...more }, token),
    close: async () => {
      await world.close();
      await local?.close();
    },
  };
}

async function fill(world: DatasetWorld): Promise<void> {
  const made: string[] = [];
  for (let start = 0; start < INVOICES.length; start += 20) {
    const operations = INVOICES.slice(start, start + 20).map((data) => ({ op: 'create', data }));
    const answer = await world.call('POST', '/api/sales/invoices/bulk', { operations });
    made.push(...answer.body.results.map(({ record }: { record: { id: string } }) => record.id));
  }
  await world.call('DELETE', `/api/sales/invoices/${made.at(-1)}`);
  await world.call('PATCH', `/api/sales/invoices/${made[0]}`, { status: 'paid' });
  const columns = COLUMNS.map(([name, type]) => ({
    source: name,
    name,
    type,
    ...(name === 'person' && { pii: true }),
  }));
  const id = await world.dataset(columns, { name: 'Café orders 2026' });
  const quoted = (value: unknown): string => `"${String(value).replaceAll('"', '""')}"`;
  const lines = ORDERS.map((row) => COLUMNS.map(([name]) => quoted(row[name])).join(','));
  await world.load(id, `${COLUMNS.map(([name]) => name).join(',')}\n${lines.join('\n')}\n`);
  const other = await world.platform.register('Neighbour');
  await world.platform.request('POST', '/api/sales/invoices', {
    token: other.token,
    body: { ...INVOICES[1], number: 'THEIRS', total: 1_000_000 },
  });
  await world.platform.drain();
}
