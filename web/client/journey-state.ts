import {
  type AttributionQuery,
  COHORT_GRAINS,
  type FunnelQuery,
  MODELS,
  type RetentionQuery,
  type RowSelection,
  STEPS,
} from './journeys';
import type { Filters, MetricInfo } from './metric-query';

/** What the three journeys ask, without the range they share. */
export type FunnelState = Omit<FunnelQuery, 'from' | 'to'>;
export type RetentionState = Omit<RetentionQuery, 'from' | 'to'>;
export type AttributionState = Omit<AttributionQuery, 'from' | 'to'>;

export const JOURNEYS = ['funnel', 'retention', 'attribution'] as const;
export type Journey = (typeof JOURNEYS)[number];

type Loose = Readonly<Record<string, unknown>>;

/** The object that an address holds as JSON; empty for anything else. */
export function readJson(text: string | null): Loose {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
  } catch {
    return {};
  }
}

/** Metrics whose rows belong to somebody. */
export const withSubject = (catalogue: readonly MetricInfo[]): readonly MetricInfo[] =>
  catalogue.filter(({ hasSubject }) => hasSubject);

/** Metrics that can be added up for each cohort. */
export const additive = (catalogue: readonly MetricInfo[]): readonly MetricInfo[] =>
  withSubject(catalogue).filter(({ aggregate }) => aggregate === 'sum' || aggregate === 'count');

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const whole = (value: unknown, least: number, most: number): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : undefined;

/** A selection of a known metric, with the filters that metric has; undefined for anything else. */
function selection(value: unknown, catalogue: readonly MetricInfo[]): RowSelection | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { metric, filters } = value as { metric?: unknown; filters?: unknown };
  const known = withSubject(catalogue).find(({ name }) => name === metric);
  if (!known) return undefined;
  const wanted = typeof filters === 'object' && filters !== null ? (filters as Filters) : {};
  return {
    metric: known.name,
    filters: Object.fromEntries(Object.entries(wanted).filter(([name]) => known.dimensions.includes(name))),
  };
}

const named = (name: string): { metric: string } => ({ metric: name });
const present = <T>(value: T | undefined): value is T => value !== undefined;

/** What an address asks of a funnel. What makes no sense in it is left out, what is missing is begun with. */
export function readFunnel(ask: Loose, catalogue: readonly MetricInfo[]): FunnelState {
  const asked = list(ask.steps)
    .map((step) => selection(step, catalogue))
    .filter(present);
  const usual = ['new-contacts', 'orders', 'payments']
    .map((name) => selection(named(name), catalogue))
    .filter(present);
  const any = withSubject(catalogue).map(({ name }) => ({ metric: name, filters: {} }));
  const steps =
    asked.length >= STEPS.least ? asked : usual.length >= STEPS.least ? usual : [...any, ...any].slice(0, 2);
  const days = whole((ask.within as { days?: unknown } | undefined)?.days, 1, 3660);
  const first = catalogue.find(({ name }) => name === steps[0]?.metric);
  const by = first?.dimensions.find((name) => name === ask.by);
  return {
    steps: steps.slice(0, STEPS.most),
    ...(days === undefined ? {} : { within: { days } }),
    ...(by === undefined ? {} : { by }),
    order: ask.order === 'any' ? 'any' : 'strict',
  };
}

export function readRetention(ask: Loose, catalogue: readonly MetricInfo[]): RetentionState | undefined {
  const usual =
    selection(named('orders'), catalogue) ??
    selection(named(withSubject(catalogue)[0]?.name ?? ''), catalogue);
  const start = selection(ask.start, catalogue) ?? usual;
  const back = selection(ask.return, catalogue) ?? usual;
  const value = selection(ask.value, additive(catalogue));
  if (!start || !back) return undefined;
  return {
    start,
    return: back,
    ...(value ? { value } : {}),
    grain: COHORT_GRAINS.find((grain) => grain === ask.grain) ?? 'month',
    periods: whole(ask.periods, 1, 36) ?? 12,
    kind: ask.kind === 'on-or-after' ? 'on-or-after' : 'on',
    newOnly: ask.newOnly === true,
  };
}

/** Dimensions that name a channel when nothing was chosen, the best first. */
const CHANNELS = ['channel', 'source', 'campaign', 'country'];
const USUAL_TOUCHES = [
  ['activities', 'channel'],
  ['new-contacts', 'source'],
] as const;

/** The dimension of a metric that most likely names a channel. */
export function channelOf(catalogue: readonly MetricInfo[], metric: string): string | undefined {
  const dimensions = catalogue.find(({ name }) => name === metric)?.dimensions ?? [];
  return CHANNELS.find((name) => dimensions.includes(name)) ?? dimensions[0];
}

export function readAttribution(ask: Loose, catalogue: readonly MetricInfo[]): AttributionState | undefined {
  const touch = (value: unknown): AttributionState['touches'][number] | undefined => {
    const chosen = selection(value, catalogue);
    const wanted = (value as { dimension?: unknown } | undefined)?.dimension;
    const dimensions = catalogue.find(({ name }) => name === chosen?.metric)?.dimensions ?? [];
    const dimension =
      dimensions.find((name) => name === wanted) ?? channelOf(catalogue, chosen?.metric ?? '');
    return chosen && dimension !== undefined ? { ...chosen, dimension } : undefined;
  };
  const conversion =
    selection(ask.conversion, catalogue) ??
    selection(named('orders'), catalogue) ??
    selection(named(withSubject(catalogue)[0]?.name ?? ''), catalogue);
  if (!conversion) return undefined;
  const asked = list(ask.touches).map(touch).filter(present);
  const usual = USUAL_TOUCHES.map(([metric, dimension]) => touch({ metric, dimension })).filter(present);
  const touches = asked.length > 0 ? asked : usual.length > 0 ? usual : [touch(conversion)].filter(present);
  const models = MODELS.filter((model) => list(ask.model).includes(model));
  return {
    conversion,
    touches: touches.slice(0, 10),
    model: models.length > 0 ? models : MODELS,
    lookbackDays: whole(ask.lookbackDays, 1, 3660) ?? 90,
  };
}
