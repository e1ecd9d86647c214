import type { Metric } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import {
  type Catalogue,
  type ColumnRef,
  childOf,
  columnOf,
  dimensionsOf,
  partsOf,
  tableOf,
  unknownName,
} from './catalogue.ts';
import { type CompileContext, conditionsOf, Parameters, type Selection } from './conditions.ts';
import type { Dialect } from './dialect.ts';
import type { QueryRequest } from './request.ts';

/** Name of the column that holds the first day of each time bucket. */
export const PERIOD = 'period';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number | boolean | null)[];
}

/** A column of the answer; `alias` is its name in the SQL. */
export type AnswerColumn =
  | { readonly kind: 'period' | 'dimension'; readonly name: string; readonly alias: string }
  | {
      readonly kind: 'metric';
      readonly name: string;
      readonly alias: string;
      readonly metric: Metric;
      readonly money: boolean;
    };

export interface CompiledQuery extends Statement {
  readonly columns: readonly AnswerColumn[];
}

/**
 * Compiles a metric query to one SELECT: a CTE for each group of metrics that count the same rows, put side by side
 * by period and dimensions, ratios computed last. Asks for one row more than `limit`, to tell when there are more.
 * Throws `invalid` for a metric, dimension or filter that is not known.
 */
export function compileQuery(context: CompileContext, request: QueryRequest): CompiledQuery {
  const { catalogue, dialect } = context;
  const metrics = validate(catalogue, request);
  const taken = new Set<string>();
  const keys: AnswerColumn[] = [
    ...(request.grain ? [{ kind: 'period' as const, name: PERIOD, alias: aliasOf(PERIOD, taken) }] : []),
    ...request.dimensions.map((name) => ({ kind: 'dimension' as const, name, alias: aliasOf(name, taken) })),
  ];
  const parts = unique(metrics.flatMap((metric) => partsOf(catalogue, metric)));
  const aliases = new Map([...parts, ...metrics].map((metric) => [metric.name, metric.name]));
  for (const name of aliases.keys()) aliases.set(name, aliasOf(name, taken));
  const alias = (name: string): string => dialect.quote(aliases.get(name) ?? name);

  const parameters = new Parameters();
  const groups = [...Map.groupBy(parts, groupKey(catalogue, request)).values()];
  const sources = groups.map((group) => groupSelect(context, request, group, keys, alias, parameters));
  const ctes = sources.map((sql, index) => `rows_${index} AS (\n${sql}\n)`);
  const joined = groups.length > 1 ? sideBySide(dialect, groups, keys, alias) : undefined;
  const columns: AnswerColumn[] = [
    ...keys,
    ...metrics.map((metric) => ({
      kind: 'metric' as const,
      name: metric.name,
      alias: aliases.get(metric.name) ?? metric.name,
      metric,
      money: metric.format === 'money',
    })),
  ];
  const selected = [
    ...keys.map((key) => dialect.quote(key.alias)),
    ...metrics.map((metric) => `${finalExpression(metric, alias)} AS ${alias(metric.name)}`),
  ];
  const sql = [
    `WITH ${[...ctes, ...(joined ? [`joined AS (\n${joined}\n)`] : [])].join(', ')}`,
    `SELECT ${selected.join(', ')} FROM ${joined ? 'joined' : 'rows_0'}`,
    `ORDER BY ${orderOf(dialect, columns).join(', ')}`,
    `LIMIT ${request.limit + 1}`,
  ].join('\n');
  return { sql, parameters: parameters.values, columns };
}

/** The currencies among the rows that the money metrics of a query count; undefined when it has no money metric. */
export function compileCurrencies(context: CompileContext, request: QueryRequest): Statement | undefined {
  const { catalogue, dialect } = context;
  const money = unique(
    validate(catalogue, request)
      .filter(({ format }) => format === 'money')
      .flatMap((metric) => partsOf(catalogue, metric))
      .filter(({ currency }) => currency !== undefined),
  );
  if (money.length === 0) return undefined;
  const parameters = new Parameters();
  const selects = money.map((metric) => {
    const currency = sqlOf(dialect, columnOf(catalogue, metric, metric.currency ?? ''));
    return `SELECT ${currency} AS currency, COUNT(*) AS uses FROM ${fromWhere(context, request, metric, [], parameters)}\nGROUP BY 1`;
  });
  const sql = `SELECT currency, SUM(uses) AS uses FROM (${selects.join('\nUNION ALL\n')}) AS found\nWHERE currency IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20`;
  return { sql, parameters: parameters.values };
}

/** First and last time among the rows of a metric, as `first` and `last`. */
export function compileExtent(
  context: CompileContext,
  metric: Metric,
  filters: QueryRequest['filters'],
): Statement {
  const parameters = new Parameters();
  const time = sqlOf(context.dialect, columnOf(context.catalogue, metric, metric.time));
  const from = fromWhere(context, { filters }, metric, [], parameters);
  return {
    sql: `SELECT MIN(${time}) AS first, MAX(${time}) AS last FROM ${from}`,
    parameters: parameters.values,
  };
}

/** The metrics asked for; 422 for whatever is not declared, or not for all of them. */
function validate(catalogue: Catalogue, request: QueryRequest): readonly Metric[] {
  if (request.from !== undefined && request.to !== undefined && request.from >= request.to) {
    const message = '`from` must lie before `to`, which is exclusive.';
    throw new Problem('invalid', message, { errors: [{ path: 'to', message, code: 'empty_range' }] });
  }
  const metrics = unique(request.metrics).map((name, index) => {
    const metric = catalogue.metrics.get(name);
    if (!metric) throw unknownName(`metrics.${index}`, name, [...catalogue.metrics.keys()]);
    return metric;
  });
  const [first = [], ...others] = metrics.map((metric) => dimensionsOf(catalogue, metric));
  const shared = first.filter((name) => others.every((names) => names.includes(name)));
  for (const [index, name] of request.dimensions.entries())
    if (!shared.includes(name) || request.dimensions.indexOf(name) !== index)
      throw unknownName(
        `dimensions.${index}`,
        name,
        shared.filter((known) => known !== name),
      );
  for (const name of Object.keys(request.filters))
    if (!shared.includes(name)) throw unknownName(`filters.${name}`, name, shared);
  return metrics;
}

/** Metrics with equal keys count the same rows, and are computed in one pass over them. */
const groupKey =
  (catalogue: Catalogue, request: QueryRequest) =>
  (metric: Metric): string => {
    const used = [...request.dimensions, ...Object.keys(request.filters)].map((name) => [
      name,
      metric.dimensions[name],
    ]);
    const joins = metric.unnest ?? usedChildren(catalogue, metric, request, request.dimensions).join();
    return JSON.stringify([metric.source, joins, metric.where, metric.time, used]);
  };

function groupSelect(
  context: CompileContext,
  request: QueryRequest,
  group: readonly Metric[],
  keys: readonly AnswerColumn[],
  alias: (name: string) => string,
  parameters: Parameters,
): string {
  const { catalogue, dialect } = context;
  const [first] = group;
  if (!first) throw new TypeError('a group has a metric');
  const keyExpressions = keys.map(({ kind, name, alias: keyAlias }) => {
    const column = sqlOf(
      dialect,
      columnOf(catalogue, first, kind === 'period' ? first.time : (first.dimensions[name] ?? '')),
    );
    const expression = kind === 'period' && request.grain ? dialect.bucket(column, request.grain) : column;
    return `${expression} AS ${dialect.quote(keyAlias)}`;
  });
  const values = group.map((metric) => `${aggregate(context, metric)} AS ${alias(metric.name)}`);
  const groupBy = keys.length > 0 ? `\nGROUP BY ${keys.map((_, index) => index + 1).join(', ')}` : '';
  const from = fromWhere(context, request, first, request.dimensions, parameters);
  return `SELECT ${[...keyExpressions, ...values].join(', ')}\nFROM ${from}${groupBy}`;
}

function fromWhere(
  context: CompileContext,
  selection: Selection,
  metric: Metric,
  dimensions: readonly string[],
  parameters: Parameters,
): string {
  const { catalogue, dialect } = context;
  const [field, other] = usedChildren(catalogue, metric, selection, dimensions);
  if (other !== undefined) throw new TypeError(`metric ${metric.name} reaches into ${field} and ${other}`);
  const child = field === undefined ? undefined : childOf(catalogue, metric, field);
  const join = child ? `\nJOIN ${dialect.quote(child.name)} AS e ON e.record_id = r.id` : '';
  // Both sides are held to the one tenant by the conditions, so the join compares record ids alone.
  const conditions = conditionsOf(context, metric, selection, {
    joinsChild: child !== undefined,
    parameters,
  });
  return `${dialect.quote(tableOf(catalogue, metric).name)} AS r${join}\nWHERE ${conditions.join(' AND ')}`;
}

/** Array fields whose elements a metric, its dimensions or its filters need. */
function usedChildren(
  catalogue: Catalogue,
  metric: Metric,
  { filters }: Pick<QueryRequest, 'filters'>,
  dimensions: readonly string[],
): string[] {
  const paths = [...dimensions, ...Object.keys(filters)].map((name) => metric.dimensions[name] ?? '');
  const all = [metric.unnest, metric.field, ...paths, ...Object.keys(metric.where ?? {})];
  return unique(all.flatMap((path) => (path ? (childOf(catalogue, metric, path)?.field ?? []) : [])));
}

function aggregate({ catalogue, dialect }: CompileContext, metric: Metric): string {
  if (metric.aggregate === 'count') return 'COUNT(*)';
  const column = columnOf(catalogue, metric, metric.field ?? '');
  const sql = sqlOf(dialect, column);
  if (metric.aggregate === 'count-distinct') return `COUNT(DISTINCT ${sql})`;
  if (metric.aggregate === 'average') return `AVG(${sql})`;
  return column.type === 'integer' ? dialect.sumOfIntegers(sql) : `SUM(${sql})`;
}

/** A full outer join on period and dimensions that treats missing members as equal: stacked, then grouped. */
function sideBySide(
  dialect: Dialect,
  groups: readonly (readonly Metric[])[],
  keys: readonly AnswerColumn[],
  alias: (name: string) => string,
): string {
  const keyNames = keys.map((key) => dialect.quote(key.alias));
  const all = groups.flat();
  const stacked = groups.map((group, index) => {
    const values = all.map(
      (metric) => `${group.includes(metric) ? alias(metric.name) : 'NULL'} AS ${alias(metric.name)}`,
    );
    return `SELECT ${[...keyNames, ...values].join(', ')} FROM rows_${index}`;
  });
  const merged = all.map((metric) => `MAX(${alias(metric.name)}) AS ${alias(metric.name)}`);
  const groupBy = keys.length > 0 ? ` GROUP BY ${keyNames.join(', ')}` : '';
  return `SELECT ${[...keyNames, ...merged].join(', ')} FROM (\n${stacked.join('\nUNION ALL\n')}\n) AS stacked${groupBy}`;
}

/** Sums and counts of nothing are 0; averages and ratios of nothing are unknown. */
function finalExpression(metric: Metric, alias: (name: string) => string): string {
  if (metric.ratio) return `${alias(metric.ratio[0])} / NULLIF(${alias(metric.ratio[1])}, 0)`;
  return metric.aggregate === 'average' ? alias(metric.name) : `COALESCE(${alias(metric.name)}, 0)`;
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

const sqlOf = (dialect: Dialect, { alias, name }: ColumnRef): string => `${alias}.${dialect.quote(name)}`;

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** `average-order-value` → `average_order_value`. */
function aliasOf(name: string, taken: Set<string>): string {
  let alias = name.replace(/\W+/g, '_').toLowerCase();
  while (taken.has(alias)) alias += '_value';
  taken.add(alias);
  return alias;
}
