import { z } from 'zod';
import { GRAINS } from './dialect.ts';

const scalar = z.union([z.string().max(500), z.number(), z.boolean(), z.null()]);
const bound = z.union([z.string().max(500), z.number()]);

/** `2011-11-01` or an RFC 3339 time; becomes RFC 3339 in UTC. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'Use a date (2011-11-01) or an RFC 3339 time.',
  })
  .transform((text) => new Date(text).toISOString());

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
  from: moment.optional(),
  /** Exclusive. */
  to: moment.optional(),
  limit: z.int().min(1).max(10_000).default(1000),
});

/** A query as callers write it. */
export type QueryInput = z.input<typeof queryRequest>;
export type QueryRequest = z.output<typeof queryRequest>;
export type Filter = z.output<typeof filter>;
export type Scalar = z.output<typeof scalar>;
