import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDuckDbWarehouse } from '../../adapters/warehouse-duckdb/index.ts';
import type { Caller } from '../../kernel/access.ts';
import type { App } from '../../kernel/context.ts';
import { defineModule } from '../../kernel/define.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { createRegistry } from '../../kernel/registry.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import type { Asker } from './catalogue.ts';
import type { QueryInput } from './request.ts';
import { runMetricQuery } from './run-query.ts';
import { createdInvoices, onlineRetailInvoices, sales } from './testing.ts';

const excerpt = new URL('../../../../tests/data/online-retail-2010-12.csv.gz', import.meta.url);
const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([sales, nobody]);
const caller: Caller = { kind: 'user', id: 'usr_1', role: 'viewer' };
let directory: string;
let warehouse: Warehouse;

const ask = (input: QueryInput, tenantId = 'ten_real') => {
  const asker: Asker = { tenantId, caller, app: { registry, ports: { warehouse } } as unknown as App };
  return runMetricQuery(asker, input);
};

const invoice = (number: string, day: string, amount: number, currency = 'EUR') => ({
  number,
  kind: 'invoice',
  status: 'issued',
  currency,
  issuedAt: `${day}T10:00:00.000Z`,
  lines: [{ sku: 'a', quantity: 1, unitPrice: '1', amount }],
  total: amount,
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'analytics-compare-'));
  warehouse = openDuckDbWarehouse({ directory });
  const load = (tenantId: string, fields: Record<string, unknown>[]) =>
    warehouse.apply(
      createdInvoices(tenantId, fields, tenantId),
      warehouseTables(registry),
      async () => undefined,
    );
  const retail = await onlineRetailInvoices(excerpt);
  await load(
    'ten_real',
    retail.filter(({ issuedAt }) => String(issuedAt) < '2010-12-15'),
  );
  await load('ten_leap', [
    invoice('1', '2023-02-28', 1000),
    invoice('2', '2024-02-28', 2000),
    invoice('3', '2024-02-29', 4000),
    invoice('4', '2025-02-28', 8000),
    invoice('5', '2026-01-05', 100, 'JPY'),
    invoice('6', '2026-02-05', 100),
  ]);
});
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

test('a total beside that of the period before', async () => {
  const { rows, columns } = await ask({
    metrics: ['revenue', 'average-order-value'],
    from: '2010-12-02',
    to: '2010-12-03',
    compare: 'previous-period',
  });
  expect(rows).toEqual(
    [
      {
        revenue: 46_207.28,
        'revenue:previous': 58_635.56,
        'revenue:change': 46_207.28 / 58_635.56 - 1,
        'average-order-value': expect.any(Number),
        'average-order-value:previous': expect.any(Number),
        'average-order-value:change': expect.any(Number),
      },
    ].map((row) => ({ ...row, 'revenue:change': expect.closeTo(row['revenue:change'], 10) })),
  );
  expect(columns.slice(0, 3)).toEqual([
    { name: 'revenue', label: 'Revenue', type: 'money', currency: 'GBP' },
    { name: 'revenue:previous', label: 'Revenue before', type: 'money', currency: 'GBP' },
    { name: 'revenue:change', label: 'Revenue change', type: 'percent' },
  ]);
});

test('by day and country: what asking for both ranges would answer, each bucket by its place', async () => {
  const shared = { metrics: ['revenue', 'orders'], dimensions: ['country'], grain: 'day' } as const;
  const query = (from: string, to: string, more: Partial<QueryInput> = {}) =>
    ask({
      ...shared,
      metrics: [...shared.metrics],
      dimensions: ['country'],
      from,
      to,
      ...more,
      limit: 10_000,
    });
  const [now, before, both] = await Promise.all([
    query('2010-12-08', '2010-12-15'),
    query('2010-12-01', '2010-12-08'),
    query('2010-12-08', '2010-12-15', { compare: 'previous-period' }),
  ]);
  const weekLater = (day: unknown): string =>
    new Date(Date.parse(String(day)) + 7 * 86_400_000).toISOString().slice(0, 10);
  const expected = new Map<string, Record<string, unknown>>();
  for (const { period, country, revenue, orders } of now.rows)
    expected.set(`${period} ${country}`, { revenue, orders, 'revenue:previous': 0, 'orders:previous': 0 });
  for (const { period, country, revenue, orders } of before.rows) {
    const key = `${weekLater(period)} ${country}`;
    const found = expected.get(key) ?? { revenue: 0, orders: 0 };
    expected.set(key, { ...found, 'revenue:previous': revenue, 'orders:previous': orders });
  }
  expect(both.rows).toHaveLength(expected.size);
  for (const { period, country, ...row } of both.rows) {
    const was = Number(row['revenue:previous']);
    const grown = was === 0 ? null : expect.closeTo((Number(row.revenue) - was) / Math.abs(was), 10);
    expect(row).toMatchObject({ ...expected.get(`${period} ${country}`), 'revenue:change': grown });
  }
});

test('members that were only there before stay in view', async () => {
  const { rows } = await ask({
    metrics: ['orders'],
    dimensions: ['country'],
    filters: { country: ['EIRE', 'Norway'] },
    from: '2010-12-06',
    to: '2010-12-07',
    compare: 'previous-period',
  });
  const { rows: before } = await ask({
    metrics: ['orders'],
    dimensions: ['country'],
    from: '2010-12-05',
    to: '2010-12-06',
  });
  for (const { country, orders } of before.filter((row) => ['EIRE', 'Norway'].includes(String(row.country))))
    expect(rows.find((row) => row.country === country)).toMatchObject({ 'orders:previous': orders });
});

test('29 February has no day in another year to stand beside', async () => {
  const leap = async (from: string, to: string, grain?: 'day' | 'month') =>
    (
      await ask(
        { metrics: ['revenue'], from, to, compare: 'previous-year', ...(grain ? { grain } : {}) },
        'ten_leap',
      )
    ).rows;
  expect(await leap('2024-02-01', '2024-03-01', 'day')).toEqual([
    { period: '2024-02-28', revenue: 20, 'revenue:previous': 10, 'revenue:change': 1 },
    { period: '2024-02-29', revenue: 40, 'revenue:previous': null, 'revenue:change': null },
  ]);
  expect(await leap('2025-02-01', '2025-03-01', 'day')).toEqual([
    { period: '2025-02-28', revenue: 80, 'revenue:previous': 20, 'revenue:change': 3 },
  ]);
  expect(await leap('2025-02-01', '2025-03-01', 'month')).toEqual([
    {
      period: '2025-02-01',
      revenue: 80,
      'revenue:previous': 60,
      'revenue:change': expect.closeTo(1 / 3, 10),
    },
  ]);
});

test('amounts of another currency before are not compared', async () => {
  const query: QueryInput = { metrics: ['revenue'], from: '2026-02-01', to: '2026-03-01' };
  expect((await ask(query, 'ten_leap')).rows).toEqual([{ revenue: 1 }]);
  await expect(ask({ ...query, compare: 'previous-period' }, 'ten_leap')).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/EUR, JPY/),
  });
});

test.each([
  [{ metrics: ['revenue'], compare: 'previous-year' }, 'compare', /from.*to/],
  [{ metrics: ['revenue'], compare: 'previous-year', from: '2026-01-01' }, 'compare', /from.*to/],
  [{ metrics: ['revenue'], forecast: { periods: 3 } }, 'forecast', /grain/],
  [
    { metrics: ['revenue'], forecast: { periods: 3 }, grain: 'day', dimensions: ['country'] },
    'forecast',
    /dimensions/,
  ],
  [{ metrics: ['revenue'], timezone: "UTC'; SELECT" }, 'timezone', /IANA/],
  [{ metrics: ['revenue'], timezone: 'Mars/Olympus' }, 'timezone', /IANA/],
] as [QueryInput, string, RegExp][])('refuses %j', async (input, path, message) => {
  await expect(ask(input)).rejects.toMatchObject({
    code: 'invalid',
    errors: [{ path, message: expect.stringMatching(message) }],
  });
});
