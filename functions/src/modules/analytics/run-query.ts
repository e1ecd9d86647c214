import { Problem } from '../../kernel/errors.ts';
import { addForecast, type ForecastNote } from './add-forecast.ts';
import { describeColumn, publicRow, type ResultColumn, type ResultRow } from './answer.ts';
import { answer } from './answers.ts';
import type { Asker } from './catalogue.ts';
import { dimensionsOf } from './columns.ts';
import type { CompileContext } from './compile/conditions.ts';
import { dialectOf } from './compile/dialect.ts';
import { compileCurrencies, compileExtent, fixedCurrencies } from './compile/facts.ts';
import { compileQuery } from './compile/query.ts';
import { catalogueOf } from './custom/catalogue.ts';
import { type QueryInput, type QueryRequest, readQuery } from './request.ts';

export interface MetricResult {
  readonly columns: ResultColumn[];
  readonly rows: ResultRow[];
  /** How each metric was continued, when a forecast was asked for. */
  readonly forecasts?: ForecastNote[];
  /** Whether `limit` cut rows off. */
  readonly truncated: boolean;
  readonly sql: string;
  readonly engine: string;
  readonly elapsedMs: number;
}

/** Answers a metric query for one caller of one tenant. Throws `invalid` for what cannot be asked. */
export async function runMetricQuery(asker: Asker, input: QueryInput): Promise<MetricResult> {
  const started = performance.now();
  const asked = readQuery(input);
  // A forecast rests on the whole series.
  const request = asked.forecast ? { ...asked, limit: MAX_ROWS } : asked;
  const context = await compileContext(asker, request.metrics);
  const compiled = compileQuery(context, request);
  const currency = await moneyCurrency(asker, context, request);
  const { rows } = await answer(asker, context, compiled).catch((error: unknown) => explain(error, context));
  const table = {
    columns: compiled.columns.map((column) => describeColumn(context, column, currency)),
    rows: rows.slice(0, request.limit).map((row) => publicRow(context, row, compiled.columns, currency)),
  };
  const truncated = rows.length > request.limit;
  if (request.forecast && truncated) throw tooLong();
  const now = (): number => asker.app.ports.clock.now();
  return {
    ...(request.forecast ? await addForecast(table, compiled.columns, request, now()) : table),
    truncated,
    sql: compiled.sql,
    engine: asker.app.ports.warehouse.engine,
    elapsedMs: Math.round((performance.now() - started) * 10) / 10,
  };
}

const MAX_ROWS = 10_000;

function tooLong(): Problem {
  const message = `There are more than ${MAX_ROWS} periods. Choose a coarser grain, or a shorter range.`;
  return new Problem('invalid', message, {
    errors: [{ path: 'forecast', message, code: 'too_many_periods' }],
  });
}

/** The currencies a tenant's money metric has, most used first. */
export async function currenciesOf(asker: Asker, metric: string): Promise<readonly string[]> {
  const request = readQuery({ metrics: [metric] });
  const context = await compileContext(asker, request.metrics);
  return currenciesIn(asker, context, request);
}

/** RFC 3339 times of the first and the last row of a metric; undefined when it has none. */
export async function extentOf(
  asker: Asker,
  metric: string,
  filters: QueryRequest['filters'] = {},
): Promise<{ readonly first: string; readonly last: string } | undefined> {
  const context = await compileContext(asker, [metric]);
  const found = context.catalogue.metrics.get(metric);
  if (!found || found.ratio) return undefined;
  const [row] = (await answer(asker, context, compileExtent(context, found, filters))).rows;
  if (typeof row?.first !== 'string' || typeof row.last !== 'string') return undefined;
  return { first: new Date(row.first).toISOString(), last: new Date(row.last).toISOString() };
}

/** Dimensions the caller may split a metric by; none when there is no such metric. */
export async function askableDimensions(asker: Asker, metric: string): Promise<readonly string[]> {
  const { catalogue } = await compileContext(asker, [metric]);
  const found = catalogue.metrics.get(metric);
  return found ? dimensionsOf(catalogue, found) : [];
}

/**
 * What statements are compiled for: what the caller may ask, and the engine they are to run on.
 * @param metrics see `catalogueOf`
 */
export async function compileContext(asker: Asker, metrics?: readonly string[]): Promise<CompileContext> {
  return {
    catalogue: await catalogueOf(asker, metrics),
    dialect: dialectOf(asker.app.ports.warehouse.engine),
    tenantId: asker.tenantId,
  };
}

/** The parts of a dataset hold the columns it had when they were loaded; a column that has another name since is not in them. */
function explain(error: unknown, { catalogue }: CompileContext): never {
  const readsDatasets = [...catalogue.sources.values()].some(({ dataset }) => dataset);
  if (!readsDatasets || !(error instanceof Error) || !/^Binder Error|Unrecognized name/.test(error.message))
    throw error;
  const detail =
    'Rows of a dataset were loaded under other names or types than its columns have now. Load its files again.';
  throw new Problem('conflict', detail, { cause: error });
}

/** The currencies of a query's amounts, most used first. */
async function currenciesIn(asker: Asker, context: CompileContext, request: QueryRequest): Promise<string[]> {
  const fixed = fixedCurrencies(context, request);
  const statement = compileCurrencies(context, request);
  const found = statement
    ? (await answer(asker, context, statement)).rows.map((row) => String(row.currency))
    : [];
  return [...new Set([...found, ...fixed])];
}

/** Undefined without money; null when each row tells its own currency. 422 when amounts of several would be added up. */
async function moneyCurrency(
  asker: Asker,
  context: CompileContext,
  request: QueryRequest,
): Promise<string | null | undefined> {
  const fixed = fixedCurrencies(context, request);
  if (fixed.length === 0 && !compileCurrencies(context, request)) return undefined;
  if (request.dimensions.includes('currency')) return null;
  if (typeof request.filters.currency === 'string') return request.filters.currency;
  const found = await currenciesIn(asker, context, request);
  if (found.length <= 1) return found[0] ?? null;
  const message = `The amounts are in ${found.join(', ')} and cannot be added up. Filter by currency, or add it to the dimensions.`;
  throw new Problem('invalid', message, {
    errors: [{ path: 'filters.currency', message, code: 'currency_required' }],
  });
}
