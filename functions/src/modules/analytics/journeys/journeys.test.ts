import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../../kernel/testing/harness.ts';
import { warehouseTables } from '../../../kernel/warehouse/warehouse-tables.ts';
import { auth } from '../../auth/module.ts';
import { tenants } from '../../tenants/module.ts';
import { analytics } from '../module.ts';
import { computeFunnel } from './funnel.ts';
import { funnelRequest } from './request.ts';
import { createdEvents, type ShopEvent, shop } from './testing/shop.ts';

let platform: TestPlatform;
let owner: TestTenant;

beforeAll(async () => {
  platform = await createTestPlatform([auth, tenants, shop, analytics]);
  owner = await platform.register('Shop');
});
afterAll(() => platform?.close());

const post = async (url: string, body: unknown, tenant = owner) =>
  platform.request('POST', url, { token: tenant.token, body });
const ask = async (journey: string, body: object, tenant = owner) =>
  (await post(`/api/analytics/${journey}`, body, tenant)).body;
const YEARS = { from: '2026-01-01', to: '2100-01-01' };

/** What happened to somebody, in as few words as possible. */
const event = (
  id: string,
  who: string | undefined,
  at: string,
  more: Partial<ShopEvent> = {},
): ShopEvent => ({
  id,
  who,
  at: new Date(`2026-${at}Z`).toISOString(),
  kind: 'view',
  country: undefined,
  channel: undefined,
  currency: 'EUR',
  score: 0,
  lines: [],
  ...more,
});
const order = (id: string, who: string | undefined, at: string, ...amounts: number[]): ShopEvent =>
  event(id, who, at, { kind: 'order', lines: amounts.map((amount) => ({ sku: 'a', amount })) });
async function shopOf(name: string, events: readonly ShopEvent[]): Promise<TestTenant> {
  const tenant = await platform.register(name);
  await platform.app.ports.warehouse.apply(
    createdEvents(tenant.tenantId, events),
    warehouseTables(platform.app.registry),
    async () => undefined,
  );
  return tenant;
}

describe('the rules', () => {
  const steps = (...metrics: string[]) => metrics.map((metric) => ({ metric }));
  const reached = async (tenant: TestTenant, body: object): Promise<number[]> =>
    (await ask('funnel', { from: '2026-01-01', to: '2027-01-01', ...body }, tenant)).steps.map(
      ({ subjects }: { subjects: number }) => subjects,
    );

  test('a window is counted from entering, its last moment included', async () => {
    const tenant = await shopOf('Windows', [
      event('1', 'a', '01-01T00:00'),
      order('2', 'a', '01-02T00:00', 5),
      event('3', 'b', '01-01T00:00'),
      order('4', 'b', '01-02T00:00:00.001', 5),
      // The second entry of b would be in time; the first decides.
      event('5', 'b', '01-01T12:00'),
    ]);
    expect(await reached(tenant, { steps: steps('views', 'purchases'), within: 'P1D' })).toEqual([2, 1]);
    expect(await reached(tenant, { steps: steps('views', 'purchases'), within: { days: 2 } })).toEqual([
      2, 2,
    ]);
    expect(await reached(tenant, { steps: steps('views', 'purchases') })).toEqual([2, 2]);
  });

  test('rows of one moment count in step order, and a repeated step takes a further row', async () => {
    const tenant = await shopOf('Ties', [
      event('1', 'a', '01-01T00:00'),
      order('2', 'a', '01-01T00:00', 5, 6),
      event('3', 'b', '01-01T00:00'),
      order('4', 'b', '01-01T00:00', 5),
      order('5', 'b', '01-01T00:00', 5),
    ]);
    expect(await reached(tenant, { steps: steps('purchases', 'views') })).toEqual([2, 2]);
    expect(await reached(tenant, { steps: steps('purchases', 'purchases') })).toEqual([2, 1]);
    expect(await reached(tenant, { steps: steps('sales', 'sales', 'sales') })).toEqual([2, 1, 0]);
    expect(await reached(tenant, { steps: steps('purchases', 'views', 'purchases'), order: 'any' })).toEqual([
      2, 2, 1,
    ]);
  });

  test('members past the limit are left out and told', async () => {
    const tenant = await shopOf(
      'Members',
      ['DE', 'DE', 'FR', 'IT'].map((country, index) =>
        event(`${index}`, `s${index}`, '01-01T00:00', { country }),
      ),
    );
    const body = { steps: steps('views', 'purchases'), by: 'country', from: '2026-01-01', to: '2027-01-01' };
    const answer = await ask('funnel', { ...body, limit: 2 }, tenant);
    expect(answer.members.map(({ member }: { member: string }) => member)).toEqual(['DE', 'FR']);
    expect(answer.truncated).toBe(true);
    expect((await ask('funnel', { ...body, limit: 3 }, tenant)).truncated).toBe(false);
  });

  test('channels past the limit are one row; nothing gets lost', async () => {
    const touch = (id: string, channel: string) => event(id, 'a', '01-01T00:00', { channel });
    const tenant = await shopOf('Channels', [
      touch('1', 'x'),
      touch('2', 'y'),
      touch('3', 'z'),
      order('4', 'a', '01-01T00:00', 1),
      order('5', 'a', '01-02T00:00', -100),
      order('6', undefined, '01-02T00:00', 50),
    ]);
    const answer = await ask(
      'attribution',
      {
        conversion: { metric: 'sales' },
        touches: [{ metric: 'views', dimension: 'channel' }],
        model: 'linear',
        limit: 1,
        from: '2026-01-01',
        to: '2027-01-01',
      },
      tenant,
    );
    expect(answer.rows).toMatchObject([
      { kind: 'channel', channel: 'x', conversions: 0.666667, value: -0.33 },
      { kind: 'other', channel: null, conversions: 1.333333, value: -0.66 },
      { kind: 'unattributed', channel: null, conversions: 1, value: 0.5 },
    ]);
    expect(answer.total).toEqual({ conversions: 3, value: -0.49 });
  });

  test('a period that has not ended is not known', async () => {
    const tenant = await shopOf('Periods', [
      order('1', 'a', '01-31T23:59:59.999', 100),
      order('2', 'a', '02-01T00:00', 50),
      order('3', 'b', '02-10T00:00', 7),
      order('4', 'a', '03-05T00:00', 1),
    ]);
    const body = {
      start: { metric: 'purchases' },
      return: { metric: 'purchases' },
      value: { metric: 'sales' },
      grain: 'month',
      periods: 2,
      from: '2026-01-01',
      to: '2026-03-01',
      asOf: '2026-03-15',
    };
    const answer = await ask('retention', body, tenant);
    const ended = (period: number, returned: number, share: number, value: number) => ({
      period,
      returned,
      share,
      value,
      complete: true,
    });
    const open = (period: number) => ({ period, returned: null, share: null, value: null, complete: false });
    expect(answer.cohorts).toEqual([
      {
        cohort: '2026-01-01',
        size: 1,
        complete: true,
        periods: [ended(0, 1, 1, 1), ended(1, 1, 1, 0.5), open(2)],
      },
      { cohort: '2026-02-01', size: 1, complete: true, periods: [ended(0, 1, 1, 0.07), open(1), open(2)] },
    ]);
    expect(answer.overall).toEqual([
      { ...ended(0, 2, 1, 1.07), size: 2 },
      { ...ended(1, 1, 1, 0.5), size: 1 },
      { ...open(2), size: 0 },
    ]);
    expect(
      (await ask('retention', { ...body, from: '2026-02-01', newOnly: true }, tenant)).cohorts,
    ).toMatchObject([{ cohort: '2026-02-01', size: 1 }]);
    expect((await ask('retention', { ...body, from: '2026-02-01' }, tenant)).cohorts).toMatchObject([
      { size: 2 },
    ]);
  });

  test('no tenant sees another, and fields a caller may not read are on no timeline', async () => {
    const stranger = await platform.register('Stranger');
    expect(await reached(stranger, { steps: steps('purchases', 'views') })).toEqual([0, 0]);
    const body = { steps: steps('hidden', 'views'), ...YEARS };
    expect((await post('/api/analytics/funnel', body)).status).toBe(200);
    const viewer = { kind: 'user', id: 'usr_1', role: 'viewer' } as const;
    const asViewer = { tenantId: owner.tenantId, caller: viewer, app: platform.app };
    await expect(computeFunnel(asViewer, funnelRequest.parse(body))).rejects.toMatchObject({
      code: 'invalid',
      errors: [{ path: 'steps.0.metric' }],
    });
  });

  test('amounts of several currencies are never added up', async () => {
    const yen = { ...order('2', 'a', '01-02T00:00', 700), currency: 'JPY' };
    const tenant = await shopOf('Currencies', [order('1', 'a', '01-01T00:00', 100), yen]);
    const range = { from: '2026-01-01', to: '2026-02-01' };
    const attributed = (filters: object) =>
      post(
        '/api/analytics/attribution',
        {
          conversion: { metric: 'sales', filters },
          touches: [{ metric: 'views', dimension: 'channel' }],
          ...range,
        },
        tenant,
      );
    const retained = (filters: object) =>
      post(
        '/api/analytics/retention',
        {
          start: { metric: 'purchases' },
          return: { metric: 'purchases' },
          value: { metric: 'sales', filters },
          grain: 'day',
          periods: 1,
          ...range,
        },
        tenant,
      );
    expect(await attributed({})).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'conversion.filters.currency', code: 'currency_required' }] },
    });
    expect(await retained({})).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'value.filters.currency', code: 'currency_required' }] },
    });
    expect((await attributed({ currency: 'JPY' })).body).toMatchObject({
      currency: 'JPY',
      total: { value: 700 },
    });
    expect((await retained({ currency: 'JPY' })).body.cohorts[0].periods).toMatchObject([
      { value: 0 },
      { value: 700 },
    ]);
  });
});
