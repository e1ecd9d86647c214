import { Parameters, type Statement } from '../compile/parameters.ts';
import { periodNumberOf } from './dialect.ts';
import type { RetentionRequest } from './request.ts';
import { isWhole, type JourneyContext, midnightFrom, refused, rowsOf, selectRows } from './rows.ts';

/** Cohorts at most: more than a year of days. */
const MAX_COHORTS = 400;

/**
 * One SELECT of `kind`, `cohort` and `n` (numbers of periods), `subjects`, `value`, `low_currency`, `high_currency`.
 * `kind` is `size` (the cohort), `returned` (in period `n`, or last in period `n` where later ones count as well)
 * or `value` (the sum over period `n`).
 * @param asOf milliseconds; rows from then on are not looked at
 */
export function compileRetention(
  context: JourneyContext,
  request: RetentionRequest,
  asOf: number,
): Statement {
  const { grain, periods } = request;
  const [start, back] = [rowsOf(context, request.start, 'start'), rowsOf(context, request.return, 'return')];
  refuseTooMany(request);
  const parameters = new Parameters();
  const { from } = request;
  const untilNow = midnightFrom(asOf);
  const select = (rows: typeof start, wanted: object): string =>
    selectRows(context, rows, { from, to: untilNow, grain, ...wanted }, parameters);
  const before = `occurred < ${asOf * 1000}`;
  const firsts = select(start, {
    to: request.to,
    ...(request.newOnly ? { from: '0001-01-01T00:00:00.000Z' } : {}),
  });
  const isNew = request.newOnly ? ` HAVING MIN(occurred) >= ${Date.parse(from) * 1000}` : '';
  const number = 'e.period - s.cohort';
  const within = request.kind === 'on' ? ` AND ${number} <= ${periods}` : '';
  const joined = (rows: string): string =>
    `FROM starts AS s JOIN ${rows} AS e ON e.subject = s.subject\nWHERE e.occurred >= s.occurred AND e.${before}`;
  const once = request.kind === 'on' ? 'DISTINCT s.cohort, s.subject,' : 's.cohort, s.subject,';
  const n = request.kind === 'on' ? number : `LEAST(MAX(${number}), ${periods})`;
  const grouped = request.kind === 'on' ? '' : ' GROUP BY s.cohort, s.subject';
  const none = context.journey.text('NULL');
  const noValue = `NULL AS value, ${none} AS low_currency, ${none} AS high_currency`;
  const ctes = [
    `rows_start AS (\n${firsts}\n)`,
    `rows_return AS (\n${select(back, {})}\n)`,
    `starts AS (\nSELECT subject, MIN(occurred) AS occurred, MIN(period) AS cohort FROM rows_start WHERE ${before} GROUP BY subject${isNew}\n)`,
    `returns AS (\nSELECT ${once} ${n} AS n ${joined('rows_return')}${within}${grouped}\n)`,
  ];
  const parts = [
    `SELECT 'size' AS kind, cohort, 0 AS n, COUNT(*) AS subjects, ${noValue} FROM starts GROUP BY cohort`,
    `SELECT 'returned' AS kind, cohort, n, COUNT(*) AS subjects, ${noValue} FROM returns GROUP BY cohort, n`,
  ];
  if (request.value) {
    const value = rowsOf(context, request.value, 'value');
    if (value.metric.aggregate !== 'sum' && value.metric.aggregate !== 'count')
      throw refused('value.metric', 'not_a_sum', 'Use a metric that is a sum or a count.');
    ctes.push(`rows_value AS (\n${select(value, { value: true })}\n)`);
    const sum = isWhole(context, value) ? context.dialect.sumOfIntegers('e.value') : 'SUM(e.value)';
    parts.push(
      `SELECT 'value' AS kind, s.cohort, ${number} AS n, COUNT(*) AS subjects, ${sum} AS value, MIN(e.currency) AS low_currency, MAX(e.currency) AS high_currency\n${joined('rows_value')} AND ${number} <= ${periods} GROUP BY s.cohort, ${number}`,
    );
  }
  const sql = `WITH ${ctes.join(', ')}\n${parts.join('\nUNION ALL\n')}\nORDER BY kind, cohort, n`;
  return { sql, parameters: parameters.values };
}

function refuseTooMany({ from, to, grain }: RetentionRequest): void {
  const first = periodNumberOf(Date.parse(from), grain);
  const last = periodNumberOf(Date.parse(to) - 1, grain);
  if (last - first >= MAX_COHORTS)
    throw refused(
      'to',
      'too_many_cohorts',
      `At most ${MAX_COHORTS} cohorts: use a shorter range or a longer grain.`,
    );
}
