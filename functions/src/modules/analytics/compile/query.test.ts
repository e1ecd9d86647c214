import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDuckDbWarehouse } from '../../../adapters/warehouse-duckdb/index.ts';
import type { Caller } from '../../../kernel/access.ts';
import type { App } from '../../../kernel/context.ts';
import { defineModule } from '../../../kernel/define.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import { createRegistry } from '../../../kernel/registry.ts';
import { warehouseTables } from '../../../kernel/warehouse/warehouse-tables.ts';
import { type Asker, catalogueFor } from '../catalogue.ts';
import { type QueryInput, readQuery } from '../request.ts';
import { currenciesOf, extentOf, runMetricQuery } from '../run-query.ts';
import { createdInvoices, onlineRetailInvoices, sales } from '../testing.ts';
import { dialectOf, GRAINS } from './dialect.ts';
import { compileQuery } from './query.ts';

const excerpt = new URL('../../../../../tests/data/online-retail-2010-12.csv.gz', import.meta.url);
const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([sales, nobody]);
const viewer: Caller = { kind: 'user', id: 'usr_1', role: 'viewer' };
let directory: string;
let warehouse: Warehouse;

const asker = (tenantId: string, caller: Caller = viewer): Asker => ({
  tenantId,
  caller,
  app: { registry, ports: { warehouse } } as unknown as App,
});
const ask = (input: QueryInput, tenantId = 'ten_real') => runMetricQuery(asker(tenantId), input);
const rows = async (input: QueryInput, tenantId?: string) => (await ask(input, tenantId)).rows;

/** A document of one line. */
const invoice = (number: string, amount: number, more: object = {}) => ({
  number,
  kind: 'invoice',
  status: 'issued',
  currency: 'EUR',
  issuedAt: '2026-02-03T10:00:00.000Z',
  lines: [{ sku: 'a', quantity: 1, unitPrice: '1', amount }],
  total: amount,
  ...more,
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'analytics-'));
  warehouse = openDuckDbWarehouse({ directory });
  const load = (tenantId: string, fields: Record<string, unknown>[]) =>
    warehouse.apply(
      createdInvoices(tenantId, fields, tenantId),
      warehouseTables(registry),
      async () => undefined,
    );
  await load('ten_real', await onlineRetailInvoices(excerpt));
  await load('ten_small', [
    invoice('1', 1000, {
      country: 'FR',
      customerId: 'c1',
      lines: [
        { sku: 'a', quantity: 2, unitPrice: '2', amount: 400 },
        { sku: 'b', quantity: 1, unitPrice: '6', amount: 600 },
      ],
      margin: 0.5,
    }),
    invoice('2', 500, { country: 'FR', customerId: 'c2', status: 'paid', paid: true, margin: 0.1 }),
    invoice('3', -300, { country: 'DE', kind: 'credit_note', customerId: 'c3' }),
    invoice('4', 99_999, { status: 'draft', issuedAt: undefined }),
    invoice('5', 77, { status: 'partially_paid', issuedAt: '2026-03-31T23:59:59.999Z' }),
  ]);
  await load('ten_mixed', [
    invoice('1', 1000),
    invoice('2', 500, { currency: 'JPY' }),
    invoice('3', 7, { currency: 'JPY', issuedAt: '2026-05-01T00:00:00Z' }),
  ]);
});
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

describe('December 2010 of Online Retail', () => {
  test('totals', async () => {
    const answer = await ask({
      metrics: ['revenue', 'orders', 'units', 'customers', 'average-order-value', 'documents'],
    });
    expect(answer.rows).toEqual([
      {
        revenue: 748_957.02,
        orders: 1699,
        units: 342_228,
        customers: 948,
        'average-order-value': 440.82,
        documents: 2025,
      },
    ]);
    expect(answer.columns[0]).toEqual({ name: 'revenue', label: 'Revenue', type: 'money', currency: 'GBP' });
    expect(answer).toMatchObject({ engine: 'duckdb', truncated: false });
  });

  test('by country, largest first', async () => {
    expect(await rows({ metrics: ['revenue', 'orders'], dimensions: ['country'], limit: 4 })).toEqual([
      { country: 'United Kingdom', revenue: 676_742.62, orders: expect.any(Number) },
      { country: 'Germany', revenue: 14_562.84, orders: expect.any(Number) },
      { country: 'France', revenue: 9575.36, orders: expect.any(Number) },
      { country: 'EIRE', revenue: 9029.95, orders: 17 },
    ]);
    expect(await rows({ metrics: ['revenue'], dimensions: ['country'] })).toHaveLength(24);
  });

  test('by product and by customer, with those that have none', async () => {
    expect(await rows({ metrics: ['revenue'], dimensions: ['product'], limit: 2 })).toEqual([
      { product: '22423', revenue: 26_897.36 },
      { product: 'DOT', revenue: 24_671.19 },
    ]);
    expect(await rows({ metrics: ['revenue'], dimensions: ['customer'], limit: 2 })).toEqual([
      { customer: null, revenue: 194_353 },
      { customer: '18102.0', revenue: 27_834.61 },
    ]);
    expect(await rows({ metrics: ['orders'], filters: { product: '85123A' } })).toEqual([{ orders: 224 }]);
  });

  test('by week, from Mondays, and by month', async () => {
    expect(await rows({ metrics: ['revenue'], grain: 'week' })).toEqual([
      { period: '2010-11-29', revenue: 181_847.25 },
      { period: '2010-12-06', revenue: 270_287.03 },
      { period: '2010-12-13', revenue: 207_052.17 },
      { period: '2010-12-20', revenue: 89_770.57 },
    ]);
    for (const [grain, period] of [
      ['month', '2010-12-01'],
      ['quarter', '2010-10-01'],
      ['year', '2010-01-01'],
    ] as const)
      expect(await rows({ metrics: ['revenue'], grain })).toEqual([{ period, revenue: 748_957.02 }]);
  });

  test('a range of days, its end excluded', async () => {
    expect(await rows({ metrics: ['revenue'], grain: 'day', from: '2010-12-01', to: '2010-12-03' })).toEqual([
      { period: '2010-12-01', revenue: 58_635.56 },
      { period: '2010-12-02', revenue: 46_207.28 },
    ]);
    expect(
      await rows({ metrics: ['revenue'], from: '2010-12-02T01:00:00+01:00', to: '2010-12-03T00:00:00Z' }),
    ).toEqual([{ revenue: 46_207.28 }]);
  });

  test('extent and currency', async () => {
    expect(await extentOf(asker('ten_real'), 'revenue')).toEqual({
      first: '2010-12-01T08:26:00.000Z',
      last: '2010-12-23T17:41:00.000Z',
    });
    expect(await currenciesOf(asker('ten_real'), 'revenue')).toEqual(['GBP']);
  });
});

describe('the rules', () => {
  const small = (input: QueryInput) => rows(input, 'ten_small');

  test('metrics over different rows meet by dimension, also where one has none', async () => {
    expect(
      await small({
        metrics: ['revenue', 'orders', 'average-order-value'],
        dimensions: ['country'],
        to: '2026-03-01',
      }),
    ).toEqual([
      { country: 'FR', revenue: 15, orders: 2, 'average-order-value': 7.5 },
      { country: 'DE', revenue: -3, orders: 0, 'average-order-value': null },
    ]);
  });

  test('nothing is 0 for sums and counts, and unknown for averages', async () => {
    const metrics = ['revenue', 'orders', 'documents', 'average-total', 'average-order-value'];
    expect(await small({ metrics, from: '2030-01-01' })).toEqual([
      { revenue: 0, orders: 0, documents: 0, 'average-total': null, 'average-order-value': null },
    ]);
    expect(await small({ metrics, dimensions: ['country'], from: '2030-01-01' })).toEqual([]);
  });

  test('records are not multiplied by their elements', async () => {
    expect(await small({ metrics: ['documents', 'average-total', 'revenue'], to: '2026-03-01' })).toEqual([
      { documents: 3, 'average-total': 4, revenue: 12 },
    ]);
    await expect(small({ metrics: ['documents'], dimensions: ['product'] })).rejects.toMatchObject({
      code: 'invalid',
    });
    expect(await small({ metrics: ['orders'], dimensions: ['product'], to: '2026-03-01' })).toEqual([
      { product: 'a', orders: 2 },
      { product: 'b', orders: 1 },
    ]);
  });

  test('filters: value, list, missing, range, boolean', async () => {
    const revenue = async (filters: QueryInput['filters']) =>
      (await small({ metrics: ['revenue'], filters }))[0]?.revenue;
    expect(await revenue({ country: 'FR' })).toBe(15);
    expect(await revenue({ country: ['FR', 'DE'] })).toBe(12);
    expect(await revenue({ country: null })).toBe(0.77);
    expect(await revenue({ country: ['DE', null] })).toBe(-2.23);
    expect(await revenue({ country: { gte: 'E', lt: 'G' } })).toBe(15);
    expect(await revenue({ paid: true })).toBe(5);
    expect(await revenue({ product: 'b' })).toBe(6);
  });

  test('amounts of several currencies are never added up', async () => {
    const mixed = (input: QueryInput) => ask(input, 'ten_mixed');
    await expect(mixed({ metrics: ['revenue'] })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/JPY, EUR/),
    });
    await expect(mixed({ metrics: ['average-order-value'] })).rejects.toMatchObject({ code: 'invalid' });
    expect((await mixed({ metrics: ['orders'] })).rows).toEqual([{ orders: 3 }]);
    const yen = await mixed({ metrics: ['revenue'], filters: { currency: 'JPY' } });
    expect([yen.rows, yen.columns[0]?.currency]).toEqual([[{ revenue: 507 }], 'JPY']);
    const split = await mixed({ metrics: ['revenue'], dimensions: ['currency'] });
    expect(split.rows).toEqual([
      { currency: 'EUR', revenue: 10 },
      { currency: 'JPY', revenue: 507 },
    ]);
    expect(split.columns.at(-1)).toMatchObject({ type: 'money', currency: null });
    expect((await mixed({ metrics: ['revenue'], from: '2026-04-01' })).rows).toEqual([{ revenue: 7 }]);
  });

  test('no tenant sees another, whatever is asked', async () => {
    expect(await rows({ metrics: ['revenue', 'orders', 'customers'] }, 'ten_nobody')).toEqual([
      { revenue: 0, orders: 0, customers: 0 },
    ]);
    for (const hostile of ["ten_real' OR '1'='1", "FR') OR 1=1 --", '$1', 'r.tenant_id'])
      expect(await rows({ metrics: ['documents'], filters: { country: hostile } }, 'ten_small')).toEqual([
        { documents: 0 },
      ]);
  });

  test.each([
    [{ metrics: ['profit'] }, /profit.*Known: .*revenue/],
    [{ metrics: ['__proto__'] }, /__proto__/],
    [{ metrics: ['revenue'], dimensions: ['city'] }, /city.*Known: .*country/],
    [{ metrics: ['revenue'], dimensions: ['constructor'] }, /constructor/],
    [{ metrics: ['revenue'], dimensions: ['country', 'country'] }, /country/],
    [{ metrics: ['revenue'], filters: { toString: 'x' } }, /toString/],
    [{ metrics: ['revenue'], filters: { country: 5 } }, /string/],
    [{ metrics: ['revenue'], filters: { paid: 'yes' } }, /boolean/],
    [{ metrics: ['revenue'], filters: { country: {} } }, /gt/],
    [{ metrics: [] }, /correct/],
    [{ metrics: ['revenue'], limit: 10_001 }, /correct/],
    [{ metrics: ['revenue'], from: 'yesterday' }, /correct/],
    [{ metrics: ['revenue'], from: '2026-02-01', to: '2026-01-01' }, /before/],
    [{ metrics: ['revenue; DROP TABLE changes'] }, /DROP TABLE/],
  ] as [QueryInput, RegExp][])('refuses %j', async (input, message) => {
    await expect(small(input)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(message),
    });
  });

  test('fields a caller may not read are not there to be asked for', async () => {
    const admin: Caller = { ...viewer, role: 'admin' };
    expect((await runMetricQuery(asker('ten_small', admin), { metrics: ['average-margin'] })).rows).toEqual([
      { 'average-margin': 0.3 },
    ]);
    await expect(small({ metrics: ['average-margin'] })).rejects.toMatchObject({ code: 'invalid' });
  });

  test('more rows than the limit are told', async () => {
    expect(await ask({ metrics: ['revenue'], dimensions: ['country'], limit: 23 })).toMatchObject({
      truncated: true,
    });
    expect(await ask({ metrics: ['revenue'], dimensions: ['country'], limit: 24 })).toMatchObject({
      truncated: false,
    });
  });
});

test('the SQL for BigQuery differs in quotes and time buckets only', () => {
  const context = {
    catalogue: catalogueFor({ registry }, { caller: viewer }),
    dialect: dialectOf('bigquery'),
    tenantId: 'ten_1',
  };
  const input = readQuery({
    metrics: ['revenue'],
    dimensions: ['country'],
    grain: 'week',
    from: '2026-01-01',
  });
  expect(compileQuery(context, input)).toMatchObject({
    sql: [
      'WITH rows_0 AS (',
      'SELECT DATE_TRUNC(DATE(r.`record_issued_at`), ISOWEEK) AS `period`, r.`record_country` AS `country`, SUM(r.`amount`) AS `revenue`',
      'FROM (SELECT *, record_id AS id FROM `sales_invoices_lines`) AS r',
      'WHERE r.tenant_id = $1 AND r.`record_status` IN ($2, $3, $4) AND r.`record_issued_at` >= CAST($5 AS TIMESTAMP) AND r.`record_issued_at` IS NOT NULL',
      'GROUP BY 1, 2',
      ')',
      "SELECT FORMAT_DATE('%F', `period`) AS `period`, `country`, COALESCE(`revenue`, 0) AS `revenue` FROM rows_0",
      'ORDER BY `period`, `revenue` DESC NULLS LAST, `country` NULLS LAST',
      'LIMIT 1001',
    ].join('\n'),
    parameters: ['ten_1', 'issued', 'partially_paid', 'paid', '2026-01-01T00:00:00.000Z'],
  });
  for (const grain of GRAINS) expect(dialectOf('bigquery').bucketText('t', grain)).toMatch(/^FORMAT_DATE/);
});
