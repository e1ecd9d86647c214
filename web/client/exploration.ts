import {
  COMPARISONS,
  type Comparison,
  DISPLAYS,
  type Display,
  type Filters,
  GRAINS,
  type Grain,
  type MetricInfo,
  type MetricQuery,
} from './metric-query';
import { daysOf, PERIODS, type Period } from './periods';

/** What is explored. It lives in the address, so that it can be shared and gone back from. */
export interface Exploration {
  readonly metrics: readonly string[];
  readonly dimensions: readonly string[];
  readonly filters: Filters;
  readonly grain?: Grain;
  /** A moving period; else `from` and `to`, else all there is. */
  readonly period?: Period;
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
  readonly compare?: Comparison;
  /** Periods ahead. */
  readonly forecast?: number;
  /** Absent: whatever suits the answer. */
  readonly display?: Display;
  /** The saved chart it was opened from. */
  readonly chart?: string;
}

export const NOTHING: Exploration = { metrics: [], dimensions: [], filters: {} };

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOST_PERIODS = 366;
/** Rows that are answered and drawn; files have up to 10,000. */
const MOST_ROWS = 5_000;

/** Reads an address. What makes no sense in it is left out. */
export function readExploration(search: URLSearchParams): Exploration {
  const one = <T extends string>(name: string, known: readonly T[]): T | undefined =>
    known.find((value) => value === search.get(name));
  const list = (name: string): string[] => (search.get(name) ?? '').split(',').filter((text) => text !== '');
  const day = (name: string): string | undefined => {
    const value = search.get(name) ?? '';
    return DAY.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
  };
  const periods = Number(search.get('forecast'));
  return tidy({
    metrics: [...new Set(list('metrics'))],
    dimensions: [...new Set(list('by'))],
    filters: readFilters(search.get('where')),
    grain: one('grain', GRAINS),
    period: one('period', PERIODS),
    from: day('from'),
    to: day('to'),
    compare: one('compare', COMPARISONS),
    forecast: Number.isInteger(periods) && periods > 0 ? Math.min(periods, MOST_PERIODS) : undefined,
    display: one('show', DISPLAYS),
    chart: search.get('chart') ?? undefined,
  });
}

/** The address of an exploration, without the leading `?`. */
export function writeExploration(exploration: Exploration): string {
  const { metrics, dimensions, filters, forecast, display, ...rest } = exploration;
  const search = new URLSearchParams();
  const entries: Readonly<Record<string, string | undefined>> = {
    metrics: metrics.join(','),
    by: dimensions.join(','),
    ...rest,
    forecast: forecast?.toString(),
    show: display,
    where: Object.keys(filters).length > 0 ? JSON.stringify(filters) : undefined,
  };
  for (const [name, value] of Object.entries(entries)) if (value) search.set(name, value);
  return search.toString().replaceAll('%2C', ',');
}

function readFilters(text: string | null): Filters {
  try {
    const found: unknown = JSON.parse(text ?? '{}');
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Filters) : {};
  } catch {
    return {};
  }
}

/** Takes out what cannot be asked together, so that no choice ever leads to a refusal. */
export function tidy(exploration: Exploration, catalogue?: readonly MetricInfo[]): Exploration {
  const { metrics, period, forecast, compare, ...rest } = exploration;
  const shared = catalogue && sharedDimensions(catalogue, metrics);
  const dimensions = rest.dimensions.filter((name) => !shared || shared.includes(name));
  const filters = Object.fromEntries(
    Object.entries(rest.filters).filter(([name]) => !shared || shared.includes(name)),
  );
  const bounded = period !== undefined || (rest.from !== undefined && rest.to !== undefined);
  return withoutGaps({
    ...rest,
    metrics,
    dimensions,
    filters,
    period,
    from: period ? undefined : rest.from,
    to: period ? undefined : rest.to,
    compare: bounded ? compare : undefined,
    forecast: rest.grain && dimensions.length === 0 ? forecast : undefined,
  });
}

/** Without members that are undefined, so that equal explorations look alike. */
const withoutGaps = (exploration: Exploration): Exploration =>
  Object.fromEntries(
    Object.entries(exploration).filter(([, value]) => value !== undefined),
  ) as unknown as Exploration;

/** The dimensions that all of these metrics have. */
export function sharedDimensions(catalogue: readonly MetricInfo[], metrics: readonly string[]): string[] {
  const [first, ...others] = metrics.flatMap(
    (name) => catalogue.find((metric) => metric.name === name) ?? [],
  );
  return (first?.dimensions ?? []).filter((name) =>
    others.every(({ dimensions }) => dimensions.includes(name)),
  );
}

/** The question behind an exploration; undefined while no metric is chosen. */
export function questionOf(exploration: Exploration, now: number): MetricQuery | undefined {
  const { metrics, dimensions, filters, grain, period, from, to, compare, forecast } = exploration;
  if (metrics.length === 0) return undefined;
  return {
    metrics,
    dimensions,
    filters,
    ...(grain ? { grain } : {}),
    ...(period ? daysOf(period, now) : { ...(from ? { from } : {}), ...(to ? { to } : {}) }),
    ...(compare ? { compare } : {}),
    ...(forecast ? { forecast: { periods: forecast } } : {}),
    limit: MOST_ROWS,
  };
}

/** What is kept of an exploration as a chart. */
export function chartOf(exploration: Exploration, display: Display) {
  const query = questionOf({ ...exploration, period: undefined }, 0);
  return { query, display, ...(exploration.period ? { period: exploration.period } : {}) };
}

/** The exploration a chart opens with. */
export function explorationOf(chart: {
  readonly id: string;
  readonly query: MetricQuery;
  readonly period?: string;
  readonly display: Display;
}): Exploration {
  const { metrics, dimensions = [], filters = {}, grain, from, to, compare, forecast } = chart.query;
  return tidy({
    metrics,
    dimensions,
    filters,
    grain,
    period: PERIODS.find((period) => period === chart.period),
    from: from?.slice(0, 10),
    to: to?.slice(0, 10),
    compare,
    forecast: forecast?.periods,
    display: chart.display,
    chart: chart.id,
  });
}
