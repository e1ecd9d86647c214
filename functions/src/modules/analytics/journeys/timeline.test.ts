import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDueJobs } from '../../../kernel/jobs/job-runner.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../../kernel/testing/harness.ts';
import { modules } from '../../../modules.ts';
import { shop } from './testing/shop.ts';

let platform: TestPlatform;
let owner: TestTenant;

beforeAll(async () => {
  platform = await createTestPlatform([...modules, shop]);
  owner = await platform.register('Shop');
});
afterAll(() => platform?.close());

const post = async (url: string, body: unknown) =>
  platform.request('POST', url, { token: owner.token, body });
const created = async (url: string, body: unknown) => {
  const answer = await post(url, body);
  expect({ status: answer.status, text: answer.status === 201 ? '' : answer.text }).toMatchObject({
    status: 201,
  });
  return answer.body.id as string;
};
const ask = async (journey: string, body: object) => (await post(`/api/analytics/${journey}`, body)).body;
const YEARS = { from: '2026-01-01', to: '2100-01-01' };

describe('the modules share one timeline', () => {
  beforeAll(async () => {
    const won = async (name: string, source?: string) =>
      created('/api/crm/contacts', { name, ...(source ? { source } : {}) });
    const [ada, bob] = [await won('Ada', 'referral'), await won('Bob', 'newsletter')];
    await won('Cy');
    await created('/api/crm/activities', { contactId: ada, kind: 'visit', channel: 'ads' });
    await created('/api/crm/activities', { contactId: ada, kind: 'email', channel: 'newsletter' });
    const invoice = (customerId: string, unitPrice: string) =>
      created('/api/finance/invoices', { currency: 'EUR', customerId, lines: [{ quantity: 1, unitPrice }] });
    const paid = await invoice(ada, '10.01');
    await created('/api/finance/payments', { invoiceId: paid, amount: 1001 });
    await invoice(bob, '5.00');
    await created('/api/finance/invoices', { currency: 'EUR', lines: [{ quantity: 1, unitPrice: '2.00' }] });
    await platform.drain();
  });

  test('a funnel from contact to payment, by where they were won', async () => {
    const answer = await ask('funnel', {
      steps: [{ metric: 'new-contacts' }, { metric: 'orders', label: 'Bought' }, { metric: 'payments' }],
      by: 'source',
      within: 'P1D',
      ...YEARS,
    });
    expect(answer).toMatchObject({
      steps: [
        { label: 'New contacts', subjects: 3, share: 1, shareOfPrevious: null, medianSeconds: null },
        { label: 'Bought', subjects: 2, share: 2 / 3, shareOfPrevious: 2 / 3 },
        { label: 'Payments', subjects: 1, share: 1 / 3, shareOfPrevious: 1 / 2 },
      ],
      members: [
        { member: 'newsletter', steps: [{ subjects: 1 }, { subjects: 1 }, { subjects: 0, share: 0 }] },
        { member: 'referral', steps: [{ subjects: 1 }, { subjects: 1 }, { subjects: 1 }] },
        { member: null, steps: [{ subjects: 1 }, { subjects: 0 }, { subjects: 0, shareOfPrevious: null }] },
      ],
      truncated: false,
      engine: 'duckdb',
    });
    expect(answer.sql).toMatch(/^WITH rows_0 AS/);
  });

  test('an invoice is owed to the activities and the source before it, to the penny', async () => {
    const answer = await ask('attribution', {
      conversion: { metric: 'revenue' },
      touches: [
        { metric: 'new-contacts', dimension: 'source' },
        { metric: 'activities', dimension: 'channel' },
      ],
      model: ['position', 'first'],
      ...YEARS,
    });
    expect(answer).toMatchObject({ currency: 'EUR', total: { conversions: 3, value: 17.01 } });
    const rows = (model: string) =>
      answer.rows
        .filter((row: { model: string }) => row.model === model)
        .map((row: Record<string, unknown>) => [row.kind, row.channel, row.conversions, row.value]);
    expect(rows('first')).toEqual([
      ['channel', 'newsletter', 1, 5],
      ['channel', 'referral', 1, 10.01],
      ['unattributed', null, 1, 2],
    ]);
    // 10.01 is 4.004, 2.002 and 4.004: the cent that is left goes to the largest remainder, the earliest of two.
    expect(rows('position')).toEqual([
      ['channel', 'newsletter', 1.4, 9],
      ['channel', 'referral', 0.4, 4.01],
      ['channel', 'ads', 0.2, 2],
      ['unattributed', null, 1, 2],
    ]);
  });

  test('rows of a file stand on the same timeline, and their amounts are shared out as exactly', async () => {
    const { body: contacts } = await platform.request('GET', '/api/crm/contacts?q=Ada', {
      token: owner.token,
    });
    const ada = contacts.items[0].id as string;
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const raw = `When,Who,Page,Amount\n${at(-1000)},${ada},/a,0.29\n${at(-500)},${ada},/b,0\n${at(0)},${ada},/c,10.00\n${at(0)},x,/d,5\n`;
    const url = '/api/datasets/uploads/create?format=csv';
    const upload = (await platform.request('POST', url, { token: owner.token, raw })).body;
    const columns = (upload.columns as Record<string, unknown>[]).map(({ source, name, type }) => ({
      source,
      name,
      type,
    }));
    const datasetId = await created('/api/datasets/datasets', { name: 'Visits', columns });
    await post('/api/datasets/loads/start', { datasetId, uploadId: upload.id });
    await runDueJobs(platform.app);
    const declared = {
      source: `dataset:${datasetId}`,
      time: 'when',
      subject: 'who',
      dimensions: { page: 'page' },
    };
    await created('/api/analytics/custom-metrics', {
      ...declared,
      name: 'page-views',
      label: 'Page views',
      aggregate: 'count',
      format: 'number',
    });
    await created('/api/analytics/custom-metrics', {
      ...declared,
      name: 'till',
      label: 'Till',
      aggregate: 'sum',
      field: 'amount',
      format: 'money',
      currency: 'EUR',
    });
    const views = { metric: 'page-views' };
    const funnel = await ask('funnel', { steps: [views, views, views, views], ...YEARS });
    expect(funnel.steps.map(({ subjects }: { subjects: number }) => subjects)).toEqual([2, 1, 1, 0]);
    const answer = await ask('attribution', {
      conversion: { metric: 'till', filters: { page: ['/c', '/d'] } },
      touches: [{ metric: 'page-views', dimension: 'page' }],
      model: 'linear',
      ...YEARS,
    });
    expect(answer).toMatchObject({ currency: 'EUR', total: { conversions: 2, value: 15 } });
    expect(answer.rows.map((row: Record<string, unknown>) => [row.channel, row.value])).toEqual([
      ['/d', 5],
      ['/a', 3.34],
      ['/b', 3.33],
      ['/c', 3.33],
      [null, 0],
    ]);
  });

  test('what may be asked says which metrics have a subject', async () => {
    const { body } = await platform.request('GET', '/api/analytics/metrics', { token: owner.token });
    const subjects = (body.items as { name: string; hasSubject: boolean }[])
      .filter(({ hasSubject }) => hasSubject)
      .map(({ name }) => name);
    expect(subjects).toEqual(
      expect.arrayContaining(['new-contacts', 'activities', 'orders', 'revenue', 'payments', 'received']),
    );
    expect(subjects).not.toContain('average-order-value');
  });
});

describe('what cannot be asked is named, with what is known', () => {
  const steps = (...metrics: string[]) => metrics.map((metric) => ({ metric }));
  const range = { from: '2026-01-01', to: '2026-02-01' };
  const funnel = { steps: steps('views', 'purchases'), ...range };
  const retention = {
    start: { metric: 'purchases' },
    return: { metric: 'purchases' },
    grain: 'day',
    periods: 3,
    ...range,
  };
  const attribution = {
    conversion: { metric: 'purchases' },
    touches: [{ metric: 'views', dimension: 'channel' }],
    ...range,
  };
  test.each([
    [
      'funnel',
      { ...funnel, steps: steps('views', 'profit') },
      'steps.1.metric',
      /profit.*Known: .*purchases/,
    ],
    ['funnel', { ...funnel, steps: steps('views', 'nobody') }, 'steps.1.metric', /subject.*nobody.*Known/],
    ['funnel', { ...funnel, steps: steps('views', 'value-of-purchases') }, 'steps.1.metric', /Known/],
    ['funnel', { ...funnel, steps: steps('views') }, 'steps', /./],
    ['funnel', { ...funnel, steps: Array.from({ length: 11 }, () => ({ metric: 'views' })) }, 'steps', /./],
    [
      'funnel',
      { ...funnel, steps: [{ metric: 'views', filters: { city: 'X' } }, { metric: 'purchases' }] },
      'steps.0.filters.city',
      /city.*Known: .*country/,
    ],
    [
      'funnel',
      { ...funnel, steps: [{ metric: 'views' }, { metric: 'purchases', filters: { country: 5 } }] },
      'steps.1.filters.country',
      /string/,
    ],
    ['funnel', { ...funnel, by: 'product' }, 'by', /product.*Known: .*channel/],
    ['funnel', { ...funnel, within: 'P1M' }, 'within', /./],
    ['funnel', { ...funnel, within: { days: 0 } }, 'within.days', /./],
    ['funnel', { ...funnel, to: '2026-01-01' }, 'to', /./],
    ['funnel', { steps: funnel.steps, from: '2026-01-01' }, 'to', /./],
    ['retention', { ...retention, value: { metric: 'customers' } }, 'value.metric', /sum or a count/],
    ['retention', { ...retention, grain: 'year' }, 'grain', /./],
    ['retention', { ...retention, periods: 37 }, 'periods', /./],
    ['retention', { ...retention, to: '2028-01-01' }, 'to', /400/],
    ['retention', { ...retention, return: { metric: '__proto__' } }, 'return.metric', /__proto__/],
    ['attribution', { ...attribution, model: 'best' }, 'model', /./],
    ['attribution', { ...attribution, lookbackDays: 0 }, 'lookbackDays', /./],
    [
      'attribution',
      { ...attribution, touches: [{ metric: 'views', dimension: 'campaign' }] },
      'touches.0.dimension',
      /campaign.*Known: .*channel/,
    ],
  ] as const)('%s refuses %j', async (journey, body, path, message) => {
    const answer = await post(`/api/analytics/${journey}`, body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } });
    expect(answer.text).toMatch(message);
  });
});
