import type { TenantContext } from '../../kernel/context.ts';
import {
  askableDimensions,
  currenciesOf,
  extentOf,
  type MetricResult,
  memberNames,
  preferredCurrency,
  type QueryInput,
  runMetricQuery,
} from '../analytics/module.ts';
import { findAnomalies, type Point } from './anomalies.ts';
import { breakDown, sum } from './contributions.ts';
import {
  type Draft,
  draftAnomaly,
  draftChange,
  draftConcentration,
  draftCustomers,
  draftDrivers,
  type Frame,
  type Totals,
} from './draft.ts';
import { latestPeriod, type Period, periodBefore } from './periods.ts';
import { createWriter } from './text.ts';

export interface Analysis {
  readonly currency: string | null;
  readonly current: Period;
  readonly previous: Period;
  readonly drafts: readonly Draft[];
}

const DIMENSIONS = ['country', 'product', 'customer'] as const;
const MAX_MEMBERS = 10_000;
/** Days of the series before the period, as reference for its first days. */
const LEAD_DAYS = 60;
const MAX_ANOMALIES = 3;
const DAY_MS = 86_400_000;

/** Finds what changed between two periods and why; undefined when there is not enough data to compare. */
export async function analyse(
  ctx: TenantContext,
  wanted: {
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    readonly currency?: string | undefined;
  },
): Promise<Analysis | undefined> {
  const dimensions = askableDimensions(ctx, 'revenue');
  if (!dimensions.includes('currency')) return undefined;
  const currency = wanted.currency ?? (await preferredCurrency(ctx, await currenciesOf(ctx, 'revenue')));
  const filters: Record<string, string> = currency === null ? {} : { currency };
  const range = await extentOf(ctx, 'revenue', filters);
  const periods = range && choosePeriods(range, wanted);
  if (!periods) return undefined;
  const frame: Frame = { ...periods, writer: createWriter(currency), filters };

  const ask = (
    metrics: string[],
    { from, to }: Period,
    more: Partial<QueryInput> = {},
  ): Promise<MetricResult> => runMetricQuery(ctx, { metrics, filters, from, to, ...more });
  const { current, previous } = periods;
  const totals = async (period: Period): Promise<Totals> => {
    const [row] = (await ask(['revenue', 'orders'], period)).rows;
    return { revenue: Number(row?.revenue ?? 0), orders: Number(row?.orders ?? 0) };
  };
  const members = async (dimension: string, period: Period): Promise<Members> =>
    membersOf(await ask(['revenue'], period, { dimensions: [dimension], limit: MAX_MEMBERS }), dimension);
  const lead = {
    from: new Date(Date.parse(current.from) - LEAD_DAYS * DAY_MS).toISOString(),
    to: current.to,
  };

  const [before, after] = await Promise.all([totals(previous), totals(current)]);
  const drafts: (Draft | undefined)[] = [draftChange(frame, before, after)];
  for (const dimension of DIMENSIONS.filter((name) => dimensions.includes(name))) {
    const [then, now] = await Promise.all([members(dimension, previous), members(dimension, current)]);
    // Where the list was cut, who is missing from it is not known to be gone.
    if (then.truncated || now.truncated) continue;
    const found = breakDown(then.named, now.named);
    const shown = [...found.drivers, ...found.against].map(({ member }) => member);
    const names = await memberNames(ctx, dimension, shown, filters);
    const nameOf = (member: string): string =>
      names.get(member) ?? (dimension === 'country' ? member : `${dimension} ${member}`);
    drafts.push(draftDrivers(frame, dimension, found, nameOf, then.unnamed !== 0 || now.unnamed !== 0));
    if (dimension === 'customer')
      drafts.push(
        draftCustomers(frame, then.named, now.named, now.unnamed),
        draftConcentration(frame, then.named, now.named),
      );
  }
  const daily = await ask(['revenue'], lead, { grain: 'day', limit: MAX_MEMBERS });
  drafts.push(...largest(daily, current.from).map((anomaly) => draftAnomaly(frame, anomaly)));
  return { currency, current, previous, drafts: drafts.filter((draft) => draft !== undefined) };
}

function choosePeriods(
  range: { first: string; last: string },
  { from, to }: { from?: string | undefined; to?: string | undefined },
) {
  if (from === undefined && to === undefined) return latestPeriod(range.first, range.last);
  const latest = latestPeriod(range.first, range.last)?.current;
  const dayAfter = new Date(Date.parse(range.last.slice(0, 10)) + DAY_MS).toISOString();
  const current = { from: dayOrTime(from ?? latest?.from ?? range.first), to: dayOrTime(to ?? dayAfter) };
  return current.from < current.to ? { current, previous: periodBefore(current) } : undefined;
}

/** Whole days stay plain days, so that whole months are recognised. */
const dayOrTime = (time: string): string => time.replace('T00:00:00.000Z', '');

interface Members {
  readonly named: ReadonlyMap<string, number>;
  readonly unnamed: number;
  readonly truncated: boolean;
}

function membersOf({ rows, truncated }: MetricResult, dimension: string): Members {
  const named = new Map(
    rows.flatMap((row) =>
      row[dimension] === null ? [] : [[String(row[dimension]), Number(row.revenue)] as const],
    ),
  );
  return {
    named,
    unnamed: sum(rows.filter((row) => row[dimension] === null).map((row) => Number(row.revenue))),
    truncated,
  };
}

function largest(daily: MetricResult, from: string) {
  const series = daily.rows.map((row): Point => ({ day: String(row.period), value: Number(row.revenue) }));
  const byScore = findAnomalies(series, from.slice(0, 10)).sort(
    (a, b) => Math.abs(b.score) - Math.abs(a.score),
  );
  return byScore.slice(0, MAX_ANOMALIES);
}
