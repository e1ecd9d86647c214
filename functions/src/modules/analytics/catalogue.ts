import { allows, type Caller, decide, type RecordFilter } from '../../kernel/access.ts';
import type { Metric } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import type { ColumnType, WarehouseChildTable, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import type { Registry } from '../../kernel/registry.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';

/** What one caller may ask: the metrics over collections they may read, and the rows of those they may see. */
export interface Catalogue {
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly tables: ReadonlyMap<string, WarehouseTable>;
  /** Collection → the rows the caller's access rule lets through; absent for all rows. */
  readonly rowFilters: ReadonlyMap<string, RecordFilter>;
}

/** A field of a metric's source as a column: `r` is the record's table, `e` the child table of its elements. */
export interface ColumnRef {
  readonly alias: 'r' | 'e';
  readonly name: string;
  readonly type: ColumnType;
}

const META: Readonly<Record<string, readonly [name: string, type: ColumnType]>> = {
  id: ['id', 'string'],
  version: ['version', 'integer'],
  createdAt: ['created_at', 'timestamp'],
  updatedAt: ['updated_at', 'timestamp'],
  createdBy: ['created_by', 'string'],
};

/** Applies the access rules of the collections and of their fields, as lists and reads do. */
export function catalogueFor(registry: Registry, caller: Caller): Catalogue {
  const tables = new Map(warehouseTables(registry).map((table) => [table.collection, table]));
  const rowFilters = new Map<string, RecordFilter>();
  const readable = new Map<string, Metric>();
  for (const metric of registry.metrics.values()) {
    if (metric.aggregate === 'ratio') continue;
    const collection = registry.collections.get(metric.source);
    const decision = collection ? decide(collection.options.access.read, caller) : false;
    if (!collection || decision === false || !tables.has(metric.source)) continue;
    if (typeof decision === 'object') rowFilters.set(metric.source, decision);
    const hidden = Object.entries(collection.options.fieldAccess ?? {})
      .filter(([, { read }]) => read !== undefined && !allows(decide(read, caller), {}))
      .map(([field]) => field);
    const visible = withoutFields(metric, hidden);
    if (visible) readable.set(metric.name, visible);
  }
  for (const metric of registry.metrics.values())
    if (metric.ratio?.every((part) => readable.has(part))) readable.set(metric.name, metric);
  return { metrics: readable, tables, rowFilters };
}

/** The metric without the dimensions a caller may not read; undefined when it cannot be computed without them. */
function withoutFields(metric: Metric, hidden: readonly string[]): Metric | undefined {
  const isHidden = (path: string): boolean => hidden.includes(path.split('.')[0] ?? '');
  const needed = [
    metric.field,
    metric.time,
    metric.currency,
    metric.unnest,
    ...Object.keys(metric.where ?? {}),
  ];
  if (needed.some((path) => path !== undefined && isHidden(path))) return undefined;
  const dimensions = Object.fromEntries(
    Object.entries(metric.dimensions).filter(([, path]) => !isHidden(path)),
  );
  return { ...metric, dimensions };
}

/** The metrics a metric is computed from: itself, or numerator and denominator. */
export function partsOf(catalogue: Catalogue, metric: Metric): readonly Metric[] {
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
    Object.keys(part.dimensions).filter((name) => usable(catalogue, part, name)),
  );
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)));
}

/** Splitting by an element's field multiplies records: only rows that are elements, or distinct counts, stay right. */
function usable(catalogue: Catalogue, metric: Metric, dimension: string): boolean {
  const path = metric.dimensions[dimension] ?? '';
  return (
    columnOf(catalogue, metric, path).alias === 'r' ||
    metric.unnest !== undefined ||
    metric.aggregate === 'count-distinct'
  );
}

export function tableOf(catalogue: Catalogue, metric: Metric): WarehouseTable {
  const table = catalogue.tables.get(metric.source);
  if (!table) throw new TypeError(`metric ${metric.name}: ${metric.source} has no warehouse table`);
  return table;
}

/** The child table a metric's element paths reach into: the one it unnests, or the one a dimension names. */
export function childOf(catalogue: Catalogue, metric: Metric, path: string): WarehouseChildTable | undefined {
  const field = path.split('.')[0];
  return tableOf(catalogue, metric).children.find((child) => child.field === field);
}

/** @param path dotted path into the record; `lines.sku` reaches into the elements of an array */
export function columnOf(catalogue: Catalogue, metric: Metric, path: string): ColumnRef {
  const meta = META[path];
  if (meta && Object.hasOwn(META, path)) return { alias: 'r', name: meta[0], type: meta[1] };
  const child = childOf(catalogue, metric, path);
  const columns = child?.columns ?? tableOf(catalogue, metric).columns;
  const wanted = child ? path.split('.').slice(1).join('.') : path;
  const column = columns.find((candidate) => candidate.path.join('.') === wanted);
  if (!column) throw new TypeError(`metric ${metric.name}: ${metric.source} has no column for ${path}`);
  return { alias: child ? 'e' : 'r', name: column.name, type: column.type };
}

/** 422 that names what is not known and lists what is. */
export function unknownName(path: string, name: string, known: readonly string[]): Problem {
  const kind =
    path.split('.')[0] === 'filters'
      ? 'dimension to filter on'
      : (path.split('.')[0] ?? '').replace(/s$/, '');
  const message = `There is no ${kind} ${JSON.stringify(name)} here. Known: ${[...known].sort().join(', ') || 'none'}.`;
  return new Problem('invalid', message, { errors: [{ path, message, code: 'unknown_name' }] });
}
