import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
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
    const items = [...catalogue.metrics.values()].map((metric) => ({
      name: metric.name,
      label: metric.label,
      description: metric.description,
      format: metric.format,
      dimensions: [...dimensionsOf(catalogue, metric)],
      aggregate: metric.aggregate,
      hasSubject: metric.subject !== undefined && !metric.ratio,
    }));
    return { items, grains: [...GRAINS] };
  },
});
