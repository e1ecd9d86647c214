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
import { findAnomalies, type Point, REFERENCE } from './anomalies.ts';
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
  const dimensions = await askableDimensions(ctx, 'revenue');
  if (!dimensions.includes('currency')) return undefined;
  const currency = wanted.currency ?? (await preferredCurrency(ctx, await currenciesOf(ctx, 'revenue')));
  const filters: Record<string, string> = currency === null ? {} : { currency };
  const range = await extentOf(ctx, 'revenue', filters);
  const periods = range && choosePeriods(range, wanted);
  if (!periods) return undefined;
  const frame: Frame = { ...periods, writer: createWriter(currency), filters };

  const ask: Ask = (metrics, { from, to }, more = {}) =>
    runMetricQuery(ctx, { metrics, filters, from, to, ...more });
  const [before, after] = await Promise.all([totals(ask, periods.previous), totals(ask, periods.current)]);
  const drafts: (Draft | undefined)[] = [draftChange(frame, before, after)];
  for (const dimension of DIMENSIONS.filter((name) => dimensions.includes(name)))
    drafts.push(...(await explain(ctx, frame, dimension, ask)));
  drafts.push(...(await unusual(frame, range.last, ask)));
  return { currency, ...periods, drafts: drafts.filter((draft) => draft !== undefined) };
}

type Ask = (metrics: string[], period: Period, more?: Partial<QueryInput>) => Promise<MetricResult>;

async function totals(ask: Ask, period: Period): Promise<Totals> {
  const [row] = (await ask(['revenue', 'orders'], period)).rows;
  return { revenue: Number(row?.revenue ?? 0), orders: Number(row?.orders ?? 0) };
}

/** Which members of a dimension made the change. */
async function explain(
  ctx: TenantContext,
  frame: Frame,
  dimension: string,
  ask: Ask,
): Promise<(Draft | undefined)[]> {
  const [then, now] = await Promise.all(
    [frame.previous, frame.current].map(async (period) =>
      membersOf(await ask(['revenue'], period, { dimensions: [dimension], limit: MAX_MEMBERS }), dimension),
    ),
  );
  // Where the list was cut, who is missing from it is not known to be gone.
  if (!then || !now || then.truncated || now.truncated) return [];
  const found = breakDown(then.named, now.named);
  const shown = [...found.drivers, ...found.against].map(({ member }) => member);
  const names = await memberNames(ctx, dimension, shown, frame.filters);
  const nameOf = (member: string): string =>
    names.get(member) ?? (dimension === 'country' ? member : `${dimension} ${member}`);
  const drivers = draftDrivers(frame, dimension, found, nameOf, then.unnamed !== 0 || now.unnamed !== 0);
  if (dimension !== 'customer') return [drivers];
  return [
    drivers,
    draftCustomers(frame, then.named, now.named, now.unnamed),
    draftConcentration(frame, then.named, now.named),
  ];
}

/** Days that stand out, or weeks when the period is longer than two months. The newest may not be over, and is left out. */
async function unusual(frame: Frame, last: string, ask: Ask): Promise<Draft[]> {
  const { from, to } = frame.current;
  const grain = Date.parse(to) - Date.parse(from) > 62 * DAY_MS ? 'week' : 'day';
  const length = grain === 'week' ? 7 * DAY_MS : DAY_MS;
  // Some days are without trade, so twice the reference is read. From a Monday on, the first week is whole.
  const monday = Date.parse('1970-01-05');
  const start = Date.parse(from) - 2 * REFERENCE * length;
  const aligned = new Date(start - ((((start - monday) % length) + length) % length)).toISOString();
  const { rows } = await ask(['revenue'], { from: aligned, to }, { grain, limit: MAX_MEMBERS });
  const over = Math.min(Date.parse(to), Date.parse(last.slice(0, 10)));
  const series = rows
    .map((row): Point => ({ day: String(row.period), value: Number(row.revenue) }))
    .filter(({ day }) => Date.parse(day) + length <= over);
  return findAnomalies(series, from.slice(0, 10))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, MAX_ANOMALIES)
    .map((anomaly) => draftAnomaly(frame, anomaly, grain));
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
