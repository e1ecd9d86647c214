import { setImmediate } from 'node:timers/promises';
import { extrapolate, type Fit, fit, type Shape, variances } from './smoothing.ts';

export interface ForecastOptions {
  readonly periods: number;
  /** Periods a season has (7 days, 12 months); 1 for none. */
  readonly season: number;
  /** Whether the values cannot fall below 0. */
  readonly nonNegative: boolean;
}

export interface ForecastPoint {
  readonly value: number;
  /** The 90 % prediction interval; null when one value is all there is. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface Forecast {
  /** `ETS(A,Ad,A)`: errors, trend, season (N none, A additive, Ad damped); `log ETS(…)` of logarithms; `naive`. */
  readonly method: string;
  /** Why a simpler method was taken than the data would otherwise get; plain English. */
  readonly note?: string;
  readonly points: readonly ForecastPoint[];
}

/** 95th percentile of the normal distribution: 5 % lie beyond it on either side. */
const Z = 1.6448536269514722;
/** Fewer values say too little of how they grow or vary. */
const LEAST = 8;
/** What lies further back has no weight any more, and would only take time. */
const MOST = 730;

/**
 * Continues a series of evenly spaced values. Of exponential smoothing with and without trend, damped trend and season,
 * on the values and (where all are positive) on their logarithms, which makes growth, season and errors multiply, the
 * one with the least AICc is taken. Forecasts are medians; intervals hold the parameters for known.
 * With fewer than 8 values the last one is repeated (the naive method), and `note` says so.
 */
export async function forecast(series: readonly number[], options: ForecastOptions): Promise<Forecast> {
  const values = series.slice(-MOST);
  const clamp = (value: number): number => (options.nonNegative ? Math.max(0, value) : value);
  const found = values.length < LEAST ? naive(values, options.periods) : await smoothed(values, options);
  return {
    ...found,
    points: found.points.map(({ value, low, high }) => ({
      value: clamp(value),
      low: low === null ? null : clamp(low),
      high: high === null ? null : clamp(high),
    })),
  };
}

/** The last value, from which errors of one step add up (Forecasting: Principles and Practice, table 5.2). */
function naive(values: readonly number[], periods: number): Forecast {
  const last = values.at(-1) ?? 0;
  const steps = values.slice(1).map((value, index) => value - (values[index] ?? 0));
  const deviation = Math.sqrt(steps.reduce((sum, step) => sum + step * step, 0) / Math.max(1, steps.length));
  const note = `${values.length === 1 ? 'One period is' : `${values.length} periods are`} too few to see a trend or a season: the last value is repeated.`;
  const points = Array.from({ length: periods }, (_, index) => {
    const reach = Z * deviation * Math.sqrt(index + 1);
    return steps.length > 0
      ? { value: last, low: last - reach, high: last + reach }
      : { value: last, low: null, high: null };
  });
  return { method: 'naive', note, points };
}

interface Candidate extends Fit {
  readonly logarithms: boolean;
  readonly aicc: number;
}

async function smoothed(values: readonly number[], { periods, season }: ForecastOptions): Promise<Forecast> {
  const seasonal = season > 1 && values.length >= 2 * season;
  const shapes = (['none', 'additive', 'damped'] as const).flatMap((trend): Shape[] => [
    { trend, season: 1 },
    ...(seasonal ? [{ trend, season }] : []),
  ]);
  const scales = values.every((value) => value > 0) ? [false, true] : [false];
  let best: Candidate | undefined;
  for (const logarithms of scales)
    for (const shape of shapes) {
      // Fitting takes some milliseconds of computing each; what else waits goes in between.
      await setImmediate();
      const candidate = candidateOf(values, shape, logarithms);
      if (candidate && candidate.aicc < (best?.aicc ?? Number.POSITIVE_INFINITY)) best = candidate;
    }
  if (!best) return naive(values, periods);
  const { shape, weights, last, sse, parameters, logarithms } = best;
  const variance = sse / Math.max(1, values.length - parameters);
  const ahead = variances(shape, weights, periods);
  const back = (value: number): number => (logarithms ? Math.exp(value) : value);
  const points = extrapolate(shape, weights, last, periods).map((value, index) => {
    const reach = Z * Math.sqrt(variance * (ahead[index] ?? 1));
    return { value: back(value), low: back(value - reach), high: back(value + reach) };
  });
  const note =
    season > 1 && !seasonal
      ? `A season of ${season} periods needs ${2 * season} of them: none was looked for.`
      : undefined;
  return { method: nameOf(best), points, ...(note ? { note } : {}) };
}

/** Undefined where there are too few values for so many parameters. */
function candidateOf(values: readonly number[], shape: Shape, logarithms: boolean): Candidate | undefined {
  const scaled = Float64Array.from(values, (value) => (logarithms ? Math.log(value) : value));
  const found = fit(scaled, shape);
  // The variance of the errors is one parameter more.
  const [count, parameters] = [values.length, found.parameters + 1];
  if (count - parameters - 1 <= 0) return undefined;
  // Values that a model meets exactly would make it infinitely likely.
  const floor = 1e-12 * scaled.reduce((sum, value) => sum + value * value, Number.MIN_VALUE);
  const density = logarithms ? 2 * scaled.reduce((sum, value) => sum + value, 0) : 0;
  const deviance = count * Math.log(Math.max(found.sse, floor) / count) + density;
  const aicc = deviance + 2 * parameters + (2 * parameters * (parameters + 1)) / (count - parameters - 1);
  return { ...found, logarithms, aicc };
}

const TREND = { none: 'N', additive: 'A', damped: 'Ad' } as const;

const nameOf = ({ shape: { trend, season }, logarithms }: Candidate): string =>
  `${logarithms ? 'log ' : ''}ETS(A,${TREND[trend]},${season > 1 ? 'A' : 'N'})`;
