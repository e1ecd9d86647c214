import type { Metric } from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import { columnOf, dimensionsOf, findColumn } from '../columns.ts';
import { type CompileContext, sqlOf } from '../compile/conditions.ts';
import { fromWhere, rowsKey } from '../compile/from.ts';
import type { Parameters } from '../compile/parameters.ts';
import { minorDigits } from '../money.ts';
import { isDataset } from '../sources.ts';
import type { CohortGrain, JourneyDialect } from './dialect.ts';
import type { RowSelection } from './request.ts';

/** What a journey is compiled for. */
export interface JourneyContext extends CompileContext {
  readonly journey: JourneyDialect;
}

/** The metric of a selection, checked to be one whose rows stand on somebody's timeline. */
export interface Rows {
  readonly metric: Metric;
  readonly filters: RowSelection['filters'];
  /** Where the request names it: `steps.0`. */
  readonly path: string;
  /** Decimal places by which amounts of a file, in major units of one currency, are made whole minor units. */
  readonly scale?: number;
}

/** 422 for a metric that is not known, that has no subject, or that is computed from others. */
export function rowsOf({ catalogue }: JourneyContext, { metric, filters }: RowSelection, path: string): Rows {
  const found = catalogue.metrics.get(metric);
  if (found?.subject !== undefined && !found.ratio) {
    const known = dimensionsOf(catalogue, found);
    for (const dimension of Object.keys(filters))
      if (!known.includes(dimension))
        throw unknown(`${path}.filters.${dimension}`, 'dimension', dimension, known);
    const scale = scaleOf(catalogue, found);
    return { metric: found, filters, path, ...(scale === undefined ? {} : { scale }) };
  }
  const reason = catalogue.unavailable.get(metric);
  if (reason !== undefined)
    throw refused(
      `${path}.metric`,
      'unavailable_metric',
      `The metric ${metric} cannot be computed: ${reason}`,
    );
  const known = [...catalogue.metrics.values()]
    .filter(({ subject, ratio }) => subject !== undefined && !ratio)
    .map(({ name }) => name);
  throw unknown(`${path}.metric`, 'metric with a subject', metric, known);
}

function scaleOf(catalogue: JourneyContext['catalogue'], metric: Metric): number | undefined {
  const { format, currency, source } = metric;
  if (format !== 'money' || currency === undefined || !isDataset(source)) return undefined;
  return findColumn(catalogue, metric, currency) ? undefined : minorDigits(currency);
}

/** The path of a dimension of the rows; 422 when there is none of that name. */
export function dimensionOf(
  { catalogue }: JourneyContext,
  { metric }: Rows,
  name: string,
  path: string,
): string {
  const known = dimensionsOf(catalogue, metric);
  if (!known.includes(name)) throw unknown(path, 'dimension', name, known);
  return metric.dimensions[name] ?? '';
}

/** What a statement may want of each row, beside its subject and its time. */
export interface Wanted {
  readonly from: string;
  /** Exclusive. */
  readonly to?: string | undefined;
  /** `row_id`: the record a row stands in. */
  readonly record?: boolean;
  /** `member`: the value of a dimension, as text. */
  readonly dimension?: string | undefined;
  /** `period`: which day, week or month the row lies in. */
  readonly grain?: CohortGrain;
  /** `value` and `currency`: what the metric adds up. */
  readonly value?: boolean;
  /** Rows of nobody, too. */
  readonly ofNobody?: boolean;
}

/**
 * SELECT of the rows of a metric as points on timelines: `subject`, `occurred` in microseconds, and what is wanted.
 * The tenant, the caller's rows and the metric's own conditions are put in by the metric compiler.
 */
export function selectRows(
  context: JourneyContext,
  rows: Rows,
  wanted: Wanted,
  parameters: Parameters,
): string {
  const { catalogue, dialect, journey } = context;
  const { filters, path } = rows;
  const metric = withSubject(rows.metric);
  const column = (field: string): string => sqlOf(dialect, columnOf(catalogue, metric, field));
  const subject = column(metric.subject ?? '');
  const { dimension, grain } = wanted;
  const columns = [
    `${journey.text(subject)} AS subject`,
    `${journey.micros(column(metric.time))} AS occurred`,
    ...(wanted.record ? [`${recordOf(context, metric)} AS row_id`] : []),
    ...(dimension === undefined
      ? []
      : [`${journey.text(column(metric.dimensions[dimension] ?? ''))} AS member`]),
    ...(grain ? [`${journey.periodNumber(column(metric.time), grain)} AS period`] : []),
    ...(wanted.value
      ? [
          `${metric.aggregate === 'sum' ? amountSql(context, rows, column(metric.field ?? '')) : '1'} AS value`,
          `${currencyOf(context, metric)} AS currency`,
        ]
      : []),
  ];
  const range = { from: wanted.from, ...(wanted.to ? { to: wanted.to } : {}) };
  const from = under(path, () =>
    fromWhere(
      { ...context, parameters },
      { filters, ...range },
      metric,
      dimension === undefined ? [SUBJECT] : [dimension, SUBJECT],
    ),
  );
  return `SELECT ${columns.join(', ')} FROM ${from}${wanted.ofNobody ? '' : ` AND ${subject} IS NOT NULL`}`;
}

/** The subject as a dimension, so that whatever it is read through is joined. */
const SUBJECT = ' subject';
const withSubject = (metric: Metric): Metric => ({
  ...metric,
  dimensions: { ...metric.dimensions, [SUBJECT]: metric.subject ?? '' },
});

function amountSql({ dialect }: JourneyContext, { scale }: Rows, column: string): string {
  const amount = `COALESCE(${column}, 0)`;
  return scale === undefined
    ? amount
    : `CAST(ROUND(${amount} * ${10 ** scale}) AS ${dialect.typeName('integer')})`;
}

/** Rows of a dataset are each a record of their own, and have no id. */
const recordOf = ({ catalogue, journey }: JourneyContext, metric: Metric): string =>
  journey.text(catalogue.sources.get(metric.source)?.dataset ? 'ROW_NUMBER() OVER ()' : 'r.id');

/** Amounts are in the currency of a column, or all in the one that the metric names. */
function currencyOf({ catalogue, dialect, journey }: JourneyContext, metric: Metric): string {
  if (metric.format !== 'money' || metric.currency === undefined) return journey.text('NULL');
  const column = findColumn(catalogue, metric, metric.currency);
  return column ? journey.text(sqlOf(dialect, column)) : dialect.text(metric.currency);
}

/** The first midnight (UTC) not before a time: a bound that cuts no row off, also where times are dates. */
export const midnightFrom = (time: number): string =>
  new Date(Math.ceil(time / 86_400_000) * 86_400_000).toISOString();

/** Whether a record has a row for each of its elements. */
export const hasElements = (context: JourneyContext, { metric, filters }: Rows): boolean =>
  rowsKey(context, metric, { filters }, []) !== '';

/** Whether the values of a metric's rows are whole numbers, which are added and shared out exactly. */
export function isWhole({ catalogue }: JourneyContext, { metric, scale }: Rows): boolean {
  if (scale !== undefined) return true;
  return metric.aggregate !== 'sum' || columnOf(catalogue, metric, metric.field ?? '').type === 'integer';
}

/** 422 that names the field, and lists what is known. */
export function unknown(path: string, what: string, name: string, known: readonly string[]): Problem {
  const message = `There is no ${what} ${JSON.stringify(name)} here. Known: ${[...known].sort().join(', ') || 'none'}.`;
  return new Problem('invalid', message, { errors: [{ path, message, code: 'unknown_name' }] });
}

export const refused = (path: string, code: string, message: string): Problem =>
  new Problem('invalid', message, { errors: [{ path, message, code }] });

/** Problems of a part of the request are named by their place in the whole. */
function under<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Problem) || !error.errors) throw error;
    const errors = error.errors.map((field) => ({ ...field, path: `${path}.${field.path}` }));
    throw new Problem(error.code, error.message, { errors });
  }
}
