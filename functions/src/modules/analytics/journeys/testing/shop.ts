import fc from 'fast-check';
import { z } from 'zod';
import { type Change, eventName } from '../../../../kernel/changes/change.ts';
import { defineCollection, defineMetric, defineModule, type Metric } from '../../../../kernel/define.ts';
import { currency, instant } from '../../../../kernel/schema.ts';

/** One thing that happened to somebody: the fixture of the tests of journeys. */
export interface ShopEvent {
  readonly id: string;
  readonly kind: 'view' | 'signup' | 'order';
  readonly who: string | undefined;
  /** RFC 3339 */
  readonly at: string;
  readonly country: string | undefined;
  readonly channel: string | undefined;
  readonly currency: string;
  readonly score: number;
  readonly lines: readonly { readonly sku: string; readonly amount: number }[];
}

export const events = defineCollection({
  name: 'shop.events',
  idPrefix: 'evt',
  labels: { one: 'event', many: 'events' },
  fields: {
    kind: z.enum(['view', 'signup', 'order']),
    who: z.string().optional(),
    at: instant,
    day: z.iso.date(),
    country: z.string().optional(),
    channel: z.string().optional(),
    currency,
    score: z.number(),
    secret: z.string().optional(),
    lines: z.array(z.strictObject({ sku: z.string(), amount: z.int() })),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'admin' },
  fieldAccess: { secret: { read: 'admin' } },
  example: {
    kind: 'view',
    at: '2026-01-01T00:00:00Z',
    day: '2026-01-01',
    currency: 'EUR',
    score: 1,
    lines: [],
  },
});

const dimensions = { country: 'country', channel: 'channel', currency: 'currency' };
const count = (name: string, more: Partial<Metric> = {}): Metric =>
  defineMetric({
    name,
    label: name,
    description: name,
    source: events.name,
    time: 'at',
    subject: 'who',
    aggregate: 'count',
    dimensions,
    format: 'number',
    ...more,
  });

export const shopMetrics: readonly Metric[] = [
  count('views', { where: { kind: ['view'] } }),
  count('signups', { where: { kind: ['signup'] } }),
  count('purchases', { where: { kind: ['order'] } }),
  count('daily', { time: 'day' }),
  count('score', { aggregate: 'sum', field: 'score' }),
  count('sales', {
    where: { kind: ['order'] },
    unnest: 'lines',
    aggregate: 'sum',
    field: 'lines.amount',
    dimensions: { ...dimensions, product: 'lines.sku' },
    format: 'money',
    currency: 'currency',
  }),
  count('nobody', { subject: undefined }),
  count('hidden', { subject: 'secret' }),
  count('value-of-purchases', { aggregate: 'ratio', ratio: ['sales', 'purchases'] }),
];

export const shop = defineModule({ name: 'shop', collections: [events], metrics: shopMetrics });

/** Times lie on a grid of six hours from here, so that many things happen at one moment. */
const START = Date.parse('2025-12-18T00:00:00Z');
const SLOTS = 4 * 75;

const event = fc.record({
  kind: fc.constantFrom('view', 'signup', 'order'),
  who: fc.option(
    fc.nat(60).map((n) => `s${n}`),
    { nil: undefined, freq: 20 },
  ),
  at: fc.nat(SLOTS).map((slot) => new Date(START + slot * 21_600_000).toISOString()),
  country: fc.constantFrom('DE', 'FR', undefined),
  channel: fc.constantFrom('mail', 'ads', 'seo', undefined),
  currency: fc.constant('EUR'),
  score: fc.constantFrom(0, 0.5, 2.25, -1),
  lines: fc.array(
    fc.record({
      sku: fc.constantFrom('a', 'b'),
      amount: fc.oneof(fc.integer({ min: -3, max: 9 }), fc.integer({ min: -5000, max: 99_999 })),
    }),
    { minLength: 1, maxLength: 3 },
  ),
}) as fc.Arbitrary<Omit<ShopEvent, 'id'>>;

/** Timelines that a seed repeats. */
export const randomEvents = (seed: number, many: number): ShopEvent[] =>
  fc
    .sample(event, { numRuns: many, seed })
    .map((fields, index) => ({ ...fields, id: `evt_${String((index * 7919) % many).padStart(5, '0')}` }));

/** The changes that creating these events makes. */
export const createdEvents = (tenantId: string, all: readonly ShopEvent[]): Change[] =>
  all.map(({ id, ...fields }) => ({
    tenantId,
    id: `change-${id}`,
    collection: events.name,
    recordId: id,
    version: 1,
    operation: 'create',
    actor: { kind: 'system', id: 'system' },
    requestId: 'req_fixture',
    patch: {
      ...(JSON.parse(JSON.stringify(fields)) as object),
      day: fields.at.slice(0, 10),
      version: 1,
      createdAt: fields.at,
      updatedAt: fields.at,
      createdBy: 'system',
    },
    event: eventName(events.name, 'create'),
    at: fields.at,
  }));
