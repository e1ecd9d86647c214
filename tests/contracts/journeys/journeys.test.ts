import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '../../../functions/src/kernel/access.ts';
import type { App } from '../../../functions/src/kernel/context.ts';
import { defineModule } from '../../../functions/src/kernel/define.ts';
import type { Warehouse } from '../../../functions/src/kernel/ports/warehouse.ts';
import { createRegistry } from '../../../functions/src/kernel/registry.ts';
import { warehouseTables } from '../../../functions/src/kernel/warehouse/warehouse-tables.ts';
import { computeAttribution } from '../../../functions/src/modules/analytics/journeys/attribution.ts';
import { computeFunnel } from '../../../functions/src/modules/analytics/journeys/funnel.ts';
import {
  attributionRequest,
  funnelRequest,
  MODELS,
  retentionRequest,
} from '../../../functions/src/modules/analytics/journeys/request.ts';
import { computeRetention } from '../../../functions/src/modules/analytics/journeys/retention.ts';
import { attributionOf } from '../../../functions/src/modules/analytics/journeys/testing/attribution-oracle.ts';
import { funnelOf, retentionOf } from '../../../functions/src/modules/analytics/journeys/testing/oracle.ts';
import {
  createdEvents,
  randomEvents,
  shop,
} from '../../../functions/src/modules/analytics/journeys/testing/shop.ts';
import { type Engines, openEngines } from './engines.ts';

/** Random timelines and random questions: both engines answer as a naive oracle does. */
const nobody = defineModule({ name: 'nobody', tenants: { resolve: async () => undefined } });
const registry = createRegistry([shop, nobody]);
const viewer: Caller = { kind: 'user', id: 'usr_1', role: 'viewer' };
const events = randomEvents(20_260_105, 700);
let engines: Engines;

beforeAll(async () => {
  engines = await openEngines();
  for (const warehouse of engines.warehouses) {
    await warehouse.apply(
      [...createdEvents('ten_shop', events), ...createdEvents('ten_other', randomEvents(7, 50))],
      warehouseTables(registry),
      async () => undefined,
    );
  }
});
afterAll(() => engines.close());

const asker = (warehouse: Warehouse) => ({
  tenantId: 'ten_shop',
  caller: viewer,
  app: { registry, ports: { warehouse } } as unknown as App,
});

const filters = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.constantFrom({ country: 'DE' }, { country: ['FR', null] }, { channel: 'mail' }, { country: null }),
);
const metric = fc.constantFrom('views', 'signups', 'purchases', 'sales', 'daily');
const selection = fc.oneof(
  { weight: 6, arbitrary: fc.record({ metric, filters }) },
  fc.constant({ metric: 'sales', filters: { product: 'a' } }),
);
/** Days from the first of the fixture; the range has at least one. */
const range = fc
  .tuple(fc.integer({ min: -3, max: 60 }), fc.integer({ min: 1, max: 90 }))
  .map(([start, length]) => ({ from: dayAt(start), to: dayAt(start + length) }));
const dayAt = (day: number): string =>
  new Date(Date.parse('2025-12-18') + day * 86_400_000).toISOString().slice(0, 10);

/** Questions a kind; more for a night: `JOURNEY_RUNS=1000`. */
const RUNS = Number(process.env.JOURNEY_RUNS ?? 16);
/** BigQuery's engine takes several times as long, and is asked each fourth question. */
const each = <T>(arbitrary: fc.Arbitrary<T>, check: (request: T, warehouse: Warehouse) => Promise<void>) => {
  let asked = 0;
  return fc.assert(
    fc.asyncProperty(arbitrary, async (request) => {
      const wanted = asked++ % 4 === 0 ? engines.warehouses : engines.warehouses.slice(0, 1);
      for (const warehouse of wanted) await check(request, warehouse);
    }),
    { numRuns: RUNS, seed: 4711 },
  );
};

test('funnels', async () => {
  const request = fc.record(
    {
      steps: fc.array(selection, { minLength: 2, maxLength: 5 }),
      within: fc.constantFrom('P7D', 'PT36H', { days: 20 }, 'P1DT6H'),
      range,
      by: fc.constantFrom('country', 'channel'),
      order: fc.constantFrom('strict', 'any'),
    },
    { requiredKeys: ['steps', 'range'] },
  );
  const repeating = fc.record({ step: selection, many: fc.integer({ min: 2, max: 4 }), request });
  const any = fc.oneof(
    request,
    repeating.map(({ step, many, request: { steps, ...rest } }) => ({
      ...rest,
      steps: [...Array.from({ length: many }, () => step), ...steps.slice(0, 2)],
    })),
  );
  await each(any, async ({ range: { from, to }, ...rest }, warehouse) => {
    const asked = funnelRequest.parse({ ...rest, from, to });
    const answer = await computeFunnel(asker(warehouse), asked);
    const expected = funnelOf(events, asked);
    expect(answer.steps.map(figures)).toEqual(expected.steps);
    for (const { member, steps } of answer.members ?? [])
      expect([member, steps.map(figures)]).toEqual([member, expected.members.get(member)]);
    if (asked.by) expect(answer.members).toHaveLength(expected.members.size);
  });
});

const figures = ({ subjects, medianSeconds }: { subjects: number; medianSeconds: number | null }) => ({
  subjects,
  medianSeconds,
});

test('retention', async () => {
  const request = fc.record(
    {
      start: selection,
      return: selection,
      grain: fc.constantFrom('day', 'week', 'month'),
      periods: fc.integer({ min: 1, max: 9 }),
      range,
      kind: fc.constantFrom('on', 'on-or-after'),
      newOnly: fc.boolean(),
      value: fc.oneof(selection, fc.constant({ metric: 'score', filters: {} })),
      asOf: fc.integer({ min: 20, max: 110 }).map((day) => `${dayAt(day)}T10:00:00Z`),
    },
    { requiredKeys: ['start', 'return', 'grain', 'periods', 'range', 'asOf'] },
  );
  await each(request, async ({ range: { from, to }, ...rest }, warehouse) => {
    const asked = retentionRequest.parse({ ...rest, from, to });
    const answer = await computeRetention(asker(warehouse), asked, 0);
    const inMajor = asked.value?.metric === 'sales' ? 100 : 1;
    const found = answer.cohorts.map(({ cohort, size, complete, periods }) => ({
      cohort,
      size,
      complete,
      periods: periods.map(({ returned, value }) => ({ returned, value })),
    }));
    expect(found).toEqual(
      retentionOf(events, asked).map((cohort) => ({
        ...cohort,
        periods: cohort.periods.map(({ returned, value }) => ({
          returned,
          value: value === null ? null : expect.closeTo(value / inMajor, 6),
        })),
      })),
    );
  });
});

test('attribution', async () => {
  const touch = fc.record({ metric, filters, dimension: fc.constantFrom('country', 'channel') });
  const request = fc.record({
    conversion: fc.oneof(
      fc.constantFrom({ metric: 'sales', filters: {} }, { metric: 'sales', filters: { product: 'a' } }),
      selection,
    ),
    touches: fc.array(
      touch.filter(({ metric: name }) => name !== 'sales'),
      { minLength: 1, maxLength: 3 },
    ),
    model: fc.subarray([...MODELS], { minLength: 1 }),
    range,
    lookbackDays: fc.constantFrom(1, 7, 90),
  });
  await each(request, async ({ range: { from, to }, ...rest }, warehouse) => {
    const asked = attributionRequest.parse({ ...rest, from, to });
    const answer = await computeAttribution(asker(warehouse), asked);
    const isMoney = asked.conversion.metric === 'sales';
    const expected = attributionOf(events, asked);
    for (const model of asked.model) {
      const rows = answer.rows.filter((row) => row.model === model);
      const credits = expected.get(model) ?? new Map();
      const found = new Map(rows.map((row) => [row.channel, row]));
      for (const [channel, { conversions, value }] of credits)
        expect([channel, found.get(channel)]).toEqual([
          channel,
          expect.objectContaining({
            conversions: expect.closeTo(conversions, 5),
            value: isMoney ? value / 100 : null,
          }),
        ]);
      expect(rows).toHaveLength(credits.has(null) ? credits.size : credits.size + 1);
      if (isMoney) {
        const minor = rows.reduce((sum, row) => sum + Math.round((row.value ?? 0) * 100), 0);
        expect(minor).toBe(Math.round((answer.total.value ?? 0) * 100));
      }
    }
  });
});
