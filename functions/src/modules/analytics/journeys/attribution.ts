import { z } from 'zod';
import { defineEndpoint } from '../../../kernel/define.ts';
import type { Asker } from '../catalogue.ts';
import { compileAttribution } from './compile-attribution.ts';
import { type AttributionRequest, attributionRequest, MODELS } from './request.ts';
import { rowsOf } from './rows.ts';
import { amountOf, oneCurrency, ran, runJourney, shareOf } from './run.ts';

const figures = {
  /** Fractions of conversions; those of all rows of a model add up to the total. */
  conversions: z.number(),
  /** What the conversions brought, when their metric is a sum; shares of one value add up to exactly that value. */
  value: z.number().nullable(),
};

const output = ran.extend({
  /** ISO 4217 of the values, in major units; null when they are no money. */
  currency: z.string().nullable(),
  total: z.object(figures),
  /** By model, channels with most conversions first; then the other channels, and conversions without a touch. */
  rows: z.array(
    z.object({
      model: z.enum(MODELS),
      kind: z.enum(['channel', 'other', 'unattributed']),
      /** Null unless it is one channel. */
      channel: z.string().nullable(),
      ...figures,
      /** Of all conversions, and of all value; null of nothing. */
      share: z.number().nullable(),
      valueShare: z.number().nullable(),
    }),
  ),
});
type Attribution = z.output<typeof output>;

/**
 * Each conversion in the range is credited to the touches of its subject before it, back to the lookback: all of it to
 * the first or the last, to all alike (`linear`), or 40 % to the first and the last each and 20 % to those between
 * (`position`; one touch has it all, two have half each).
 */
export const attribution = defineEndpoint({
  name: 'analytics.attribution',
  summary: 'Which channels conversions are owed to, by one or several models.',
  access: 'viewer',
  input: attributionRequest,
  output,
  example: {
    conversion: { metric: 'revenue', filters: { kind: 'invoice', currency: 'EUR' } },
    touches: [
      { metric: 'activities', dimension: 'channel' },
      { metric: 'new-contacts', dimension: 'source' },
    ],
    model: ['first', 'linear', 'position'],
    lookbackDays: 90,
    from: '2026-01-01',
    to: '2027-01-01',
  },
  handle: (ctx, input) => computeAttribution(ctx, input),
});

export async function computeAttribution(asker: Asker, request: AttributionRequest): Promise<Attribution> {
  const selections = [request.conversion, ...request.touches];
  const { context, rows, ran } = await runJourney(
    asker,
    selections.map(({ metric }) => metric),
    (each) => compileAttribution(each, request),
  );
  const conversion = rowsOf(context, request.conversion, 'conversion');
  const currency = conversion.metric.format === 'money' ? oneCurrency(rows, 'conversion') : null;
  const isSum = conversion.metric.aggregate === 'sum';
  const worth = (value: unknown): number | null => (isSum ? amountOf(conversion, value, currency) : null);
  const [total, attributed] = ['total', 'attributed'].map((kind) => {
    const row = rows.find((each) => each.kind === kind);
    return { conversions: Number(row?.conversions ?? 0), value: Number(row?.value ?? 0) };
  });
  if (!total || !attributed) throw new TypeError('an answer has a total');
  const without = {
    kind: 'unattributed',
    channel: null,
    conversions: total.conversions - attributed.conversions,
    value: total.value - attributed.value,
  };
  const found = (model: string): Attribution['rows'] =>
    [
      ...rows.filter((row) => row.kind === 'channel' && row.model === model),
      ...rows.filter((row) => row.kind === 'other' && row.model === model),
      without,
    ].map((row) => {
      const [conversions, value] = [Number(row.conversions), Number(row.value ?? 0)];
      return {
        model: model as Attribution['rows'][number]['model'],
        kind: row.kind as Attribution['rows'][number]['kind'],
        channel: typeof row.channel === 'string' ? row.channel : null,
        conversions: Math.round(conversions * 1e6) / 1e6,
        value: worth(value),
        share: shareOf(conversions, total.conversions),
        valueShare: isSum ? shareOf(value, total.value) : null,
      };
    });
  return {
    currency,
    total: { conversions: total.conversions, value: worth(total.value) },
    rows: request.model.flatMap(found),
    ...ran,
  };
}
