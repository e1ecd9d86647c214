import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { currency } from '../../kernel/schema.ts';
import { moment } from '../analytics/module.ts';
import { analyse } from './analyse.ts';
import { phrase } from './phrase.ts';

const period = z.object({ from: z.string(), to: z.string() });

const insight = z.object({
  /** The same finding has the same id each time. */
  id: z.string(),
  kind: z.enum(['change', 'driver', 'customers', 'concentration', 'anomaly']),
  title: z.string(),
  text: z.string(),
  /** What the text rests on; money in major units of the answer's currency, percent as a share (0.365). */
  figures: z.array(
    z.object({ label: z.string(), value: z.number(), format: z.enum(['money', 'number', 'percent']) }),
  ),
  /** Body for `POST /api/analytics/query`: the chart behind the finding. */
  query: z.object({
    metrics: z.array(z.string()),
    dimensions: z.array(z.string()).optional(),
    filters: z.record(z.string(), z.string()),
    grain: z.enum(['day', 'week']).optional(),
    from: z.string(),
    to: z.string(),
    limit: z.int().optional(),
  }),
  /** Who wrote the text. */
  engine: z.string(),
});

export const latest = defineEndpoint({
  name: 'insights.latest',
  method: 'GET',
  summary:
    'What changed and why, in plain sentences with the figures they rest on; by default in the last complete month.',
  access: 'viewer',
  input: z.strictObject({ from: moment.optional(), to: moment.optional(), currency: currency.optional() }),
  output: z.object({
    /** `offline` when no text was written by an AI engine. */
    engine: z.string(),
    currency: z.string().nullable(),
    /** Null when there is not enough data to compare two periods. */
    period: period.nullable(),
    previous: period.nullable(),
    insights: z.array(insight),
  }),
  example: { from: '2011-11-01', to: '2011-12-01' },
  handle: async (ctx, input) => {
    if (input.from !== undefined && input.to !== undefined && input.from >= input.to)
      throw new Problem('invalid', '`from` must lie before `to`, which is exclusive.', {
        errors: [
          { path: 'to', message: '`to` is exclusive and must lie after `from`.', code: 'empty_range' },
        ],
      });
    const analysis = await analyse(ctx, input);
    if (!analysis)
      return {
        engine: 'offline',
        currency: input.currency ?? null,
        period: null,
        previous: null,
        insights: [],
      };
    const written = await Promise.all(analysis.drafts.map((draft) => phrase(ctx.ports, draft)));
    return {
      engine: written.find(({ engine }) => engine !== 'offline')?.engine ?? 'offline',
      currency: analysis.currency,
      period: analysis.current,
      previous: analysis.previous,
      insights: written.map((each) => ({ ...each, figures: [...each.figures] })),
    };
  },
});
