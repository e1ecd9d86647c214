import { z } from 'zod';
import { Problem } from '../../kernel/errors.ts';
import { parseInput, timezone } from '../../kernel/schema.ts';
import { instantOf } from './civil.ts';
import { GRAINS } from './compile/dialect.ts';
import { COMPARISONS, type Range } from './periods.ts';

const scalar = z.union([z.string().max(500), z.number(), z.boolean(), z.null()]);
const bound = z.union([z.string().max(500), z.number()]);

/** `2011-11-01` or an RFC 3339 time; becomes RFC 3339 in UTC. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'Use a date (2011-11-01) or an RFC 3339 time.',
  })
  .transform((text) => new Date(text).toISOString());

/** As `moment`, but a date stays a date: it is midnight of the request's time zone. */
const dateOrMoment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'Use a date (2011-11-01) or an RFC 3339 time.',
  })
  .transform((text) => (text.length === 10 ? text : new Date(text).toISOString()));

const range = z.strictObject({ gt: bound, gte: bound, lt: bound, lte: bound }).partial();
const filter = z.union([scalar, z.array(scalar).min(1).max(1000), range]);

/** Body of `POST /api/analytics/query`. */
export const queryRequest = z.strictObject({
  /** Names from `GET /api/analytics/metrics`. */
  metrics: z.array(z.string().max(100)).min(1).max(20),
  dimensions: z.array(z.string().max(100)).max(10).default([]),
  /** Dimension → value, list of values, or range (`gt`, `gte`, `lt`, `lte`). */
  filters: z.record(z.string().max(100), filter).default({}),
  grain: z.enum(GRAINS).optional(),
  from: dateOrMoment.optional(),
  /** Exclusive. */
  to: dateOrMoment.optional(),
  /** Whose calendar and clock `grain`, and dates in `from` and `to`, follow; UTC by default. */
  timezone: timezone.optional(),
  /** Adds to each metric `…:previous` and `…:change`; see `comparedRange`. Needs `from` and `to`. */
  compare: z.enum(COMPARISONS).optional(),
  /** Adds so many periods after the last one, with `…:low` and `…:high` around each metric. Needs `grain`. */
  forecast: z.strictObject({ periods: z.int().min(1).max(366) }).optional(),
  limit: z.int().min(1).max(10_000).default(1000),
});

/** A query as callers write it. */
export type QueryInput = z.input<typeof queryRequest>;
/** A query as it is compiled: `from` and `to` are RFC 3339 in UTC, or days of a UTC calendar. */
export type QueryRequest = z.output<typeof queryRequest>;
export type Filter = z.output<typeof filter>;
export type Scalar = z.output<typeof scalar>;

/** Reads a query and finds the instants its dates are; 422 for what does not go together. */
export function readQuery(input: QueryInput): QueryRequest {
  const request = parseInput(queryRequest, input, 'The query');
  const { timezone = 'UTC' } = request;
  const instant = (text: string): string => (text.length === 10 ? instantOf(text, timezone) : text);
  const from = request.from === undefined ? undefined : instant(request.from);
  const to = request.to === undefined ? undefined : instant(request.to);
  if (from !== undefined && to !== undefined && from >= to)
    throw refusedAt('to', 'empty_range', '`from` must lie before `to`, which is exclusive.');
  if (request.compare && (from === undefined || to === undefined))
    throw refusedAt('compare', 'range_required', 'A comparison needs `from` and `to`.');
  if (request.forecast && !request.grain)
    throw refusedAt('forecast', 'grain_required', 'A forecast needs a `grain`.');
  if (request.forecast && request.dimensions.length > 0)
    throw refusedAt('forecast', 'no_dimensions', 'A forecast is of whole metrics: leave the dimensions out.');
  return { ...request, ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

/** The range of a query that was checked to have one. */
export function rangeOf({ from, to }: Pick<QueryRequest, 'from' | 'to'>): Range {
  if (from === undefined || to === undefined)
    throw refusedAt('compare', 'range_required', 'A comparison needs `from` and `to`.');
  return { from, to };
}

const refusedAt = (path: string, code: string, message: string): Problem =>
  new Problem('invalid', message, { errors: [{ path, message, code }] });
