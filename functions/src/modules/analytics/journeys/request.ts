import { z } from 'zod';
import { queryRequest } from '../request.ts';
import { COHORT_GRAINS } from './dialect.ts';

const SECOND_MS = 1000;
const DAY_MS = 86_400 * SECOND_MS;
const LONGEST_MS = 3660 * DAY_MS;
const DURATION =
  /^P(?=[\dT])(?:(?<weeks>\d+)W)?(?:(?<days>\d+)D)?(?:T(?=\d)(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+)S)?)?$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  weeks: 7 * DAY_MS,
  days: DAY_MS,
  hours: 3600 * SECOND_MS,
  minutes: 60 * SECOND_MS,
  seconds: SECOND_MS,
};

/** Length of an ISO 8601 duration of weeks, days and times in milliseconds; NaN for any other text. */
export function durationMs(text: string): number {
  const parts = DURATION.exec(text)?.groups;
  if (!parts) return Number.NaN;
  return Object.entries(parts).reduce(
    (sum, [unit, count]) => sum + Number(count ?? 0) * (UNIT_MS[unit] ?? 0),
    0,
  );
}

const name = z.string().max(100);
const { filters } = queryRequest.shape;
/** As in a query, but both ends are there; dates are UTC midnights. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'Use a date (2011-11-01) or an RFC 3339 time.',
  })
  .transform((text) => new Date(text).toISOString());

/** `P14D`, `P1DT12H`, or `{ "days": 14 }`; becomes milliseconds. Months and years have no fixed length and are refused. */
const window = z
  .union([z.string().max(40), z.strictObject({ days: z.number().positive() })])
  .transform((value) => (typeof value === 'string' ? durationMs(value) : Math.round(value.days * DAY_MS)))
  .refine(
    (length) => length > 0 && length <= LONGEST_MS,
    'Use weeks, days, hours, minutes or seconds, such as P14D or PT36H, and at most ten years.',
  );

/** Rows of a metric that has a subject. */
export const selection = z.strictObject({ metric: name, filters });
export type RowSelection = z.output<typeof selection>;

const range = {
  from: moment,
  /** Exclusive. */
  to: moment,
};

const ordered = ({ from, to }: { readonly from: string; readonly to: string }): boolean => from < to;
const empty = { path: ['to'], error: '`from` must lie before `to`, which is exclusive.' };

/** Body of `POST /api/analytics/funnel`. */
export const funnelRequest = z
  .strictObject({
    steps: z
      .array(selection.extend({ label: z.string().trim().min(1).max(120).optional() }))
      .min(2)
      .max(10),
    /** How long after entering a step still counts; for ever when absent. */
    within: window.optional(),
    ...range,
    /** A dimension of the first step: the same for each of its members. */
    by: name.optional(),
    /** `strict`: one after the other. `any`: in any order after the first. */
    order: z.enum(['strict', 'any']).default('strict'),
    /** Members at most, those with most subjects first. */
    limit: z.int().min(1).max(200).default(20),
  })
  .refine(ordered, empty);
export type FunnelRequest = z.output<typeof funnelRequest>;

/** Body of `POST /api/analytics/retention`. */
export const retentionRequest = z
  .strictObject({
    start: selection,
    return: selection,
    grain: z.enum(COHORT_GRAINS),
    /** Periods after the one of the start. */
    periods: z.int().min(1).max(36),
    ...range,
    /** `on`: returned in that very period. `on-or-after`: in it or any later one. */
    kind: z.enum(['on', 'on-or-after']).default('on'),
    /** Only subjects without a start before `from`. */
    newOnly: z.boolean().default(false),
    /** A sum or count that is added up for each cohort and period. */
    value: selection.optional(),
    /** What was known by then; now, when absent. */
    asOf: moment.optional(),
  })
  .refine(ordered, empty);
export type RetentionRequest = z.output<typeof retentionRequest>;

export const MODELS = ['first', 'last', 'linear', 'position'] as const;
export type Model = (typeof MODELS)[number];
const model = z.enum(MODELS);

/** Body of `POST /api/analytics/attribution`. */
export const attributionRequest = z
  .strictObject({
    conversion: selection,
    /** Rows that may have led there, and the dimension that names their channel; rows without one are no touches. */
    touches: z
      .array(selection.extend({ dimension: name }))
      .min(1)
      .max(10),
    /** One model, or several to compare. */
    model: z
      .union([model, z.array(model).min(1).max(MODELS.length)])
      .default('last')
      .transform((models) => MODELS.filter((one) => [models].flat().includes(one))),
    /** Days before a conversion in which a touch counts. */
    lookbackDays: z.int().min(1).max(3660).default(90),
    ...range,
    /** Channels at most, those with most conversions first; the others are one row. */
    limit: z.int().min(1).max(200).default(50),
  })
  .refine(ordered, empty);
export type AttributionRequest = z.output<typeof attributionRequest>;
