import type { App, Scope } from '../../kernel/context.ts';
import { Problem } from '../../kernel/errors.ts';
import type { QueryResult, Warehouse } from '../../kernel/ports/warehouse.ts';
import { parseInput } from '../../kernel/schema.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { catalogueFor, columnOf, dimensionsOf, partsOf } from './catalogue.ts';
import {
  type AnswerColumn,
  compileCurrencies,
  compileExtent,
  compileQuery,
  type Statement,
} from './compile.ts';
import type { CompileContext } from './conditions.ts';
import { dialectOf } from './dialect.ts';
import { toMajor } from './money.ts';
import { type QueryInput, type QueryRequest, queryRequest } from './request.ts';

/** One column of an answer. Money is in major units of `currency`, which is null when a `currency` column tells it by row. */
export interface ResultColumn {
  readonly name: string;
  readonly label: string;
  readonly type: 'time' | 'text' | 'number' | 'boolean' | 'money' | 'percent';
  readonly currency?: string | null;
}

export interface MetricResult {
  readonly columns: ResultColumn[];
  readonly rows: Record<string, string | number | boolean | null>[];
  /** Whether `limit` cut rows off. */
  readonly truncated: boolean;
  readonly sql: string;
  readonly engine: string;
  readonly elapsedMs: number;
}

/** Who asks: a signed-in caller's context, or a scope of the platform itself. */
export interface Asker extends Pick<Scope, 'tenantId' | 'caller'> {
  readonly app: App;
}

/** Answers a metric query for one caller of one tenant. Throws `invalid` for what cannot be asked. */
export async function runMetricQuery(asker: Asker, input: QueryInput): Promise<MetricResult> {
  const started = performance.now();
  const request = parseInput(queryRequest, input, 'The query');
  const context = compileContext(asker);
  const compiled = compileQuery(context, request);
  const currency = await moneyCurrency(asker.app, context, request);
  const { rows } = await select(asker.app, compiled);
  return {
    columns: compiled.columns.map((column) => describe(context, column, currency)),
    rows: rows.slice(0, request.limit).map((row) => publicRow(row, compiled.columns, currency)),
    truncated: rows.length > request.limit,
    sql: compiled.sql,
    engine: asker.app.ports.warehouse.engine,
    elapsedMs: Math.round((performance.now() - started) * 10) / 10,
  };
}

/** The currencies a tenant's money metric has, most used first. */
export async function currenciesOf(asker: Asker, metric: string): Promise<readonly string[]> {
  const statement = compileCurrencies(compileContext(asker), parseInput(queryRequest, { metrics: [metric] }));
  if (!statement) return [];
  const { rows } = await select(asker.app, statement);
  return rows.map((row) => String(row.currency));
}

/** RFC 3339 times of the first and the last row of a metric; undefined when it has none. */
export async function extentOf(
  asker: Asker,
  metric: string,
  filters: QueryRequest['filters'] = {},
): Promise<{ readonly first: string; readonly last: string } | undefined> {
  const context = compileContext(asker);
  const found = context.catalogue.metrics.get(metric);
  if (!found || found.ratio) return undefined;
  const [row] = (await select(asker.app, compileExtent(context, found, filters))).rows;
  if (typeof row?.first !== 'string' || typeof row.last !== 'string') return undefined;
  return { first: new Date(row.first).toISOString(), last: new Date(row.last).toISOString() };
}

/** Dimensions the caller may split a metric by; none when there is no such metric. */
export function askableDimensions(asker: Asker, metric: string): readonly string[] {
  const { catalogue } = compileContext(asker);
  const found = catalogue.metrics.get(metric);
  return found ? dimensionsOf(catalogue, found) : [];
}

export const compileContext = (asker: Asker): CompileContext => ({
  catalogue: catalogueFor(asker.app.registry, asker.caller),
  dialect: dialectOf(asker.app.ports.warehouse.engine),
  tenantId: asker.tenantId,
});

const prepared = new WeakMap<Warehouse, Promise<unknown>>();

/** Runs one statement. An apply without changes comes first, once, so that tables stand before their first record does. */
async function select(
  { registry, ports: { warehouse } }: App,
  { sql, parameters }: Statement,
): Promise<QueryResult> {
  let ready = prepared.get(warehouse);
  if (!ready) {
    ready = warehouse.apply([], warehouseTables(registry), async () => undefined);
    prepared.set(warehouse, ready);
    ready.catch(() => prepared.delete(warehouse));
  }
  await ready;
  return warehouse.query(sql, parameters, { timeoutMs: 20_000, maxRows: 20_000 });
}

/** Undefined without money; null when each row tells its own currency. 422 when amounts of several would be added up. */
async function moneyCurrency(
  app: App,
  context: CompileContext,
  request: QueryRequest,
): Promise<string | null | undefined> {
  const statement = compileCurrencies(context, request);
  if (!statement) return undefined;
  if (request.dimensions.includes('currency')) return null;
  if (typeof request.filters.currency === 'string') return request.filters.currency;
  const found = (await select(app, statement)).rows.map((row) => String(row.currency));
  if (found.length <= 1) return found[0] ?? null;
  const message = `The amounts are in ${found.join(', ')} and cannot be added up. Filter by currency, or add it to the dimensions.`;
  throw new Problem('invalid', message, {
    errors: [{ path: 'filters.currency', message, code: 'currency_required' }],
  });
}

function describe(
  { catalogue }: CompileContext,
  column: AnswerColumn,
  currency: string | null | undefined,
): ResultColumn {
  const { name } = column;
  if (column.kind === 'period') return { name, label: 'Period', type: 'time' };
  if (column.kind === 'metric') {
    const { label, format } = column.metric;
    return format === 'money'
      ? { name, label, type: 'money', currency: currency ?? null }
      : { name, label, type: format };
  }
  const label = name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
  return { name, label, type: dimensionType(catalogue, name) };
}

function dimensionType(catalogue: CompileContext['catalogue'], name: string): ResultColumn['type'] {
  for (const metric of catalogue.metrics.values())
    for (const part of partsOf(catalogue, metric)) {
      const path = part.dimensions[name];
      if (path === undefined) continue;
      const { type } = columnOf(catalogue, part, path);
      if (type === 'integer' || type === 'number') return 'number';
      return type === 'boolean' ? 'boolean' : 'text';
    }
  return 'text';
}

function publicRow(
  row: Readonly<Record<string, unknown>>,
  columns: readonly AnswerColumn[],
  currency: string | null | undefined,
): Record<string, string | number | boolean | null> {
  const currencyAlias = columns.find(({ kind, name }) => kind === 'dimension' && name === 'currency')?.alias;
  const rowCurrency = currency ?? (currencyAlias === undefined ? undefined : row[currencyAlias]) ?? '';
  return Object.fromEntries(
    columns.map((column) => {
      const value = (row[column.alias] ?? null) as string | number | boolean | null;
      if (column.kind !== 'metric' || value === null) return [column.name, value];
      return [column.name, column.money ? toMajor(Number(value), String(rowCurrency)) : Number(value)];
    }),
  );
}
