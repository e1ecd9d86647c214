import type { Metric } from '../../../kernel/define.ts';
import { columnOf, partsOf } from '../columns.ts';
import type { QueryRequest } from '../request.ts';
import { aggregate, finalExpression } from './aggregates.ts';
import { type CompileContext, sqlOf } from './conditions.ts';
import type { Dialect, Grain } from './dialect.ts';
import { type Compiling, fromWhere, rowsKey } from './from.ts';
import { Names } from './names.ts';
import { Parameters, type Statement } from './parameters.ts';
import { type Side, sidesOf } from './sides.ts';
import { metricsOf } from './validate.ts';

/** Name of the column that holds the start of each time bucket. */
export const PERIOD = 'period';

/** A column of the answer; `alias` is its name in the SQL. */
export type AnswerColumn =
  | { readonly kind: 'period' | 'dimension'; readonly name: string; readonly alias: string }
  | {
      /** `previous` is the value it is compared with, `change` the share it has grown by. */
      readonly kind: 'metric' | 'previous' | 'change';
      readonly name: string;
      readonly alias: string;
      readonly metric: Metric;
    };

export interface CompiledQuery extends Statement {
  readonly columns: readonly AnswerColumn[];
}

/** Metrics that count the same rows of one side, and are computed in one pass over them. */
interface Group {
  readonly side: Side;
  readonly metrics: readonly Metric[];
}

/**
 * Compiles a metric query to one SELECT: a CTE for each group of metrics that count the same rows, for the range asked
 * for and the one it is compared with; put side by side by period and dimensions; ratios and changes computed last.
 * Asks for one row more than `limit`, to tell when there are more.
 * Throws `invalid` for a metric, dimension or filter that is not known.
 */
export function compileQuery(context: CompileContext, request: QueryRequest): CompiledQuery {
  const { catalogue, dialect } = context;
  const metrics = metricsOf(catalogue, request);
  const sides = sidesOf(request);
  const parts = [...new Set(metrics.flatMap((metric) => partsOf(catalogue, metric)))];
  const names = new Names(dialect);
  const keys: AnswerColumn[] = [
    ...(request.grain ? [{ kind: 'period' as const, name: PERIOD, alias: names.key(PERIOD) }] : []),
    ...request.dimensions.map((name) => ({ kind: 'dimension' as const, name, alias: names.key(name) })),
  ];
  for (const side of sides) for (const metric of [...parts, ...metrics]) names.add(side, metric);

  const compiling: Compiling = { ...context, parameters: new Parameters() };
  const groups: Group[] = sides.flatMap((side) =>
    [...Map.groupBy(parts, groupKey(compiling, request)).values()].map((group) => ({ side, metrics: group })),
  );
  const ctes = groups.map(
    (group, index) => `rows_${index} AS (\n${groupSelect(compiling, request, group, keys, names)}\n)`,
  );
  const isOne = groups.length === 1;
  if (!isOne) ctes.push(`joined AS (\n${sideBySide(dialect, groups, keys, names)}\n)`);
  const columns: AnswerColumn[] = [...keys, ...metrics.flatMap((metric) => columnsOf(metric, sides, names))];
  const sql = [
    `WITH ${ctes.join(', ')}`,
    `SELECT ${columns.map((column) => selected(dialect, column, sides, names, request.grain)).join(', ')} FROM ${isOne ? 'rows_0' : 'joined'}`,
    `ORDER BY ${orderOf(dialect, columns).join(', ')}`,
    `LIMIT ${request.limit + 1}`,
  ].join('\n');
  return { sql, parameters: compiling.parameters.values, columns };
}

/** Metrics with equal keys count the same rows. */
const groupKey =
  (context: CompileContext, request: QueryRequest) =>
  (metric: Metric): string => {
    const used = [...request.dimensions, ...Object.keys(request.filters)].map((name) => [
      name,
      metric.dimensions[name],
    ]);
    const rows = rowsKey(context, metric, request, request.dimensions);
    return JSON.stringify([metric.source, rows, metric.joins, metric.where, metric.time, used]);
  };

function groupSelect(
  compiling: Compiling,
  { grain, dimensions, timezone = 'UTC' }: QueryRequest,
  { side, metrics }: Group,
  keys: readonly AnswerColumn[],
  names: Names,
): string {
  const { catalogue, dialect } = compiling;
  const [first] = metrics;
  if (!first) throw new TypeError('a group has a metric');
  const time = columnOf(catalogue, first, first.time);
  const keyExpressions = keys.map(({ kind, name, alias }) => {
    const expression =
      kind === 'period' && grain
        ? dialect.bucket(sqlOf(dialect, time), time.type, { grain, timezone, later: side.later })
        : sqlOf(dialect, columnOf(catalogue, first, first.dimensions[name] ?? ''));
    return `${expression} AS ${dialect.quote(alias)}`;
  });
  const values = metrics.map((metric) => `${aggregate(compiling, metric)} AS ${names.of(side, metric)}`);
  const from = fromWhere(compiling, side.request, first, dimensions);
  const leapDay = side.skipsLeapDay
    ? ` AND NOT ${dialect.isLeapDay(sqlOf(dialect, time), time.type, timezone)}`
    : '';
  const groupBy = keys.length > 0 ? `\nGROUP BY ${keys.map((_, index) => index + 1).join(', ')}` : '';
  return `SELECT ${[...keyExpressions, ...values].join(', ')}\nFROM ${from}${leapDay}${groupBy}`;
}

/** A full outer join on period and dimensions that treats missing members as equal: stacked, then grouped. */
function sideBySide(
  dialect: Dialect,
  groups: readonly Group[],
  keys: readonly AnswerColumn[],
  names: Names,
): string {
  const keyNames = keys.map((key) => dialect.quote(key.alias));
  const all = groups.flatMap(({ side, metrics }) => metrics.map((metric) => names.of(side, metric)));
  const stacked = groups.map(({ side, metrics }, index) => {
    const own = new Set(metrics.map((metric) => names.of(side, metric)));
    const values = all.map((name) => `${own.has(name) ? name : 'NULL'} AS ${name}`);
    return `SELECT ${[...keyNames, ...values].join(', ')} FROM rows_${index}`;
  });
  const merged = all.map((name) => `MAX(${name}) AS ${name}`);
  const groupBy = keys.length > 0 ? ` GROUP BY ${keyNames.join(', ')}` : '';
  return `SELECT ${[...keyNames, ...merged].join(', ')} FROM (\n${stacked.join('\nUNION ALL\n')}\n) AS stacked${groupBy}`;
}

function columnsOf(metric: Metric, sides: readonly Side[], names: Names): AnswerColumn[] {
  const [current, previous] = sides;
  const { name } = metric;
  if (!current) throw new TypeError('a query has a side');
  const value = { kind: 'metric' as const, name, alias: names.alias(current, metric), metric };
  if (!previous) return [value];
  return [
    value,
    { kind: 'previous', name: `${name}:previous`, alias: names.alias(previous, metric), metric },
    { kind: 'change', name: `${name}:change`, alias: names.key(`${name}_change`), metric },
  ];
}

function selected(
  dialect: Dialect,
  column: AnswerColumn,
  sides: readonly Side[],
  names: Names,
  grain: Grain | undefined,
): string {
  const alias = dialect.quote(column.alias);
  const period = grain && dialect.bucketText(dialect.quote(PERIOD), grain);
  if (column.kind === 'period' && period) return `${period} AS ${alias}`;
  if (!('metric' in column)) return alias;
  const [current, previous] = sides;
  if (!current) throw new TypeError('a query has a side');
  const now = finalExpression(column.metric, (name) => names.of(current, { name }));
  if (column.kind === 'metric' || !previous) return `${now} AS ${alias}`;
  const value = finalExpression(column.metric, (name) => names.of(previous, { name }));
  const then = previous.skipsLeapDay
    ? `CASE WHEN ${period ?? ''} NOT LIKE '%-02-29%' THEN ${value} END`
    : value;
  if (column.kind === 'previous') return `${then} AS ${alias}`;
  return `(${now} - ${then}) / NULLIF(ABS(${then}), 0) AS ${alias}`;
}

/** By time, then by the first metric from the largest; ties by dimension, so that pages are the same each time. */
function orderOf(dialect: Dialect, columns: readonly AnswerColumn[]): string[] {
  const [period, metric] = [
    columns.find(({ kind }) => kind === 'period'),
    columns.find(({ kind }) => kind === 'metric'),
  ];
  return [
    ...(period ? [dialect.quote(period.alias)] : []),
    ...(metric ? [`${dialect.quote(metric.alias)} DESC NULLS LAST`] : []),
    ...columns
      .filter(({ kind }) => kind === 'dimension')
      .map(({ alias }) => `${dialect.quote(alias)} NULLS LAST`),
  ];
}
