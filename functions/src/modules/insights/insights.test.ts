import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOpenAiCompatible } from '../../adapters/ai-openai-compatible/index.ts';
import type { Ports } from '../../kernel/context.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { analytics } from '../analytics/module.ts';
import { createdInvoices, onlineRetailInvoices, sales } from '../analytics/testing.ts';
import { auth } from '../auth/module.ts';
import { tenants } from '../tenants/module.ts';
import { insights } from './module.ts';

const excerpt = new URL('../../../../tests/data/online-retail-2010-12.csv.gz', import.meta.url);
const real = onlineRetailInvoices(excerpt);
let platform: TestPlatform;
let shop: TestTenant;
/** What the language model makes of a draft. */
let model: (draft: string) => string;
const server = createServer(async (request, response) => {
  const { messages } = JSON.parse(await text(request));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ choices: [{ message: { content: model(messages[1].content) } }] }));
});

async function start(ports: Partial<Ports> = {}): Promise<void> {
  platform = await createTestPlatform([auth, tenants, sales, analytics, insights], { ports });
  shop = await platform.register('Shop');
  const changes = createdInvoices(shop.tenantId, await real);
  await platform.app.ports.warehouse.apply(
    changes,
    warehouseTables(platform.app.registry),
    async () => undefined,
  );
}
const latest = async (query = '') =>
  (await platform.request('GET', `/api/insights/latest${query}`, { token: shop.token })).body;
const byId = (answer: { insights: { id: string }[] }, id: string) =>
  answer.insights.find((insight) => insight.id === id);

beforeEach(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterEach(async () => {
  await platform.close();
  await new Promise((resolve) => server.close(resolve));
});

test('says what changed in the last complete week of December 2010, and why', async () => {
  await start();
  const answer = await latest();
  expect(answer).toMatchObject({
    engine: 'offline',
    currency: 'GBP',
    period: { from: '2010-12-13', to: '2010-12-20' },
    previous: { from: '2010-12-06', to: '2010-12-13' },
  });
  expect(byId(answer, 'change-revenue')).toMatchObject({
    kind: 'change',
    engine: 'offline',
    title: 'Revenue fell 23.4% to £207,052.17',
    text: 'Revenue was £207,052.17 between 13 and 19 December 2010, £63,234.86 less than between 6 and 12 December 2010 (£270,287.03), a change of −23.4%. Orders went from 610 to 449, which accounts for −£72,790.85; the average order went from £443.09 to £461.14, which accounts for +£9,555.99.',
  });
  expect(byId(answer, 'driver-country')).toMatchObject({
    text: 'By country, United Kingdom made −£52,518.46 of the fall of £63,234.86 (83.1%): it went from £244,020.45 between 6 and 12 December 2010 to £191,501.99.',
  });
  expect(byId(answer, 'driver-product')).toMatchObject({
    text: expect.stringMatching(
      /DOTCOM POSTAGE made −£6,448\.41 .* Against it: AMAZON FEE \(\+£39,243\.08\)\./,
    ),
  });
  expect(byId(answer, 'driver-customer')).toMatchObject({
    title: 'Customer 18102.0 made 54.8% of the fall, by customer',
    text: expect.stringContaining('fall of £50,813.20 among sales with a customer (54.8%)'),
  });
  expect(byId(answer, 'customers')).toMatchObject({
    title: '266 customers came, 328 went',
    figures: [266, 114_372.29, 328, 142_694.08, 120, 65_346.49, 42_855.08, 49_824.8].map((value) => ({
      value: expect.closeTo(value, 6),
    })),
  });
  expect(byId(answer, 'concentration-customer')).toMatchObject({
    figures: [
      { value: expect.closeTo(0.2101587656, 9) },
      { value: expect.closeTo(0.2886649946, 9) },
      { value: 386 },
    ],
  });
});

test('the query behind every finding can be asked', async () => {
  await start();
  const answer = await latest('?from=2010-12-20&to=2010-12-24');
  expect(answer.previous).toEqual({ from: '2010-12-16', to: '2010-12-20' });
  expect(answer.insights.length).toBeGreaterThan(4);
  for (const { query } of answer.insights)
    expect(
      (await platform.request('POST', '/api/analytics/query', { token: shop.token, body: query })).status,
    ).toBe(200);
});

test('without data to compare there is nothing to say', async () => {
  await start();
  const empty = await platform.register('Empty');
  const answer = await platform.request('GET', '/api/insights/latest', { token: empty.token });
  expect([answer.status, answer.body]).toEqual([
    200,
    { engine: 'offline', currency: null, period: null, previous: null, insights: [] },
  ]);
  expect(
    (
      await platform.request('GET', '/api/insights/latest?from=2011-01-01&to=2010-01-01', {
        token: empty.token,
      })
    ).status,
  ).toBe(422);
});

test('a model may rephrase; a sentence with a figure of its own is not shown', async () => {
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  model = (draft) =>
    draft.startsWith('Revenue was')
      ? 'Revenue was £207,052.17, down 23.4% as 90% of buyers left.'
      : `In short: ${draft}`;
  await start({ ai: createOpenAiCompatible({ baseUrl, model: 'llama3.1' }) });
  const answer = await latest();
  expect(answer.engine).toBe('openai-compatible:llama3.1');
  expect(byId(answer, 'driver-country')).toMatchObject({
    engine: 'openai-compatible:llama3.1',
    text: expect.stringMatching(/^In short: By country/),
  });
  expect(byId(answer, 'change-revenue')).toMatchObject({
    engine: 'offline',
    text: expect.stringMatching(/^Revenue was £207,052.17 between/),
  });
});

test('without the model the drafts stand', async () => {
  await start({ ai: createOpenAiCompatible({ baseUrl: 'http://127.0.0.1:9/v1', model: 'gone' }) });
  expect(await latest()).toMatchObject({
    engine: 'offline',
    insights: expect.arrayContaining([expect.objectContaining({ engine: 'offline' })]),
  });
});

test('names unusual days of a month and unusual weeks of a quarter, but never one that may not be over', async () => {
  await start();
  const other = await platform.register('Steady');
  const day = (index: number) => new Date(Date.UTC(2026, 0, 5 + index));
  // Twenty weeks from Monday 5 January with 8, 9, 10, 11 or 12 a day, 1,000 on 10 April, and almost nothing on the last day.
  const amounts = Array.from({ length: 140 }, (_, index) =>
    index === 95 ? 1000 : index === 139 ? 0.5 : 8 + (index % 5),
  );
  const fields = amounts.map((amount, index) => ({
    number: String(index),
    kind: 'invoice',
    status: 'issued',
    currency: 'EUR',
    issuedAt: day(index).toISOString(),
    lines: [{ quantity: 1, unitPrice: '1', amount: amount * 100 }],
  }));
  const tables = warehouseTables(platform.app.registry);
  await platform.app.ports.warehouse.apply(
    createdInvoices(other.tenantId, fields, 'steady'),
    tables,
    async () => undefined,
  );
  const anomalies = async (query: string) =>
    (
      await platform.request('GET', `/api/insights/latest${query}`, { token: other.token })
    ).body.insights.filter(({ kind }: { kind: string }) => kind === 'anomaly');
  const days = await anomalies('?from=2026-04-01&to=2026-05-01');
  // The 28 days before are 8 to 12 in turn: their median is 10, and the median of the distances 1.
  expect(days).toMatchObject([
    { id: 'anomaly-day-2026-04-10', figures: [{ value: 1000 }, { value: 10 }, { value: 0.6745 * 990 }] },
  ]);
  expect(days[0].text).toMatch(
    /^Revenue on 10 April 2026 was €1,000\.00; the median of up to 28 trading days before it was €10\.00\./,
  );
  expect((await anomalies('?from=2026-03-16&to=2026-05-25')).map(({ id }: { id: string }) => id)).toEqual([
    'anomaly-week-2026-04-06',
  ]);
});
