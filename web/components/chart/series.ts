import type { Cell } from '@/client/analytics';
import type { AnswerColumn, AnswerRow, Display, Grain, MetricAnswer } from '@/client/metric-query';
import { nextPeriod } from '../../client/periods';

/** One row of marks: a member of a dimension, or the metric itself. */
export interface Series {
  /** Its key in the points. */
  readonly key: string;
  /** Members of the dimensions it stands for; empty for the metric itself. */
  readonly members: readonly { readonly dimension: string; readonly value: Cell }[];
}

export interface Point {
  readonly x: Cell;
  readonly values: Readonly<Record<string, number | null>>;
  readonly previous: number | null;
  readonly forecast: number | null;
  readonly band: readonly [low: number, high: number] | null;
}

/** One metric (in one currency) on axes of its own, since metrics seldom share a scale. */
export interface Panel {
  readonly metric: AnswerColumn;
  /** ISO 4217 code of its amounts. */
  readonly currency: string | undefined;
  /** `period`, or the dimension along the axis. */
  readonly axis: string;
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  /** Series and points that found no room. */
  readonly hidden: { readonly series: number; readonly points: number };
  readonly compared: boolean;
  readonly forecasted: boolean;
}

export const MOST_SERIES = 6;
export const MOST_BARS = 20;
/** Periods that are filled in; more are not worth drawing. */
const MOST_PERIODS = 2_000;

export const PERIOD = 'period';

interface Shape {
  readonly metrics: readonly AnswerColumn[];
  readonly dimensions: readonly string[];
  readonly hasPeriod: boolean;
  /** Money whose currency each row tells. */
  readonly mixed: boolean;
}

function shapeOf({ columns }: Pick<MetricAnswer, 'columns'>, metrics: readonly string[]): Shape {
  const own = columns.filter(({ name }) => metrics.includes(name));
  const mixed = own.some(({ type, currency }) => type === 'money' && !currency);
  const isKey = ({ name }: AnswerColumn): boolean =>
    name !== PERIOD && name !== 'forecast' && !name.includes(':') && !metrics.includes(name);
  const dimensions = columns.filter(isKey).map(({ name }) => name);
  return {
    metrics: own,
    // Amounts of several currencies never share an axis.
    dimensions: mixed ? dimensions.filter((name) => name !== 'currency') : dimensions,
    hasPeriod: columns.some(({ name }) => name === PERIOD),
    mixed,
  };
}

/** The ways an answer can be shown; the first one suits it best. */
export function displaysOf(answer: Pick<MetricAnswer, 'columns'>, metrics: readonly string[]): Display[] {
  const { hasPeriod, dimensions } = shapeOf(answer, metrics);
  if (hasPeriod)
    return dimensions.length > 0 ? ['line', 'stacked', 'bar', 'table'] : ['line', 'bar', 'table'];
  if (dimensions.length === 0) return ['table'];
  return dimensions.length === 1 ? ['bar', 'table'] : ['stacked', 'bar', 'table'];
}

export interface PanelOptions {
  readonly display: Display;
  readonly grain?: Grain | undefined;
  /** Whether a metric of no rows is 0, as sums and counts are, and not unknown, as averages are. */
  readonly isAdditive: (metric: string) => boolean;
}

/** An answer as marks: the period or the first dimension along the axis, what is left of the dimensions as series. */
export function panelsOf(
  answer: MetricAnswer,
  metrics: readonly string[],
  { display, grain, isAdditive }: PanelOptions,
): Panel[] {
  const { metrics: own, dimensions, hasPeriod, mixed } = shapeOf(answer, metrics);
  const [axis, ...split] = hasPeriod ? [PERIOD, ...dimensions] : dimensions;
  if (axis === undefined) return [];
  return own.flatMap((metric) => {
    const groups =
      mixed && metric.type === 'money'
        ? Map.groupBy(answer.rows, ({ currency }) => (typeof currency === 'string' ? currency : undefined))
        : new Map([[metric.currency ?? undefined, answer.rows]]);
    // What was cut off would look like nothing.
    const fill = answer.truncated || !isAdditive(metric.name) ? null : 0;
    return [...groups].map(([currency, rows]) =>
      panelOf({
        answer,
        metric,
        currency,
        axis,
        split,
        rows,
        most: display === 'line' ? Infinity : MOST_BARS,
        grain,
        fill,
      }),
    );
  });
}

interface PanelInput {
  readonly answer: MetricAnswer;
  readonly metric: AnswerColumn;
  readonly currency: string | undefined;
  readonly axis: string;
  readonly split: readonly string[];
  readonly rows: readonly AnswerRow[];
  /** Points that find room, unless they are periods. */
  readonly most: number;
  readonly grain: Grain | undefined;
  /** The value of a series where it has no row. */
  readonly fill: 0 | null;
}

function panelOf(input: PanelInput): Panel {
  const { answer, metric, currency, axis, split, rows, most, grain } = input;
  const { name } = metric;
  const has = (end: string): boolean => answer.columns.some((column) => column.name === `${name}:${end}`);
  const keyOf = (row: AnswerRow): string => JSON.stringify(split.map((dimension) => row[dimension] ?? null));
  const sizes = [...Map.groupBy(rows, keyOf)]
    .map(([key, members]) => ({ key, first: members[0], size: sizeOf(members, name) }))
    .toSorted((a, b) => b.size - a.size);
  const shown = sizes.slice(0, MOST_SERIES);
  const series = shown.map(({ first }, index) => ({
    key: `s${index}`,
    members: split.map((dimension) => ({ dimension, value: first?.[dimension] ?? null })),
  }));
  const found = Map.groupBy(rows, (row) => row[axis] ?? null);
  const along = axis === PERIOD && grain ? periodsOf([...found.keys()], grain) : [...found.keys()];
  const kept = axis === PERIOD ? along : along.slice(0, most);
  const compared = sizes.length === 1 && has('previous');
  const keys = shown.map(({ key }) => key);
  const points = kept.map((x) => pointOf(x, found.get(x) ?? [], { ...input, keys, keyOf, compared }));
  const forecasted = points.some(({ forecast }) => forecast !== null);
  return {
    metric,
    currency,
    axis,
    series,
    points: forecasted ? joined(points) : points,
    hidden: { series: sizes.length - shown.length, points: along.length - kept.length },
    compared,
    forecasted,
  };
}

interface PointInput extends PanelInput {
  /** Those of the series that are shown, in their order. */
  readonly keys: readonly string[];
  readonly keyOf: (row: AnswerRow) => string;
  readonly compared: boolean;
}

function pointOf(x: Cell, rows: readonly AnswerRow[], input: PointInput): Point {
  const { metric, keys, keyOf, compared, fill } = input;
  const ahead = rows.find(({ forecast }) => forecast === true);
  const figure = (key: string): number | null => {
    const row = rows.find((each) => keyOf(each) === key);
    return row ? numberAt(row, metric.name) : fill;
  };
  const [row] = rows;
  return {
    x,
    values: ahead ? {} : Object.fromEntries(keys.map((key, index) => [`s${index}`, figure(key)])),
    previous: !compared || ahead ? null : row ? numberAt(row, `${metric.name}:previous`) : fill,
    forecast: ahead ? numberAt(ahead, metric.name) : null,
    band: ahead ? bandOf(ahead, metric.name) : null,
  };
}

/** All periods from the first to the last of these, so that the axis runs evenly. */
function periodsOf(found: readonly Cell[], grain: Grain): readonly Cell[] {
  const known = found.filter((period) => typeof period === 'string').sort();
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return found;
  const periods: string[] = [];
  for (let at = first; at <= last; at = nextPeriod(at, grain)) {
    if (periods.push(at) > MOST_PERIODS) return found;
  }
  return periods;
}

const sizeOf = (rows: readonly AnswerRow[], metric: string): number =>
  rows.reduce((sum, row) => sum + Math.abs(numberAt(row, metric) ?? 0), 0);

/** The forecast begins where the figures end, so that the lines meet. */
function joined(points: readonly Point[]): Point[] {
  const last = points.findLastIndex(({ values }) => Object.keys(values).length > 0);
  return points.map((point, index) => {
    const value = point.values.s0;
    return index === last && typeof value === 'number'
      ? { ...point, forecast: value, band: [value, value] }
      : point;
  });
}

const numberAt = (row: AnswerRow, name: string): number | null => {
  const value = row[name];
  return typeof value === 'number' ? value : null;
};

function bandOf(row: AnswerRow, metric: string): readonly [number, number] | null {
  const [low, high] = [numberAt(row, `${metric}:low`), numberAt(row, `${metric}:high`)];
  return low === null || high === null ? null : [low, high];
}
