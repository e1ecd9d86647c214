import { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { currency as currencyCode } from '../../kernel/schema.ts';
import { dimensionsOf } from './columns.ts';
import { GRAINS } from './compile/dialect.ts';
import { preferredCurrency } from './currency.ts';
import { memberNames, namingDimension } from './member-names.ts';
import { bucketOf, bucketsBetween, dayOf, grainFor, shiftBucket } from './periods.ts';
import { resultColumn, resultRow } from './query.ts';
import { moment, type QueryInput } from './request.ts';
import { compileContext, currenciesOf, extentOf, type MetricResult, runMetricQuery } from './run-query.ts';

const HEADLINE = ['revenue', 'orders', 'average-order-value', 'customers'] as const;
const TOP = 10;
const DAY_MS = 86_400_000;

const table = z.object({ columns: z.array(resultColumn), rows: z.array(resultRow) });
type Table = z.output<typeof table>;
const EMPTY: Table = { columns: [], rows: [] };

const output = z.object({
  /** ISO 4217; null before there is any money. All amounts are in it, in major units. */
  currency: z.string().nullable(),
  /** Currencies the tenant has amounts in, most used first. */
  currencies: z.array(z.string()),
  from: z.string(),
  to: z.string(),
  grain: z.enum(GRAINS),
  /** First and last moment of the tenant's data; null when there is none. */
  dataRange: z.object({ first: z.string(), last: z.string() }).nullable(),
  /** `previous` is the period right before (see `comparedRange`); `change` is relative to it, null when that is 0. */
  figures: z.array(
    z.object({
      metric: z.string(),
      label: z.string(),
      format: z.enum(['money', 'number', 'percent']),
      value: z.number().nullable(),
      previous: z.number().nullable(),
      change: z.number().nullable(),
    }),
  ),
  /** One row a period, also for periods without revenue. */
  revenueOverTime: table,
  topProducts: table,
  revenueByCountry: table,
  topCustomers: table,
  engine: z.string(),
});
type Dashboard = z.output<typeof output>;

export const dashboard = defineEndpoint({
  name: 'analytics.dashboard',
  method: 'GET',
  summary:
    'The figures of the portal dashboard in one call: headline figures, revenue over time, and what it is made of.',
  access: 'viewer',
  input: z.strictObject({
    from: moment.optional(),
    to: moment.optional(),
    grain: z.enum(GRAINS).optional(),
    currency: currencyCode.optional(),
  }),
  output,
  example: { from: '2010-12-01', to: '2011-01-01', grain: 'day' },
  handle: (ctx, input) => computeDashboard(ctx, input),
});

interface Wanted {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly grain?: Dashboard['grain'] | undefined;
  readonly currency?: string | undefined;
}

async function computeDashboard(ctx: TenantContext, wanted: Wanted): Promise<Dashboard> {
  const { catalogue } = await compileContext(ctx, HEADLINE);
  const usable = HEADLINE.filter((name) => {
    const metric = catalogue.metrics.get(name);
    return metric && dimensionsOf(catalogue, metric).includes('currency');
  });
  const currencies = usable.includes('revenue') ? await currenciesOf(ctx, 'revenue') : [];
  const currency = wanted.currency ?? (await preferredCurrency(ctx, currencies));
  const filters: Record<string, string> = currency === null ? {} : { currency };
  const range = usable.includes('revenue') ? await extentOf(ctx, 'revenue', filters) : undefined;
  const { from, to } = rangeOf(wanted, range, ctx.ports.clock.now());
  const grain = wanted.grain ?? grainFor(from, to);
  const span = {
    currency,
    currencies: [...currencies],
    from,
    to,
    grain,
    dataRange: range ?? null,
    engine: ctx.ports.warehouse.engine,
  };
  if (usable.length === 0)
    return {
      ...span,
      figures: [],
      revenueOverTime: EMPTY,
      topProducts: EMPTY,
      revenueByCountry: EMPTY,
      topCustomers: EMPTY,
    };

  const revenue = catalogue.metrics.get('revenue');
  const dimensions = revenue ? dimensionsOf(catalogue, revenue) : [];
  const ask: Ask = (metrics, more = {}) => runMetricQuery(ctx, { metrics, filters, from, to, ...more });
  const top = async (dimension: string, limit: number): Promise<Table> =>
    dimensions.includes(dimension)
      ? tableOf(await ask(['revenue'], { dimensions: [dimension], limit }))
      : EMPTY;
  const overTime = usable.filter((name) => name === 'revenue' || name === 'orders');
  const [headline, series, products, countries, customers] = await Promise.all([
    ask(usable, { compare: 'previous-period' }),
    ask(overTime, { grain, limit: 10_000 }),
    top('product', TOP),
    top('country', 50),
    top('customer', TOP),
  ]);
  return {
    ...span,
    figures: figuresOf(headline, usable),
    revenueOverTime: withEmptyPeriods(series, bucketsBetween(from, to, grain)),
    topProducts: await withNames(ctx, products, 'product', filters),
    revenueByCountry: countries,
    topCustomers: await withNames(ctx, customers, 'customer', filters),
  };
}

type Ask = (metrics: string[], more?: Partial<QueryInput>) => Promise<MetricResult>;

/** Without other wishes: the twelve months before the month of the newest data, and that month so far. */
function rangeOf(
  wanted: Wanted,
  range: { first: string; last: string } | undefined,
  now: number,
): { from: string; to: string } {
  const last = range?.last ?? new Date(now).toISOString();
  const to = wanted.to ?? dayOf(Date.parse(dayOf(last)) + DAY_MS);
  const yearBefore = shiftBucket(bucketOf(dayOf(Date.parse(to) - 1), 'month'), 'month', -12);
  const first = range ? dayOf(range.first) : yearBefore;
  const from = wanted.from ?? (first > yearBefore && first < to ? first : yearBefore);
  return { from: dayOrMoment(Date.parse(from)), to: dayOrMoment(Date.parse(to)) };
}

const dayOrMoment = (time: number): string => new Date(time).toISOString().replace('T00:00:00.000Z', '');

const tableOf = ({ columns, rows }: MetricResult): Table => ({ columns: [...columns], rows: [...rows] });

function figuresOf(
  { columns, rows: [row = {}] }: MetricResult,
  metrics: readonly string[],
): Dashboard['figures'] {
  const figure = (name: string): number | null => {
    const value = row[name];
    return typeof value === 'number' ? value : null;
  };
  return columns
    .filter(({ name }) => metrics.includes(name))
    .map(({ name, label, type }) => ({
      metric: name,
      label,
      format: type as 'money' | 'number' | 'percent',
      value: figure(name),
      previous: figure(`${name}:previous`),
      change: figure(`${name}:change`),
    }));
}

function withEmptyPeriods(series: MetricResult, buckets: readonly string[]): Table {
  const found = new Map(series.rows.map((row) => [row.period, row]));
  const zero = Object.fromEntries(series.columns.map(({ name }) => [name, 0]));
  return {
    columns: [...series.columns],
    rows: buckets.map((period) => found.get(period) ?? { ...zero, period }),
  };
}

/** Adds to each member, such as a product, the name it is best known by. */
async function withNames(
  ctx: TenantContext,
  table: Table,
  dimension: string,
  filters: QueryInput['filters'],
): Promise<Table> {
  const name = await namingDimension(ctx, dimension);
  if (name === undefined) return table;
  const names = await memberNames(
    ctx,
    dimension,
    table.rows.map((row) => row[dimension]),
    filters,
  );
  const [first, ...rest] = table.columns;
  const label = name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
  return {
    columns: [...(first ? [first] : []), { name, label, type: 'text' }, ...rest],
    rows: table.rows.map((row) => ({ ...row, [name]: names.get(String(row[dimension])) ?? null })),
  };
}
