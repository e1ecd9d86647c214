import type { Metric } from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import type { ColumnType } from '../../../kernel/ports/warehouse.ts';
import type { Catalogue } from '../catalogue.ts';
import { civilOf } from '../civil.ts';
import { type ColumnRef, columnOf } from '../columns.ts';
import type { Filter, QueryRequest, Scalar } from '../request.ts';
import type { Dialect } from './dialect.ts';
import type { Parameters } from './parameters.ts';

/** Everything a statement is compiled for. */
export interface CompileContext {
  readonly catalogue: Catalogue;
  readonly dialect: Dialect;
  readonly tenantId: string;
}

/** What the rows of a query must satisfy, apart from what each metric declares. */
export type Selection = Pick<QueryRequest, 'filters'> &
  Partial<Pick<QueryRequest, 'from' | 'to' | 'grain' | 'timezone'>>;

/** The conditions on the rows of a metric that the metric and the query make. Those on tenant and caller are put in by `fromWhere`. */
export function conditionsOf(
  context: Pick<CompileContext, 'catalogue' | 'dialect'>,
  metric: Metric,
  selection: Selection,
  parameters: Parameters,
): string[] {
  const { catalogue, dialect } = context;
  const time = columnOf(catalogue, metric, metric.time);
  const timeSql = sqlOf(dialect, time);
  const timed = selection.grain ?? selection.from ?? selection.to;
  const bound = (operator: string, moment: string): string =>
    `${timeSql} ${operator} ${castTo(dialect, time.type, parameters.add(boundOf(time.type, moment, selection.timezone)))}`;
  return [
    ...Object.entries(metric.where ?? {}).map(([path, values]) =>
      fieldEquals(dialect, columnOf(catalogue, metric, path), values, parameters),
    ),
    ...(selection.from ? [bound('>=', selection.from)] : []),
    ...(selection.to ? [bound('<', selection.to)] : []),
    // A row without a time belongs to no period.
    ...(timed ? [`${timeSql} IS NOT NULL`] : []),
    ...Object.entries(selection.filters).map(([dimension, filter]) => {
      const column = columnOf(catalogue, metric, metric.dimensions[dimension] ?? '');
      return filterCondition(dialect, `filters.${dimension}`, column, filter, parameters);
    }),
  ];
}

export const sqlOf = (dialect: Dialect, { alias, name }: Omit<ColumnRef, 'type'>): string =>
  `${alias}.${dialect.quote(name)}`;

export const fieldEquals = (
  dialect: Dialect,
  column: Omit<ColumnRef, 'type'>,
  values: readonly (string | number | boolean)[],
  parameters: Parameters,
): string => `${sqlOf(dialect, column)} IN (${values.map((value) => parameters.add(value)).join(', ')})`;

/** Dates have no zone: a range begins and ends with those that the calendar of its zone shows. */
const boundOf = (type: ColumnType, moment: string, timezone = 'UTC'): string =>
  type === 'date' ? civilOf(moment, timezone).slice(0, 10) : moment;

const COMPARE = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function filterCondition(
  dialect: Dialect,
  path: string,
  column: ColumnRef,
  filter: Filter,
  parameters: Parameters,
): string {
  const sql = sqlOf(dialect, column);
  const put = (value: string | number | boolean): string =>
    castTo(dialect, column.type, parameters.add(fitting(path, column.type, value)));
  if (typeof filter === 'object' && filter !== null && !Array.isArray(filter)) {
    const parts = Object.entries(filter).flatMap(([operator, value]) =>
      value === undefined ? [] : [`${sql} ${COMPARE[operator as keyof typeof COMPARE]} ${put(value)}`],
    );
    if (parts.length === 0) throw refused(path, 'Give at least one of gt, gte, lt, lte.');
    return parts.join(' AND ');
  }
  const values: readonly Scalar[] = Array.isArray(filter) ? filter : [filter];
  const present = values.filter((value) => value !== null);
  const alternatives = [
    ...(present.length > 0 ? [`${sql} IN (${present.map(put).join(', ')})`] : []),
    ...(present.length < values.length ? [`${sql} IS NULL`] : []),
  ];
  return alternatives.length > 1 ? `(${alternatives.join(' OR ')})` : alternatives.join('');
}

/** Times and dates travel as text. */
const castTo = (dialect: Dialect, type: ColumnType, parameter: string): string =>
  type === 'timestamp' || type === 'date' ? `CAST(${parameter} AS ${dialect.typeName(type)})` : parameter;

/** Why a value cannot be compared with a column; undefined when it can. */
export function misfit(type: ColumnType, value: string | number | boolean): string | undefined {
  if (type === 'json') return 'Its values cannot be compared.';
  const wanted =
    type === 'integer' || type === 'number' ? 'number' : type === 'boolean' ? 'boolean' : 'string';
  if (typeof value !== wanted) return `Compare it with a ${wanted}.`;
  if ((type === 'timestamp' || type === 'date') && Number.isNaN(Date.parse(String(value))))
    return 'Use a date (2011-11-01) or an RFC 3339 time.';
  return undefined;
}

function fitting<T extends string | number | boolean>(path: string, type: ColumnType, value: T): T {
  const fault = misfit(type, value);
  if (fault !== undefined) throw refused(path, fault);
  return value;
}

const refused = (path: string, message: string): Problem =>
  new Problem('invalid', `${path}: ${message}`, { errors: [{ path, message, code: 'invalid_filter' }] });
