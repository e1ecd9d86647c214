import type { Metric, MetricJoin } from '../../kernel/define.ts';
import type { ColumnType, WarehouseChildTable, WarehouseColumn } from '../../kernel/ports/warehouse.ts';
import type { Catalogue } from './catalogue.ts';
import type { Source } from './sources.ts';

/** A field as a column: `r` is the metric's own rows, `e` the child table of its elements, `j_…` what a join found. */
export interface ColumnRef {
  readonly alias: string;
  readonly name: string;
  readonly type: ColumnType;
}

type Sources = Pick<Catalogue, 'sources'>;

/** The metrics a metric is computed from: itself, or numerator and denominator. */
export function partsOf(catalogue: Pick<Catalogue, 'metrics'>, metric: Metric): readonly Metric[] {
  if (!metric.ratio) return [metric];
  return metric.ratio.map((name) => {
    const part = catalogue.metrics.get(name);
    if (!part || part.ratio)
      throw new TypeError(`metric ${metric.name} is a ratio of ${name}, which is no plain metric`);
    return part;
  });
}

/** Dimensions a metric can be split by: those that all its parts have. */
export function dimensionsOf(catalogue: Catalogue, metric: Metric): readonly string[] {
  const [first, ...others] = partsOf(catalogue, metric).map((part) =>
    Object.keys(part.dimensions).filter((name) => usable(catalogue, part, part.dimensions[name] ?? '')),
  );
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)));
}

/** Splitting by an element's field multiplies records: only rows that are elements, or distinct counts, stay right. */
export const usable = (catalogue: Sources, metric: Metric, path: string): boolean =>
  elementsOf(catalogue, metric, path) === undefined ||
  metric.unnest !== undefined ||
  metric.aggregate === 'count-distinct';

export function sourceOf(catalogue: Sources, metric: Metric, name = metric.source): Source {
  const source = catalogue.sources.get(name);
  if (!source) throw new TypeError(`metric ${metric.name}: ${name} has no rows in the warehouse`);
  return source;
}

/** The join a path reaches through, and the path there. */
export function joinOf(
  metric: Metric,
  path: string,
): { readonly name: string; readonly join: MetricJoin; readonly path: string } | undefined {
  const [name = '', ...rest] = path.split('.');
  if (!metric.joins || !Object.hasOwn(metric.joins, name) || rest.length === 0) return undefined;
  const join = metric.joins[name];
  return join && { name, join, path: rest.join('.') };
}

/** The child table a path of the metric's own rows reaches into. */
export function childOf(catalogue: Sources, metric: Metric, path: string): WarehouseChildTable | undefined {
  const field = path.split('.')[0];
  return sourceOf(catalogue, metric).children.find((child) => child.field === field);
}

/** The child table that has to be read for a path, also for one that goes through a join from there. */
export function elementsOf(
  catalogue: Sources,
  metric: Metric,
  path: string,
): WarehouseChildTable | undefined {
  return childOf(catalogue, metric, joinOf(metric, path)?.join.on[0] ?? path);
}

/**
 * @param path dotted path into the record; `lines.sku` reaches into the elements of an array, `contact.country`
 *   through the join `contact`
 */
export function columnOf(catalogue: Sources, metric: Metric, path: string): ColumnRef {
  const found = findColumn(catalogue, metric, path);
  if (!found) throw new TypeError(`metric ${metric.name}: ${metric.source} has no column for ${path}`);
  return found;
}

export function findColumn(catalogue: Sources, metric: Metric, path: string): ColumnRef | undefined {
  const joined = joinOf(metric, path);
  if (joined) {
    const column = catalogue.sources.get(joined.join.source)?.columns.find(at(joined.path));
    return column && { alias: joinAlias(joined.name), name: column.name, type: column.type };
  }
  const flat = flatOf(catalogue, metric);
  const own = (flat?.columns ?? sourceOf(catalogue, metric).columns).find(at(path));
  if (own) return { alias: 'r', name: own.name, type: own.type };
  const element = childOf(catalogue, metric, path)?.columns.find(at(path.split('.').slice(1).join('.')));
  return element && { alias: flat ? 'r' : 'e', name: element.name, type: element.type };
}

/** The child table of a metric over elements, when each of its rows repeats all that is asked of the record. */
export interface Flat {
  readonly child: WarehouseChildTable;
  /** With paths into the record. */
  readonly columns: readonly WarehouseColumn[];
}

/** Undefined when the record's own table has to be joined. */
export function flatOf(catalogue: Sources, metric: Metric): Flat | undefined {
  const source = sourceOf(catalogue, metric);
  const child = source.children.find(({ field }) => field === metric.unnest);
  if (!child?.inherited || child.columns.some(({ name }) => name === 'id')) return undefined;
  const columns: readonly WarehouseColumn[] = [
    { name: 'id', type: 'string', path: ['id'] },
    ...child.inherited,
  ];
  const { time, subject, currency, field, where, dimensions, joins } = metric;
  const asked = [
    time,
    ...Object.keys(source.rowFilter ?? {}),
    ...[
      ...Object.values(dimensions),
      ...Object.keys(where ?? {}),
      subject ?? time,
      currency ?? time,
      field ?? time,
    ],
    ...Object.values(joins ?? {}).map(({ on: [mine] }) => mine),
  ];
  const isOfRecord = (path: string): boolean => source.columns.some(at(path));
  return asked.every((path) => !isOfRecord(path) || columns.some(at(path))) ? { child, columns } : undefined;
}

/** Names of joins are lower-case words with hyphens, so no two become one. */
export const joinAlias = (name: string): string => `j_${name.replaceAll('-', '_')}`;

const at =
  (path: string) =>
  (column: { readonly path: readonly string[] }): boolean =>
    column.path.join('.') === path;
