import { z } from 'zod';
import { defineEndpoint, type Metric } from '../../kernel/define.ts';
import { dimensionsOf } from './columns.ts';
import { GRAINS } from './compile/dialect.ts';
import { compileContext } from './run-query.ts';

export const metrics = defineEndpoint({
  name: 'analytics.metrics',
  method: 'GET',
  summary: 'Lists the metrics you may ask for, and what each can be split and filtered by.',
  access: 'viewer',
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        description: z.string(),
        format: z.enum(['money', 'number', 'percent']),
        dimensions: z.array(z.string()),
        /** Whether your organisation declared it, in `analytics.custom-metrics`. */
        custom: z.boolean(),
        /** Why it cannot be computed now: a dataset or column it needs is gone. */
        unavailable: z.string().optional(),
        /** How rows become a figure: `sum`, `count`, `ratio`, … */
        aggregate: z.string(),
        /** Whether each row belongs to somebody, so that it can be a step of a journey. */
        hasSubject: z.boolean(),
      }),
    ),
    grains: z.array(z.enum(GRAINS)),
  }),
  example: {},
  handle: async (ctx) => {
    const { catalogue } = await compileContext(ctx);
    const { registry } = ctx.app;
    const describe = (metric: Metric, dimensions: readonly string[]) => ({
      name: metric.name,
      label: metric.label,
      description: metric.description,
      format: metric.format,
      dimensions: [...dimensions],
      aggregate: metric.aggregate,
      hasSubject: metric.subject !== undefined && !metric.ratio,
      custom: !registry.metrics.has(metric.name),
    });
    const items = [...catalogue.metrics.values()].map((metric) =>
      describe(metric, dimensionsOf(catalogue, metric)),
    );
    const broken = [...catalogue.unavailable.values()].map(({ metric, reason }) => ({
      ...describe(metric, []),
      unavailable: reason,
    }));
    return { items: [...items, ...broken], grains: [...GRAINS] };
  },
});
