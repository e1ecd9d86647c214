import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';
import { queryRequest } from './request.ts';

/** Periods that move with the calendar; a chart with one of them is asked anew from its first day each time it is opened. */
export const CHART_PERIODS = [
  'last-7',
  'last-30',
  'last-90',
  'this-month',
  'this-quarter',
  'this-year',
] as const;

/** A question of the metric explorer under a name, and how its answer is shown. */
export const charts = defineCollection({
  name: 'analytics.charts',
  idPrefix: 'cht',
  labels: { one: 'chart', many: 'charts' },
  fields: {
    name: z.string().trim().min(1).max(120),
    /** Body of `POST /api/analytics/query`. */
    query: queryRequest,
    /** Stands in for `from` and `to` of the query, which are then absent. */
    period: z.enum(CHART_PERIODS).optional(),
    display: z.enum(['table', 'line', 'bar', 'stacked']),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  sorts: ['name'],
  search: ['name'],
  unindexed: ['query'],
  example: {
    name: 'Revenue by country',
    query: { metrics: ['revenue'], dimensions: ['country'] },
    period: 'this-year',
    display: 'bar',
  },
  warehouse: 'none',
});
export type Chart = RecordOf<typeof charts>;
