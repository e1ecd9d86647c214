import { Problem } from '../../kernel/errors.ts';
import type { ResultColumn, ResultRow } from './answer.ts';
import { isAdditive } from './compile/aggregates.ts';
import type { Grain } from './compile/dialect.ts';
import { type AnswerColumn, PERIOD } from './compile/query.ts';
import { forecast } from './forecast/forecast.ts';
import { minorDigits } from './money.ts';
import { bucketOf, bucketsBetween, shiftBucket, startOf } from './periods.ts';
import type { QueryRequest } from './request.ts';

/** How a metric was continued. */
export interface ForecastNote {
  readonly metric: string;
  /** `ETS(A,Ad,A)`, `naive`; see `forecast`. */
  readonly method: string;
  readonly note?: string;
}

interface Table {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly ResultRow[];
}

export interface ForecastTable {
  readonly columns: ResultColumn[];
  readonly rows: ResultRow[];
  readonly forecasts: ForecastNote[];
}

/** Periods in a season. A year of weeks would ask for years of data, and is not looked for. */
const SEASON: Readonly<Record<Grain, number>> = { hour: 24, day: 7, week: 1, month: 12, quarter: 4, year: 1 };

/** The periods of an answer that a forecast may rest on, and how many more to compute than were asked for. */
interface History {
  readonly buckets: readonly string[];
  /** 1 when the newest period is not over yet: it stays as it is, and the forecast begins after it. */
  readonly skip: number;
  readonly last: string;
}

/**
 * Adds rows of coming periods to an answer by period: each metric's column holds the forecast, `…:low` and `…:high`
 * the 90 % interval, and `forecast` is true. Periods without rows count as 0 for sums and counts, and for anything
 * else as the period before them. What began before the range, or is not over at its end or now, is not learned from.
 * @param now in ms
 */
export async function addForecast(
  table: Table,
  answerColumns: readonly AnswerColumn[],
  request: QueryRequest,
  now: number,
): Promise<ForecastTable> {
  const { grain, forecast: wanted } = request;
  if (!grain || !wanted) throw new TypeError('a forecast has a grain');
  const history = historyOf(table.rows, request, grain, now);
  const future = history
    ? Array.from(
        { length: wanted.periods },
        (_, index): ResultRow => ({
          ...Object.fromEntries(table.columns.map(({ name }) => [name, null])),
          [PERIOD]: shiftBucket(history.last, grain, index + 1),
        }),
      )
    : [];
  const forecasts: ForecastNote[] = [];
  const byPeriod = new Map(table.rows.map((row) => [row[PERIOD], row]));
  for (const column of answerColumns) {
    if (column.kind !== 'metric' || !history) continue;
    const { name, metric } = column;
    const values = valuesOf(history.buckets, byPeriod, name, isAdditive(metric));
    if (values.length === 0) continue;
    const nonNegative = isAdditive(metric) && values.every((value) => value >= 0);
    const periods = wanted.periods + history.skip;
    const { points, method, note } = await forecast(values, { periods, season: SEASON[grain], nonNegative });
    forecasts.push({ metric: name, method, ...(note ? { note } : {}) });
    const round = rounding(table.columns.find((each) => each.name === name));
    for (const [index, row] of future.entries()) {
      const point = points[index + history.skip];
      if (point)
        Object.assign(row, {
          [name]: round(point.value),
          [`${name}:low`]: point.low === null ? null : round(point.low),
          [`${name}:high`]: point.high === null ? null : round(point.high),
        });
    }
  }
  return {
    columns: columnsWith(table.columns, answerColumns),
    rows: rowsWith(table.rows, future, answerColumns),
    forecasts,
  };
}

function historyOf(
  rows: readonly ResultRow[],
  { from, to, timezone = 'UTC' }: QueryRequest,
  grain: Grain,
  now: number,
): History | undefined {
  const [first, newest] = [rows[0]?.[PERIOD], rows.at(-1)?.[PERIOD]];
  if (typeof first !== 'string' || typeof newest !== 'string') return undefined;
  const end = Math.min(now, to === undefined ? now : Date.parse(to));
  const known = to === undefined ? newest : bucketOf(new Date(end - 1).toISOString(), grain, timezone);
  // Rows may lie ahead of the clock, such as bookings: what they say of a period is not all there will be.
  const last = [known, newest].sort().at(-1) ?? newest;
  const over = (bucket: string): boolean =>
    Date.parse(startOf(shiftBucket(bucket, grain, 1), timezone)) <= end;
  const begun = from !== undefined && Date.parse(startOf(first, timezone)) < Date.parse(from);
  const after = startOf(shiftBucket(last, grain, 1), timezone);
  const all = bucketsBetween(startOf(first, timezone), after, grain, timezone).slice(begun ? 1 : 0);
  if (all.length > MAX_PERIODS) {
    const message = `There are ${all.length} periods. Choose a coarser grain, or a shorter range.`;
    throw new Problem('invalid', message, {
      errors: [{ path: 'forecast', message, code: 'too_many_periods' }],
    });
  }
  const complete = [...all];
  for (let bucket = complete.at(-1); bucket !== undefined && !over(bucket); bucket = complete.at(-1))
    complete.pop();
  return { buckets: complete, skip: all.length - complete.length, last };
}

const MAX_PERIODS = 20_000;

function valuesOf(
  buckets: readonly string[],
  byPeriod: ReadonlyMap<unknown, ResultRow>,
  name: string,
  additive: boolean,
): number[] {
  const values: number[] = [];
  for (const bucket of buckets) {
    const value = byPeriod.get(bucket)?.[name];
    const filled = typeof value === 'number' ? value : additive ? 0 : values.at(-1);
    if (filled !== undefined) values.push(filled);
  }
  return values;
}

/** As exact as the metric's own values. */
function rounding(column: ResultColumn | undefined): (value: number) => number {
  const digits =
    column?.type === 'money' ? minorDigits(column.currency ?? '') : column?.type === 'percent' ? 4 : 2;
  return (value) => Number(value.toFixed(digits));
}

function columnsWith(
  columns: readonly ResultColumn[],
  answerColumns: readonly AnswerColumn[],
): ResultColumn[] {
  const metrics = new Set(answerColumns.filter(({ kind }) => kind === 'metric').map(({ name }) => name));
  const bounds = columns
    .filter(({ name }) => metrics.has(name))
    .flatMap((column): ResultColumn[] => [
      { ...column, name: `${column.name}:low`, label: `${column.label} at least` },
      { ...column, name: `${column.name}:high`, label: `${column.label} at most` },
    ]);
  return [...columns, ...bounds, { name: 'forecast', label: 'Forecast', type: 'boolean' }];
}

function rowsWith(
  rows: readonly ResultRow[],
  future: readonly ResultRow[],
  answerColumns: readonly AnswerColumn[],
): ResultRow[] {
  const bounds = Object.fromEntries(
    answerColumns
      .filter(({ kind }) => kind === 'metric')
      .flatMap(({ name }) => [
        [`${name}:low`, null],
        [`${name}:high`, null],
      ]),
  );
  return [
    ...rows.map((row) => ({ ...row, ...bounds, forecast: false })),
    ...future.map((row) => ({ ...bounds, ...row, forecast: true })),
  ];
}
