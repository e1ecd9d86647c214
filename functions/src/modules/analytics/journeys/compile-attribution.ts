import { Parameters, type Statement } from '../compile/parameters.ts';
import type { AttributionRequest, Model } from './request.ts';
import { dimensionOf, isWhole, type JourneyContext, midnightFrom, rowsOf, selectRows } from './rows.ts';

const DAY_MS = 86_400_000;

/** Which touches of a conversion a model credits, and the share of each as a fraction. */
const MODEL_SHARES: Readonly<Record<Model, { touches: string; part: string; whole: string }>> = {
  first: { touches: 'nth = 1', part: '1', whole: '1' },
  last: { touches: 'nth = many', part: '1', whole: '1' },
  linear: { touches: 'TRUE', part: '1', whole: 'many' },
  // 40 % to the first and to the last, 20 % to those between; 2/5 is 2 (many - 2) of 5 (many - 2) parts.
  position: {
    touches: 'TRUE',
    part: 'CASE WHEN many <= 2 THEN 1 WHEN nth = 1 OR nth = many THEN 2 * (many - 2) ELSE 1 END',
    whole: 'CASE WHEN many <= 2 THEN many ELSE 5 * (many - 2) END',
  },
};

/**
 * One SELECT of `kind`, `model`, `channel`, `conversions`, `value`, `low_currency`, `high_currency`.
 * `kind` is `total` (all conversions), `attributed` (those with a touch), `channel`, or `other` (channels past the limit).
 *
 * A conversion is a record with rows of the metric; its value is their sum. Whole values are shared out in whole units:
 * each touch has its share rounded down, and what is left goes by one unit to the largest remainders, earliest first.
 */
export function compileAttribution(context: JourneyContext, request: AttributionRequest): Statement {
  const { journey, dialect } = context;
  const parameters = new Parameters();
  const conversion = rowsOf(context, request.conversion, 'conversion');
  const { from, to } = request;
  const conversions = selectRows(
    context,
    conversion,
    { from, to, record: true, value: true, ofNobody: true },
    parameters,
  );
  const lookback = request.lookbackDays * DAY_MS;
  const touches = request.touches.map((touch, index) => {
    const rows = rowsOf(context, touch, `touches.${index}`);
    dimensionOf(context, rows, touch.dimension, `touches.${index}.dimension`);
    const wanted = {
      from: new Date(Date.parse(from) - lookback).toISOString(),
      to: midnightFrom(Date.parse(to)),
      record: true,
      dimension: touch.dimension,
    };
    return `SELECT subject, occurred, row_id, member AS channel, ${index} AS list FROM (\n${selectRows(context, rows, wanted, parameters)}\n) AS touch_${index} WHERE member IS NOT NULL`;
  });
  const exact = conversion.metric.aggregate === 'sum' && isWhole(context, conversion);
  const sum = (expression: string): string =>
    exact ? dialect.sumOfIntegers(expression) : `SUM(${expression})`;
  const summary = `COUNT(*) AS conversions, ${sum('value')} AS value`;
  const none = journey.text('NULL');
  const sql = `WITH ${[
    `rows_conversion AS (\n${conversions}\n)`,
    `conversions AS (\nSELECT row_id, MIN(subject) AS subject, MIN(occurred) AS occurred, ${sum('value')} AS value, MIN(currency) AS low_currency, MAX(currency) AS high_currency FROM rows_conversion GROUP BY row_id\n)`,
    `touches AS (\n${touches.join('\nUNION ALL\n')}\n)`,
    `path AS (\n${pathSelect(lookback)}\n)`,
    `weighed AS (\n${request.model.map(weighedSelect).join('\nUNION ALL\n')}\n)`,
    `credited AS (\n${exact ? wholeCredits(context) : 'SELECT model, channel, part / whole AS share, value * part / whole AS credit FROM weighed'}\n)`,
    `channels AS (\nSELECT model, channel, SUM(share) AS conversions, ${sum('credit')} AS value FROM credited GROUP BY model, channel\n)`,
    `placed AS (\n${placedSelect()}\n)`,
  ].join(', ')}
SELECT 'total' AS kind, ${none} AS model, ${none} AS channel, ${summary}, MIN(low_currency) AS low_currency, MAX(high_currency) AS high_currency FROM conversions
UNION ALL
SELECT 'attributed', ${none}, ${none}, ${summary}, ${none}, ${none} FROM path WHERE nth = 1
UNION ALL
SELECT kind, model, channel, SUM(conversions), ${sum('value')}, ${none}, ${none} FROM (
SELECT CASE WHEN place <= ${request.limit} THEN 'channel' ELSE 'other' END AS kind, model, CASE WHEN place <= ${request.limit} THEN channel END AS channel, conversions, value FROM placed
) AS kept GROUP BY kind, model, channel
ORDER BY kind, conversions DESC, channel, model`;
  return { sql, parameters: parameters.values };
}

/** The touches of each conversion in their order: by time, at the same moment as the request lists them. */
const pathSelect = (lookback: number): string =>
  `SELECT c.row_id AS conversion, c.value, t.channel, ROW_NUMBER() OVER (PARTITION BY c.row_id ORDER BY t.occurred, t.list, t.row_id, t.channel) AS nth, COUNT(*) OVER (PARTITION BY c.row_id) AS many
FROM conversions AS c JOIN touches AS t ON t.subject = c.subject
WHERE t.occurred <= c.occurred AND t.occurred >= c.occurred - ${lookback * 1000}`;

function weighedSelect(model: Model): string {
  const { touches, part, whole } = MODEL_SHARES[model];
  return `SELECT '${model}' AS model, conversion, value, channel, nth, ${part} AS part, ${whole} AS whole FROM path WHERE ${touches}`;
}

/** `value × part ÷ whole` without ever making a product larger than the value itself, sign aside. */
function wholeCredits({ journey }: JourneyContext): string {
  const rest = 'MOD(ABS(value), whole) * part';
  const divided = `SELECT model, conversion, channel, nth, part / whole AS share, value, ${journey.divide('ABS(value)', 'whole')} * part + ${journey.divide(rest, 'whole')} AS base, MOD(${rest}, whole) AS remainder FROM weighed`;
  const ranked = `SELECT model, channel, share, value, base, ROW_NUMBER() OVER (PARTITION BY model, conversion ORDER BY remainder DESC, nth) AS turn, ABS(value) - SUM(base) OVER (PARTITION BY model, conversion) AS units_left FROM (\n${divided}\n) AS divided`;
  return `SELECT model, channel, share, SIGN(value) * (base + CASE WHEN turn <= units_left THEN 1 ELSE 0 END) AS credit FROM (\n${ranked}\n) AS ranked`;
}

/** Rounded before they are ranked: the order of a sum of fractions must not decide. */
const placedSelect = (): string =>
  `SELECT model, channel, conversions, value, DENSE_RANK() OVER (ORDER BY ROUND(all_models, 6) DESC, channel) AS place FROM (
SELECT *, SUM(conversions) OVER (PARTITION BY channel) AS all_models FROM channels
) AS summed`;
