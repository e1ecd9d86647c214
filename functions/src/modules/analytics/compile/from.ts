import type { Metric, MetricJoin } from '../../../kernel/define.ts';
import type { WarehouseColumn } from '../../../kernel/ports/warehouse.ts';
import { columnOf, elementsOf, type Flat, flatOf, joinAlias, joinOf, sourceOf } from '../columns.ts';
import type { Source } from '../sources.ts';
import { type CompileContext, conditionsOf, fieldEquals, type Selection, sqlOf } from './conditions.ts';
import type { Dialect } from './dialect.ts';
import type { Parameters } from './parameters.ts';

/** What a part of a statement is compiled with. */
export interface Compiling extends CompileContext {
  readonly parameters: Parameters;
}

/**
 * FROM and WHERE of one metric. The tenant and the caller's row filters are put in here, for every table of every
 * statement, and nothing a caller sends can take them out.
 */
export function fromWhere(
  compiling: Compiling,
  selection: Selection,
  metric: Metric,
  dimensions: readonly string[],
): string {
  const { catalogue, dialect, parameters } = compiling;
  const used = usedPaths(metric, selection, dimensions);
  const [child, other] = [...new Set(used.flatMap((path) => elementsOf(catalogue, metric, path) ?? []))];
  if (other) throw new TypeError(`metric ${metric.name} reaches into ${child?.field} and ${other.field}`);
  const source = sourceOf(catalogue, metric);
  const flat = flatOf(catalogue, metric);
  const tenant = tenantOf(compiling);
  const guards = guardsOf(compiling, flat ? { ...source, ...flat } : source, 'r', tenant);
  // Both sides are held to the one tenant by the conditions, so the join compares record ids alone.
  const elements = child && !flat ? [`JOIN ${dialect.quote(child.name)} AS e ON e.record_id = r.id`] : [];
  const joins = joinsOf(metric, used).map(({ name, join, path }) =>
    joinSql(compiling, metric, { name, join, path, tenant }),
  );
  const conditions = [
    ...guards.slice(0, 1),
    ...(child && !flat ? [dialect.isTenant('e', tenant())] : []),
    ...guards.slice(1),
    ...conditionsOf(compiling, metric, selection, parameters),
  ];
  const rows = flat
    ? `(SELECT *, record_id AS id FROM ${dialect.quote(flat.child.name)})`
    : rowsOf(dialect, source);
  const from = [`${rows} AS r`, ...elements, ...joins].join('\n');
  return conditions.length > 0 ? `${from}\nWHERE ${conditions.join(' AND ')}` : from;
}

/** What the rows of different metrics share when one pass over them can compute both. */
export const rowsKey = (
  { catalogue }: Pick<CompileContext, 'catalogue'>,
  metric: Metric,
  selection: Selection,
  dimensions: readonly string[],
): string =>
  (flatOf(catalogue, metric) && `${metric.unnest} alone`) ??
  metric.unnest ??
  usedPaths(metric, selection, dimensions)
    .flatMap((path) => elementsOf(catalogue, metric, path)?.field ?? [])
    .join();

/** Every path that is read of a metric's rows. */
const usedPaths = (metric: Metric, { filters }: Selection, dimensions: readonly string[]): string[] =>
  [
    metric.unnest,
    metric.field,
    ...[...dimensions, ...Object.keys(filters)].map((name) => metric.dimensions[name]),
    ...Object.keys(metric.where ?? {}),
  ].filter((path) => path !== undefined);

/** The tenant as a parameter of the statement, the same one however often it is used. */
function tenantOf({ parameters, tenantId }: Compiling): () => string {
  let place: string | undefined;
  return () => {
    place ??= parameters.add(tenantId);
    return place;
  };
}

/** The tenant's own rows, those that live, and of those the ones the caller may see. SQL of a dataset has its own tenant's only. */
function guardsOf(
  { dialect, parameters }: Compiling,
  { rows, rowFilter = {}, columns, child }: Source & Partial<Flat>,
  alias: string,
  tenant: () => string,
): string[] {
  // Deleted records have no rows of elements.
  const lives = child ? [] : [`NOT ${alias}.deleted`];
  const tenancy = rows && 'table' in rows ? [dialect.isTenant(alias, tenant()), ...lives] : [];
  const filters = Object.entries(rowFilter).map(([path, value]) => {
    const column = columns.find((each) => each.path.join('.') === path);
    if (!column) throw new TypeError(`there is no column for the access rule on ${path}`);
    return fieldEquals(dialect, { alias, name: column.name }, [value], parameters);
  });
  return [...tenancy, ...filters];
}

interface UsedJoin {
  readonly name: string;
  readonly join: MetricJoin;
  /** Paths that are read there. */
  readonly path: readonly string[];
}

function joinsOf(metric: Metric, used: readonly string[]): UsedJoin[] {
  const reached = used.flatMap((path) => joinOf(metric, path) ?? []);
  return [...Map.groupBy(reached, ({ name }) => name)].flatMap(([name, [first, ...others]]) =>
    first ? [{ name, join: first.join, path: [first, ...others].map(({ path }) => path) }] : [],
  );
}

/** Finds at most one row, so that no row of the metric is counted twice. */
function joinSql(
  compiling: Compiling,
  metric: Metric,
  { name, join, path, tenant }: UsedJoin & { readonly tenant: () => string },
): string {
  const { catalogue, dialect } = compiling;
  const source = sourceOf(catalogue, metric, join.source);
  const alias = joinAlias(name);
  const [mine, theirs] = join.on;
  const key = source.columns.find((column) => column.path.join('.') === theirs);
  if (!key) throw new TypeError(`metric ${metric.name}: ${join.source} has no column for ${theirs}`);
  if (source.unique && !source.unique.includes(theirs))
    throw new TypeError(`metric ${metric.name}: several rows of ${join.source} may have one ${theirs}`);
  const read = source.columns.filter((column) => path.includes(column.path.join('.')));
  const rows = source.unique ? rowsOf(dialect, source) : firstRows(dialect, source, key, read);
  const on = [
    ...guardsOf(compiling, source, alias, tenant),
    `${alias}.${dialect.quote(key.name)} = ${sqlOf(dialect, columnOf(catalogue, metric, mine))}`,
  ];
  return `LEFT JOIN ${rows} AS ${alias} ON ${on.join(' AND ')}`;
}

/** One row for each value of a column: the first, in the order of what is read of it. */
function firstRows(
  dialect: Dialect,
  source: Source,
  key: WarehouseColumn,
  read: readonly WarehouseColumn[],
): string {
  const names = [...new Set([key, ...read])].map(({ name }) => dialect.quote(name));
  const order = names.length > 1 ? names.slice(1) : names;
  return `(SELECT ${names.join(', ')} FROM ${rowsOf(dialect, source)} AS every WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY ${names[0]} ORDER BY ${order.join(', ')}) = 1)`;
}

function rowsOf(dialect: Dialect, { rows, columns }: Source): string {
  if (rows) return 'table' in rows ? dialect.quote(rows.table) : rows.relation;
  const none = columns.map(
    ({ name, type }) => `CAST(NULL AS ${dialect.typeName(type)}) AS ${dialect.quote(name)}`,
  );
  return `(SELECT * FROM (SELECT ${none.join(', ')}) AS none WHERE FALSE)`;
}
