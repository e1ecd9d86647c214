import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { auth } from '../auth/module.ts';
import { tenants } from '../tenants/module.ts';
import { analytics } from './module.ts';
import { createdInvoices, onlineRetailInvoices, sales } from './testing.ts';

const excerpt = new URL('../../../../tests/data/online-retail-2010-12.csv.gz', import.meta.url);
let platform: TestPlatform;
let shop: TestTenant;

beforeAll(async () => {
  platform = await createTestPlatform([auth, tenants, sales, analytics]);
  shop = await platform.register('Shop');
});
afterAll(() => platform.close());

const post = (tenant: TestTenant, url: string, body: unknown) =>
  platform.request('POST', url, { token: tenant.token, body });
const get = async (tenant: TestTenant, url: string) =>
  (await platform.request('GET', url, { token: tenant.token })).body;
const invoice = (number: string, amount: number, issuedAt: string, more: object = {}) => ({
  number,
  kind: 'invoice',
  status: 'issued',
  currency: 'EUR',
  country: 'FR',
  issuedAt,
  lines: [{ sku: 'a', description: 'Apple', quantity: 1, unitPrice: '1', amount }],
  total: amount,
  ...more,
});

test('before any data, a query is empty and the dashboard has no figures to be wrong about', async () => {
  const empty = await platform.register('Empty');
  expect((await post(empty, '/api/analytics/query', { metrics: ['revenue'] })).body.rows).toEqual([
    { revenue: 0 },
  ]);
  expect(await get(empty, '/api/analytics/dashboard')).toMatchObject({
    currency: null,
    dataRange: null,
    topProducts: { rows: [] },
  });
});

test('a record written through the API is in the answers, follows its changes, and leaves them when deleted', async () => {
  const revenue = async () => {
    await platform.drain();
    return (await post(shop, '/api/analytics/query', { metrics: ['revenue', 'orders'] })).body.rows[0];
  };
  const created = await post(shop, '/api/sales/invoices', invoice('1', 1050, '2026-01-10T00:00:00Z'));
  expect(created.status).toBe(201);
  await post(shop, '/api/sales/invoices', invoice('2', 200, '2026-01-11T00:00:00Z'));
  expect(await revenue()).toEqual({ revenue: 12.5, orders: 2 });
  const url = `/api/sales/invoices/${created.body.id}`;
  const lines = [{ quantity: 1, unitPrice: '3', amount: 300 }];
  await platform.request('PATCH', url, { token: shop.token, body: { lines } });
  expect(await revenue()).toEqual({ revenue: 5, orders: 2 });
  await platform.request('DELETE', url, { token: shop.token });
  expect(await revenue()).toEqual({ revenue: 2, orders: 1 });
  await platform.request('POST', `${url}/restore`, { token: shop.token });
  expect(await revenue()).toEqual({ revenue: 5, orders: 2 });
});

test('a change whose predecessors never arrived is completed from the documents, without secrets', async () => {
  const other = await platform.register('Gap');
  const { body } = await post(other, '/api/sales/invoices', invoice('9', 900, '2026-01-10T00:00:00Z'));
  await platform.request('PATCH', `/api/sales/invoices/${body.id}`, {
    token: other.token,
    body: { country: 'ES' },
  });
  const [subscriber] = analytics.subscribers;
  const { createSystemContext } = await import('../../kernel/scope.ts');
  const ctx = createSystemContext(platform.app, 'req_test', 'test');
  const change = createdInvoices(other.tenantId, [{}])[0];
  if (!change) throw new Error('one change');
  await subscriber?.handle(ctx, [
    { ...change, recordId: body.id, version: 2, operation: 'update', patch: { country: 'ES' } },
  ]);
  const answer = await post(other, '/api/analytics/query', { metrics: ['revenue'], dimensions: ['country'] });
  expect(answer.body.rows).toEqual([{ country: 'ES', revenue: 9 }]);
});

test('metrics say what they can be split by', async () => {
  const { items, grains } = await get(shop, '/api/analytics/metrics');
  expect(grains).toEqual(['hour', 'day', 'week', 'month', 'quarter', 'year']);
  expect(items.find(({ name }: { name: string }) => name === 'documents').dimensions).not.toContain(
    'product',
  );
  expect(items.find(({ name }: { name: string }) => name === 'average-order-value')).toEqual({
    name: 'average-order-value',
    label: 'Average order value',
    description: 'Revenue an order.',
    format: 'money',
    aggregate: 'ratio',
    hasSubject: false,
    custom: false,
    dimensions: [
      'country',
      'product',
      'description',
      'customer',
      'customer-name',
      'currency',
      'kind',
      'paid',
    ],
  });
});

test('problems name what is wrong', async () => {
  const answer = await post(shop, '/api/analytics/query', { metrics: ['profit'] });
  expect(answer.status).toBe(422);
  expect(answer.body).toMatchObject({
    code: 'invalid',
    errors: [{ path: 'metrics.0', code: 'unknown_name' }],
  });
  expect((await post(shop, '/api/analytics/query', { metrics: ['revenue'], sql: 'SELECT 1' })).status).toBe(
    422,
  );
  expect(
    (await platform.request('POST', '/api/analytics/query', { body: { metrics: ['revenue'] } })).status,
  ).toBe(401);
  expect(
    (await platform.request('GET', '/api/analytics/dashboard?from=soon', { token: shop.token })).status,
  ).toBe(422);
});

test('the dashboard of December 2010', async () => {
  const retailer = await platform.register('Retailer');
  const changes = createdInvoices(retailer.tenantId, await onlineRetailInvoices(excerpt));
  await platform.app.ports.warehouse.apply(
    changes,
    warehouseTables(platform.app.registry),
    async () => undefined,
  );
  const whole = await get(retailer, '/api/analytics/dashboard');
  expect(whole).toMatchObject({
    currency: 'GBP',
    currencies: ['GBP'],
    from: '2010-12-01',
    to: '2010-12-24',
    grain: 'day',
    engine: 'duckdb',
    dataRange: { first: '2010-12-01T08:26:00.000Z', last: '2010-12-23T17:41:00.000Z' },
    figures: [
      { metric: 'revenue', label: 'Revenue', format: 'money', value: 748_957.02, previous: 0, change: null },
      { metric: 'orders', value: 1699, previous: 0 },
      { metric: 'average-order-value', value: 440.82, previous: null, change: null },
      { metric: 'customers', value: 948 },
    ],
  });
  expect(whole.revenueOverTime.rows).toHaveLength(23);
  expect(whole.revenueOverTime.rows[3]).toEqual({ period: '2010-12-04', revenue: 0, orders: 0 });
  expect(whole.topProducts.rows.slice(0, 2)).toEqual([
    { product: '22423', description: 'REGENCY CAKESTAND 3 TIER', revenue: 26_897.36 },
    { product: 'DOT', description: 'DOTCOM POSTAGE', revenue: 24_671.19 },
  ]);
  expect(whole.revenueByCountry.rows[3]).toEqual({ country: 'EIRE', revenue: 9029.95 });
  expect(whole.topCustomers.rows).toHaveLength(10);
  const second = await get(retailer, '/api/analytics/dashboard?from=2010-12-02&to=2010-12-03');
  expect(second.figures[0]).toMatchObject({
    value: 46_207.28,
    previous: 58_635.56,
    change: expect.closeTo(46_207.28 / 58_635.56 - 1, 10),
  });
});

test('with several currencies the dashboard shows one and names the others', async () => {
  const trader = await platform.register('Trader');
  await post(trader, '/api/sales/invoices', invoice('1', 1000, '2026-01-10T00:00:00Z', { currency: 'USD' }));
  await post(trader, '/api/sales/invoices', invoice('2', 2000, '2026-01-10T00:00:00Z', { currency: 'USD' }));
  await post(trader, '/api/sales/invoices', invoice('3', 400, '2026-01-10T00:00:00Z'));
  await platform.drain();
  expect(await get(trader, '/api/analytics/dashboard')).toMatchObject({
    currency: 'EUR',
    currencies: ['USD', 'EUR'],
    figures: [{ value: 4 }, { value: 1 }, {}, {}],
  });
  expect(await get(trader, '/api/analytics/dashboard?currency=USD')).toMatchObject({
    currency: 'USD',
    figures: [{ value: 30 }, { value: 2 }, {}, {}],
  });
});

test('a lost warehouse is rebuilt from the change log', async () => {
  const owner = await platform.register('Rebuilder');
  await post(owner, '/api/sales/invoices', invoice('1', 1000, '2026-01-10T00:00:00Z'));
  const { body } = await post(owner, '/api/sales/invoices', invoice('2', 500, '2026-01-11T00:00:00Z'));
  await platform.request('DELETE', `/api/sales/invoices/${body.id}`, { token: owner.token });
  const ask = async () =>
    (await post(owner, '/api/analytics/query', { metrics: ['revenue', 'orders'] })).body.rows;
  expect(await ask()).toEqual([{ revenue: 0, orders: 0 }]);
  const first = (await post(owner, '/api/analytics/rebuild', {})).body;
  expect(first).toMatchObject({ nextCursor: null });
  expect(first.applied).toBe(first.read);
  expect(await ask()).toEqual([{ revenue: 10, orders: 1 }]);
  expect((await post(owner, '/api/analytics/rebuild', {})).body).toEqual({
    read: first.read,
    applied: 0,
    nextCursor: null,
  });
  await platform.drain();
  expect(await ask()).toEqual([{ revenue: 10, orders: 1 }]);
});
