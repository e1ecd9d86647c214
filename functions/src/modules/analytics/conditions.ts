import type { Metric } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import type { ColumnType } from '../../kernel/ports/warehouse.ts';
import { type Catalogue, type ColumnRef, columnOf } from './catalogue.ts';
import type { Dialect } from './dialect.ts';
import type { Filter, QueryRequest, Scalar } from './request.ts';

/** Values of a statement; in its text they are `$1`, `$2`, …. */
export class Parameters {
  readonly values: (string | number | boolean | null)[] = [];

  add(value: string | number | boolean): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Everything a statement is compiled for. */
export interface CompileContext {
  readonly catalogue: Catalogue;
  readonly dialect: Dialect;
  readonly tenantId: string;
}

/** What the rows of a query must satisfy, apart from what each metric declares. */
export type Selection = Pick<QueryRequest, 'filters'> & Partial<Pick<QueryRequest, 'from' | 'to' | 'grain'>>;

/**
 * The WHERE of one metric. The tenant and the caller's row filter are put in here, for every statement,
 * and nothing a caller sends can take them out.
 */
export function conditionsOf(
  { catalogue, dialect, tenantId }: CompileContext,
  metric: Metric,
  selection: Selection,
  { joinsChild, parameters }: { readonly joinsChild: boolean; readonly parameters: Parameters },
): string[] {
  const { quote } = dialect;
  const tenant = parameters.add(tenantId);
  const sqlOf = ({ alias, name }: ColumnRef): string => `${alias}.${quote(name)}`;
  const fieldEquals = (path: string, values: readonly (string | number | boolean)[]): string =>
    `${sqlOf(columnOf(catalogue, metric, path))} IN (${values.map((value) => parameters.add(value)).join(', ')})`;
  const time = columnOf(catalogue, metric, metric.time);
  const timed = selection.grain ?? selection.from ?? selection.to;
  const bound = (operator: string, moment: string): string =>
    `${sqlOf(time)} ${operator} ${castTo(time.type, parameters.add(time.type === 'date' ? moment.slice(0, 10) : moment))}`;
  return [
    `r.tenant_id = ${tenant}`,
    ...(joinsChild ? [`e.tenant_id = ${tenant}`] : []),
    'NOT r.deleted',
    ...Object.entries(catalogue.rowFilters.get(metric.source) ?? {}).map(([path, value]) =>
      fieldEquals(path, [value]),
    ),
    ...Object.entries(metric.where ?? {}).map(([path, values]) => fieldEquals(path, values)),
    ...(selection.from ? [bound('>=', selection.from)] : []),
    ...(selection.to ? [bound('<', selection.to)] : []),
    // A row without a time belongs to no period.
    ...(timed ? [`${sqlOf(time)} IS NOT NULL`] : []),
    ...Object.entries(selection.filters).map(([dimension, filter]) => {
      const column = columnOf(catalogue, metric, metric.dimensions[dimension] ?? '');
      return filterCondition(`filters.${dimension}`, sqlOf(column), column.type, filter, parameters);
    }),
  ];
}

const COMPARE = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function filterCondition(
  path: string,
  sql: string,
  type: ColumnType,
  filter: Filter,
  parameters: Parameters,
): string {
  const put = (value: string | number | boolean): string =>
    castTo(type, parameters.add(fitting(path, type, value)));
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
const castTo = (type: ColumnType, parameter: string): string =>
  type === 'timestamp' || type === 'date' ? `CAST(${parameter} AS ${type.toUpperCase()})` : parameter;

function fitting(
  path: string,
  type: ColumnType,
  value: string | number | boolean,
): string | number | boolean {
  const wanted =
    type === 'integer' || type === 'number' ? 'number' : type === 'boolean' ? 'boolean' : 'string';
  if (type === 'json') throw refused(path, 'Values of this dimension cannot be compared.');
  if (typeof value !== wanted) throw refused(path, `Compare this dimension with a ${wanted}.`);
  if ((type === 'timestamp' || type === 'date') && Number.isNaN(Date.parse(String(value))))
    throw refused(path, 'Use a date (2011-11-01) or an RFC 3339 time.');
  return value;
}

const refused = (path: string, message: string): Problem =>
  new Problem('invalid', `${path}: ${message}`, { errors: [{ path, message, code: 'invalid_filter' }] });
