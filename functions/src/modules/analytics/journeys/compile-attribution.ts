import { Parameters, type Statement } from '../compile/parameters.ts';
import { creditOf, shareSql, touchesOf } from './credits.ts';
import type { AttributionRequest, Model } from './request.ts';
import {
  dimensionOf,
  hasElements,
  isWhole,
  type JourneyContext,
  midnightFrom,
  type Rows,
  rowsOf,
  selectRows,
} from './rows.ts';

const DAY_MS = 86_400_000;

/**
 * One SELECT of `kind`, `model`, `channel`, `conversions`, `value`, `low_currency`, `high_currency`.
 * `kind` is `total` (all conversions), `attributed` (those with a touch), `channel`, or `other` (channels past the limit).
 * A conversion is a record with rows of the metric; its value is their sum.
 */
export function compileAttribution(context: JourneyContext, request: AttributionRequest): Statement {
  const { journey, dialect } = context;
  const parameters = new Parameters();
  const conversion = rowsOf(context, request.conversion, 'conversion');
  const exact = conversion.metric.aggregate === 'sum' && isWhole(context, conversion);
  const sum = (expression: string): string =>
    exact ? dialect.sumOfIntegers(expression) : `SUM(${expression})`;
  const credits = request.model.map((model) => creditsSelect(context, model, exact, sum));
  const none = journey.text('NULL');
  const summary = `COUNT(*) AS conversions, ${sum('value')} AS value`;
  const isKept = `place <= ${request.limit}`;
  const sql = `WITH ${[
    `conversions AS (\n${conversionsSelect(context, conversion, request, sum, parameters)}\n)`,
    `touches AS (\n${touchesSelect(context, request, parameters)}\n)`,
    `path AS (\n${pathSelect(request.lookbackDays * DAY_MS)}\n)`,
    `channels AS (\n${credits.join('\nUNION ALL\n')}\n)`,
    `placed AS (\n${placedSelect()}\n)`,
  ].join(', ')}
SELECT 'total' AS kind, ${none} AS model, ${none} AS channel, ${summary}, MIN(low_currency) AS low_currency, MAX(high_currency) AS high_currency FROM conversions
UNION ALL
SELECT 'attributed', ${none}, ${none}, ${summary}, ${none}, ${none} FROM path WHERE nth = 1
UNION ALL
SELECT kind, model, channel, SUM(conversions), ${sum('value')}, ${none}, ${none} FROM (
SELECT CASE WHEN ${isKept} THEN 'channel' ELSE 'other' END AS kind, model, CASE WHEN ${isKept} THEN channel END AS channel, conversions, value FROM placed
) AS kept GROUP BY kind, model, channel
ORDER BY kind, conversions DESC, channel, model`;
  return { sql, parameters: parameters.values };
}

/** One row a conversion, with a number to know it by. */
function conversionsSelect(
  context: JourneyContext,
  rows: Rows,
  { from, to }: AttributionRequest,
  sum: (expression: string) => string,
  parameters: Parameters,
): string {
  const inParts = hasElements(context, rows);
  const wanted = { from, to, record: inParts, value: true, ofNobody: true };
  const select = selectRows(context, rows, wanted, parameters);
  const columns = inParts
    ? `MIN(subject) AS subject, MIN(occurred) AS occurred, ${sum('value')} AS value, MIN(currency) AS low_currency, MAX(currency) AS high_currency`
    : 'subject, occurred, value, currency AS low_currency, currency AS high_currency';
  const records = `SELECT ${columns} FROM (\n${select}\n) AS found${inParts ? ' GROUP BY row_id' : ''}`;
  return `SELECT *, ROW_NUMBER() OVER () AS conversion FROM (\n${records}\n) AS records`;
}

function touchesSelect(context: JourneyContext, request: AttributionRequest, parameters: Parameters): string {
  const selects = request.touches.map((touch, index) => {
    const rows = rowsOf(context, touch, `touches.${index}`);
    dimensionOf(context, rows, touch.dimension, `touches.${index}.dimension`);
    const wanted = {
      from: new Date(Date.parse(request.from) - request.lookbackDays * DAY_MS).toISOString(),
      to: midnightFrom(Date.parse(request.to)),
      record: true,
      dimension: touch.dimension,
    };
    return `SELECT subject, occurred, row_id, member AS channel, ${index} AS list FROM (\n${selectRows(context, rows, wanted, parameters)}\n) AS touch_${index} WHERE member IS NOT NULL`;
  });
  return selects.join('\nUNION ALL\n');
}

/** The touches of each conversion in their order: by time, at the same moment as the request lists them. */
const pathSelect = (lookback: number): string =>
  `SELECT c.value, t.channel, ROW_NUMBER() OVER (PARTITION BY c.conversion ORDER BY t.occurred, t.list, t.row_id, t.channel) AS nth, COUNT(*) OVER (PARTITION BY c.conversion) AS many
FROM conversions AS c JOIN touches AS t ON t.subject = c.subject
WHERE t.occurred <= c.occurred AND t.occurred >= c.occurred - ${lookback * 1000}`;

/** Credit of each channel by one model. */
function creditsSelect(
  { journey }: JourneyContext,
  model: Model,
  exact: boolean,
  sum: (expression: string) => string,
): string {
  const share = shareSql(model);
  const credit = exact ? `SIGN(value) * (${creditOf(model, 'ABS(value)', journey)})` : `value * ${share}`;
  return `SELECT '${model}' AS model, channel, SUM(${share}) AS conversions, ${sum(credit)} AS value FROM path WHERE ${touchesOf(model)} GROUP BY channel`;
}

/** Rounded before they are ranked: the order of a sum of fractions must not decide. */
const placedSelect = (): string =>
  `SELECT model, channel, conversions, value, DENSE_RANK() OVER (ORDER BY ROUND(all_models, 6) DESC, channel) AS place FROM (
SELECT *, SUM(conversions) OVER (PARTITION BY channel) AS all_models FROM channels
) AS summed`;
