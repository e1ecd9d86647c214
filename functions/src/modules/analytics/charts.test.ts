import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { auth } from '../auth/module.ts';
import { tenants } from '../tenants/module.ts';
import { analytics } from './module.ts';
import { sales } from './testing.ts';

let platform: TestPlatform;
let shop: TestTenant;

beforeAll(async () => {
  platform = await createTestPlatform([auth, tenants, sales, analytics]);
  shop = await platform.register('Shop');
});
afterAll(() => platform.close());

const call = (method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown) =>
  platform.request(method, url, { token: shop.token, ...(body === undefined ? {} : { body }) });

test('a chart keeps a question that can be asked as it is', async () => {
  const made = await call('POST', '/api/analytics/charts', {
    name: 'Revenue by country',
    query: {
      metrics: ['revenue'],
      dimensions: ['country'],
      filters: { country: ['FR', null], paid: true },
      grain: 'month',
      from: '2026-01-01',
    },
    display: 'stacked',
  });
  expect(made.status).toBe(201);
  const { body: chart } = await call('GET', `/api/analytics/charts/${made.body.id}`);
  expect(chart.query.filters).toEqual({ country: ['FR', null], paid: true });
  expect((await call('POST', '/api/analytics/query', chart.query)).status).toBe(200);
  const renamed = await call('PATCH', `/api/analytics/charts/${chart.id}`, { name: 'Where from' });
  expect(renamed.body).toMatchObject({ name: 'Where from', query: chart.query, display: 'stacked' });
});

test('a chart of what cannot be asked is refused', async () => {
  const chart = { name: 'x', query: { metrics: ['revenue'] }, display: 'line' };
  for (const wrong of [
    { query: { metrics: [] } },
    { query: { metrics: ['revenue'], sql: 'SELECT 1' } },
    { display: 'pie' },
    { period: 'next-year' },
    { name: ' ' },
  ])
    expect((await call('POST', '/api/analytics/charts', { ...chart, ...wrong })).status).toBe(422);
});
