import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBigQueryWarehouse } from '../../adapters/warehouse-bigquery/index.ts';
import { openLocalBigQuery } from '../../adapters/warehouse-bigquery/local.fixture.ts';
import { openDuckDbWarehouse } from '../../adapters/warehouse-duckdb/index.ts';
import type { Caller } from '../../kernel/access.ts';
import type { App } from '../../kernel/context.ts';
import { defineModule, type Metric } from '../../kernel/define.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { createRegistry } from '../../kernel/registry.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { catalogueFor } from './catalogue.ts';
import { dialectOf } from './compile/dialect.ts';
import type { Statement } from './compile/parameters.ts';
import { compileQuery } from './compile/query.ts';
import { type QueryInput, readQuery } from './request.ts';
import { runMetricQuery } from './run-query.ts';
import type { Source } from './sources.ts';
import { club, createdInvoices, customers, sales } from './testing.ts';

/** The compiler's SQL of both dialects, on both engines: the answers are the same. */

const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([sales, club, nobody]);
const caller: Caller = { kind: 'user', id: 'usr_1', role: 'owner' };
const engines = new Map<string, Warehouse>();
let close = async (): Promise<void> => {};

const invoice = (number: string, issuedAt: string, amount: number, more: object = {}) => ({
  number,
  kind: amount < 0 ? 'credit_note' : 'invoice',
  status: 'issued',
  currency: 'EUR',
  issuedAt,
  lines: [
    { sku: 'a', quantity: 1, unitPrice: '1', amount: amount - 50 },
    { sku: number.endsWith('0') ? 'b' : 'c', quantity: 2.5, unitPrice: '1', amount: 50 },
  ],
  total: amount,
  margin: (amount % 7) / 10,
  ...more,
});

/** Days around the clock changes of Europe and the leap day of 2024. */
const INVOICES = [
  invoice('1', '2024-02-28T23:30:00.000Z', 1100, { country: 'FR', customerId: 'c1' }),
  invoice('2', '2024-02-29T12:00:00.000Z', 900, { country: 'DE', customerId: 'c2' }),
  invoice('3', '2024-03-31T00:30:00.000Z', 500, { country: 'FR' }),
  invoice('4', '2024-03-31T01:30:00.000Z', 300, { country: 'FR', customerId: 'c1', paid: true }),
  invoice('5', '2024-10-27T00:30:00.000Z', 250, { customerId: 'c2' }),
  invoice('6', '2024-10-27T01:30:00.000Z', 350, { country: 'IT', customerId: 'c3' }),
  invoice('7', '2024-10-31T22:59:59.999Z', 700, { country: 'IT' }),
  invoice('8', '2024-10-31T23:00:00.000Z', -400, { country: 'IT' }),
  invoice('9', '2025-02-28T09:00:00.000Z', 1300, { country: 'FR', customerId: 'c1' }),
  invoice('10', '2025-03-30T01:15:00.000Z', 650, { country: 'DE', customerId: 'c2' }),
];

const members = (
  tenantId: string,
  ...found: readonly (readonly [code: string, tier: string, secret: boolean])[]
) =>
  createdInvoices(
    tenantId,
    found.map(([code, tier, secret]) => ({ code, tier, secret })),
    `${tenantId}-member`,
  ).map((change) => ({ ...change, collection: customers.name }));

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'analytics-engines-'));
  const local = await openLocalBigQuery();
  engines.set('bigquery', createBigQueryWarehouse(local.place));
  engines.set('duckdb', openDuckDbWarehouse({ directory }));
  for (const warehouse of engines.values())
    for (const changes of [
      createdInvoices('ten_a', INVOICES, 'ten_a'),
      createdInvoices('ten_b', INVOICES.slice(0, 3), 'ten_b'),
      members('ten_a', ['c1', 'gold', false], ['c2', 'silver', true]),
      // Another tenant's customer of the same code, and one that only it has.
      members('ten_b', ['c1', 'iron', false], ['c3', 'iron', false]),
    ])
      await warehouse.apply(changes, warehouseTables(registry), async () => undefined);
  close = async () => {
    for (const warehouse of engines.values()) await warehouse.close();
    await local.close();
    await rm(directory, { recursive: true, force: true });
  };
}, 60_000);
afterAll(() => close());

async function ask(engine: string, input: QueryInput, by = caller) {
  const warehouse = engines.get(engine);
  const app = { registry, ports: { warehouse } } as unknown as App;
  return (await runMetricQuery({ app, tenantId: 'ten_a', caller: by }, input)).rows;
}

const TOTALS = ['sum', 'min', 'max', 'median', 'average'].map((aggregate) => `${aggregate}-of-totals`);
const year = { from: '2024-01-01', to: '2025-01-01' };
const QUERIES: readonly QueryInput[] = [
  {
    metrics: ['revenue', 'orders', 'units', 'customers', 'average-order-value', 'average-total', 'documents'],
  },
  { metrics: ['revenue'], dimensions: ['country', 'product'] },
  { metrics: ['orders', 'average-margin'], dimensions: ['country'], filters: { kind: 'invoice' } },
  { metrics: ['revenue'], filters: { country: ['FR', null], paid: true } },
  { metrics: ['revenue'], filters: { country: { gte: 'E', lt: 'G' }, customer: null } },
  ...(['hour', 'day', 'week', 'month', 'quarter', 'year'] as const).flatMap((grain): QueryInput[] => [
    { metrics: ['revenue', 'orders'], grain, timezone: 'Europe/Berlin' },
    {
      metrics: ['revenue', 'average-order-value'],
      dimensions: ['country'],
      grain,
      from: '2024-10-01',
      to: '2025-04-01',
      ...(grain === 'week' ? {} : { timezone: 'America/New_York' }),
      compare: grain === 'day' || grain === 'week' ? 'previous-year' : 'previous-period',
    },
  ]),
  { metrics: TOTALS, dimensions: ['tier', 'country'], grain: 'quarter' },
  {
    metrics: ['sum-of-totals', 'gold-orders', 'revenue'],
    grain: 'month',
    ...year,
    compare: 'previous-period',
  },
  { metrics: ['revenue', 'customers'], ...year, compare: 'previous-year' },
  { metrics: ['revenue', 'orders'], from: '2025-01-01', to: '2026-01-01', compare: 'previous-period' },
  {
    metrics: ['revenue'],
    dimensions: ['country'],
    from: '2024-10-01',
    to: '2024-11-01',
    compare: 'previous-period',
    limit: 2,
  },
];

test.each(['bigquery', 'duckdb'])('%s puts rows where the clocks of the zone do', async (engine) => {
  const byMonth: QueryInput = { metrics: ['revenue'], grain: 'month', timezone: 'Europe/Berlin' };
  expect(await ask(engine, { ...byMonth, from: '2024-10-01', to: '2024-12-01' })).toEqual([
    { period: '2024-10-01', revenue: 13 },
    // 23:00 in UTC on the last of October.
    { period: '2024-11-01', revenue: -4 },
  ]);
  expect(await ask(engine, { ...byMonth, grain: 'day', from: '2024-03-31', to: '2024-04-01' })).toEqual([
    { period: '2024-03-31', revenue: 8 },
  ]);
  // An hour that the clocks skip, and one that they show twice.
  expect(await ask(engine, { ...byMonth, grain: 'hour', from: '2024-03-31', to: '2024-04-01' })).toEqual([
    { period: '2024-03-31T01:00', revenue: 5 },
    { period: '2024-03-31T03:00', revenue: 3 },
  ]);
  expect(await ask(engine, { ...byMonth, grain: 'hour', from: '2024-10-27', to: '2024-10-28' })).toEqual([
    { period: '2024-10-27T02:00', revenue: 6 },
  ]);
});

describe('joins, on both engines', () => {
  const viewer: Caller = { kind: 'user', id: 'usr_2', role: 'viewer' };

  test.each(['bigquery', 'duckdb'])(
    '%s finds what is the tenant’s own, and what the caller may see',
    async (engine) => {
      const byTier: QueryInput = {
        metrics: ['sum-of-totals', 'gold-orders'],
        dimensions: ['country'],
        to: '2024-04-01',
      };
      expect(await ask(engine, { ...byTier, metrics: ['sum-of-totals'], dimensions: ['tier'] })).toEqual([
        { tier: 'gold', 'sum-of-totals': 1400 },
        { tier: 'silver', 'sum-of-totals': 900 },
        { tier: null, 'sum-of-totals': 500 },
      ]);
      expect(
        await ask(engine, { ...byTier, metrics: ['sum-of-totals'], dimensions: ['tier'] }, viewer),
      ).toEqual([
        { tier: 'gold', 'sum-of-totals': 1400 },
        { tier: null, 'sum-of-totals': 1400 },
      ]);
      expect(await ask(engine, { ...byTier, metrics: ['gold-orders'], dimensions: [] })).toEqual([
        { 'gold-orders': 2 },
      ]);
      expect(await ask(engine, { metrics: ['sum-of-totals'], filters: { tier: 'iron' } })).toEqual([
        { 'sum-of-totals': 0 },
      ]);
      await expect(
        ask(engine, { metrics: ['sum-of-totals'], dimensions: ['score'] }, viewer),
      ).rejects.toMatchObject({
        code: 'invalid',
      });
    },
  );

  test.each(['bigquery', 'duckdb'])('%s has the exact middle', async (engine) => {
    expect(await ask(engine, { metrics: TOTALS, to: '2024-04-01' })).toEqual([
      {
        'sum-of-totals': 2800,
        'min-of-totals': 300,
        'max-of-totals': 1100,
        'median-of-totals': 700,
        'average-of-totals': 700,
      },
    ]);
    expect(await ask(engine, { metrics: TOTALS, from: '2030-01-01' })).toEqual([
      {
        'sum-of-totals': 0,
        'min-of-totals': null,
        'max-of-totals': null,
        'median-of-totals': null,
        'average-of-totals': null,
      },
    ]);
  });
});

/** What the engines answer to one statement over a dataset, whose rows are whatever its relation says. */
const CODES =
  "(SELECT 'c1' AS code, 'Coast' AS region UNION ALL SELECT 'c1', 'Alps' UNION ALL SELECT 'c2', 'Coast')";
const column = (name: string) => ({ name, type: 'string', path: [name] }) as const;

test.each(['bigquery', 'duckdb'])(
  '%s joins a dataset by the first row of each key, and knows an empty one',
  async (engine) => {
    const warehouse = engines.get(engine);
    if (!warehouse) throw new Error(engine);
    const base = catalogueFor({ registry }, { caller });
    const orders = base.metrics.get('documents');
    if (!orders) throw new Error('documents');
    const compiled = (relation: string | undefined) => {
      const regions: Source = {
        name: 'dataset:dat_1',
        dataset: { id: 'dat_1', version: 1 },
        rows: relation === undefined ? undefined : { relation },
        columns: [column('code'), column('region')],
        children: [],
        unique: undefined,
        hidden: new Set(),
      };
      const metric: Metric = {
        ...orders,
        joins: { place: { source: regions.name, on: ['customerId', 'code'] } },
        dimensions: { region: 'place.region' },
      };
      const catalogue = {
        ...base,
        metrics: new Map([['documents', metric]]),
        sources: new Map([...base.sources, [regions.name, regions]]),
      };
      const request = readQuery({ metrics: ['documents'], dimensions: ['region'] });
      return compileQuery({ catalogue, dialect: dialectOf(engine), tenantId: 'ten_a' }, request);
    };
    const rows = async ({ sql, parameters }: Statement) => (await warehouse.query(sql, parameters)).rows;
    expect(await rows(compiled(CODES))).toEqual([
      { region: null, documents: 4 },
      { region: 'Alps', documents: 3 },
      { region: 'Coast', documents: 3 },
    ]);
    expect(await rows(compiled(undefined))).toEqual([{ region: null, documents: 10 }]);
  },
);

describe('on both engines', () => {
  test.each(QUERIES.map((query) => [JSON.stringify(query), query] as const))('%s', async (_name, query) => {
    const [bigquery, duckdb] = await Promise.all([ask('bigquery', query), ask('duckdb', query)]);
    expect(bigquery).toEqual(duckdb);
    expect(duckdb.length).toBeGreaterThan(0);
  });
});
