import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { queryRequest } from './request.ts';
import { runMetricQuery } from './run-query.ts';

export const resultColumn = z.object({
  name: z.string(),
  label: z.string(),
  type: z.enum(['time', 'text', 'number', 'boolean', 'money', 'percent']),
  currency: z.string().nullable().optional(),
});

export const resultRow = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

export const query = defineEndpoint({
  name: 'analytics.query',
  summary: 'Computes metrics over the warehouse, by dimension and period.',
  access: 'viewer',
  input: queryRequest,
  output: z.object({
    columns: z.array(resultColumn),
    rows: z.array(resultRow),
    /** How each metric was continued, when a forecast was asked for. */
    forecasts: z
      .array(z.object({ metric: z.string(), method: z.string(), note: z.string().optional() }))
      .optional(),
    truncated: z.boolean(),
    sql: z.string(),
    engine: z.string(),
    elapsedMs: z.number(),
  }),
  example: {
    metrics: ['revenue', 'orders'],
    dimensions: ['country'],
    grain: 'month',
    from: '2011-01-01',
    to: '2012-01-01',
  },
  handle: (ctx, input) => runMetricQuery(ctx, input),
});
