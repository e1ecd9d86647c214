import { leastSquares } from './least-squares.ts';
import { minimise } from './minimise.ts';

/**
 * Exponential smoothing in its innovations state space form with additive errors (Hyndman, Koehler, Ord and Snyder,
 * Forecasting with Exponential Smoothing, 2008, chapters 2, 3 and 6; Hyndman and Athanasopoulos, Forecasting:
 * Principles and Practice, chapter 8):
 *
 *     y  = l' + φ b' + s(m before) + e
 *     l  = l' + φ b' + α e
 *     b  =      φ b' + β e
 *     s  = s(m before) + γ e
 */
export interface Shape {
  readonly trend: 'none' | 'additive' | 'damped';
  /** Periods a season has; 1 for none. */
  readonly season: number;
}

export interface Weights {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
}

/** Level, trend, and the seasonal effects of the next season in order; those add up to nothing. */
export interface State {
  readonly level: number;
  readonly trend: number;
  readonly seasonal: readonly number[];
}

export interface Fit {
  readonly shape: Shape;
  readonly weights: Weights;
  /** Before the first value. */
  readonly seed: State;
  /** After the last one. */
  readonly last: State;
  /** Sum of squared errors of the forecasts one step ahead. */
  readonly sse: number;
  /** Weights and seeds that were estimated. */
  readonly parameters: number;
}

/** Forecast errors one step ahead, and the state after the last value. */
export function smooth(
  values: Float64Array,
  { season }: Shape,
  { alpha, beta, gamma, phi }: Weights,
  seed: State,
): { readonly errors: Float64Array; readonly last: State } {
  const errors = new Float64Array(values.length);
  const seasonal = Float64Array.from(season > 1 ? seed.seasonal : [0]);
  let { level, trend } = seed;
  for (let t = 0; t < values.length; t++) {
    const place = t % season;
    const effect = seasonal[place] ?? 0;
    const damped = phi * trend;
    const error = (values[t] ?? 0) - level - damped - effect;
    errors[t] = error;
    level += damped + alpha * error;
    trend = damped + beta * error;
    seasonal[place] = effect + gamma * error;
  }
  const next = values.length % season;
  return {
    errors,
    last: { level, trend, seasonal: season > 1 ? [...seasonal.slice(next), ...seasonal.slice(0, next)] : [] },
  };
}

/** The values expected after a state. */
export function extrapolate(
  { season }: Shape,
  { phi }: Weights,
  { level, trend, seasonal }: State,
  horizon: number,
): number[] {
  let damped = 0;
  return Array.from({ length: horizon }, (_, step) => {
    damped += phi ** (step + 1);
    return level + damped * trend + (season > 1 ? (seasonal[step % season] ?? 0) : 0);
  });
}

/**
 * Variances of the errors of forecasts 1, 2, … steps ahead, as multiples of that of one step:
 * 1 + Σ cⱼ², cⱼ = α + β(φ + … + φʲ) + γ[m divides j] (Hyndman et al. 2008, equation 6.1 and table 6.2).
 */
export function variances(
  { season }: Shape,
  { alpha, beta, gamma, phi }: Weights,
  horizon: number,
): number[] {
  let [sum, damped] = [1, 0];
  return Array.from({ length: horizon }, (_, step) => {
    if (step > 0) {
      damped += phi ** step;
      sum += (alpha + beta * damped + (season > 1 && step % season === 0 ? gamma : 0)) ** 2;
    }
    return sum;
  });
}

/** The seed that leaves the least errors: they depend on it linearly, so it is found by regression. */
export function bestSeed(values: Float64Array, shape: Shape, weights: Weights): State {
  const zeros = new Float64Array(values.length);
  const start = smooth(values, shape, weights, stateOf(shape, []));
  const columns = Array.from({ length: seedSize(shape) }, (_, index) => {
    const unit = Array.from({ length: index + 1 }, (_unit, place) => (place === index ? -1 : 0));
    return smooth(zeros, shape, weights, stateOf(shape, unit)).errors;
  });
  return stateOf(shape, leastSquares(columns, start.errors));
}

const seedSize = ({ trend, season }: Shape): number => 1 + (trend === 'none' ? 0 : 1) + (season - 1);

function stateOf({ trend, season }: Shape, free: readonly number[]): State {
  const first = trend === 'none' ? 1 : 2;
  const seasonal = Array.from({ length: season - 1 }, (_, index) => free[first + index] ?? 0);
  return {
    level: free[0] ?? 0,
    trend: trend === 'none' ? 0 : (free[1] ?? 0),
    seasonal: season > 1 ? [...seasonal, -seasonal.reduce((sum, each) => sum + each, 0)] : [],
  };
}

/** The weights and seed with the least squared errors, within the usual bounds 0 < α < 1, β < α, γ < 1 − α, 0.8 < φ < 0.98. */
export function fit(values: Float64Array, shape: Shape): Fit {
  const start = [
    at(0.3),
    ...(shape.trend === 'none' ? [] : [at(0.1)]),
    ...(shape.season > 1 ? [at(0.1)] : []),
    ...(shape.trend === 'damped' ? [at(0.8)] : []),
  ];
  const errorsAt = (position: readonly number[]) => {
    const weights = weightsAt(shape, position);
    const seed = bestSeed(values, shape, weights);
    const { errors, last } = smooth(values, shape, weights, seed);
    return { weights, seed, last, sse: errors.reduce((sum, error) => sum + error * error, 0) };
  };
  const best = minimise((position) => Math.log(errorsAt(position).sse + Number.MIN_VALUE), start);
  return { shape, ...errorsAt(best.at), parameters: start.length + seedSize(shape) };
}

/** Positions are any numbers; the logistic curve takes them between the bounds. */
function weightsAt({ trend, season }: Shape, position: readonly number[]): Weights {
  const rest = [...position];
  const share = (low: number, high: number): number =>
    low + (high - low) / (1 + Math.exp(-(rest.shift() ?? 0)));
  const alpha = share(1e-4, 0.9999);
  const beta = trend === 'none' ? 0 : alpha * share(1e-4, 0.9999);
  const gamma = season > 1 ? (1 - alpha) * share(1e-4, 0.9999) : 0;
  const phi = trend === 'damped' ? share(0.8, 0.98) : 1;
  return { alpha, beta, gamma, phi };
}

/** Where the logistic curve is so high. */
const at = (share: number): number => Math.log(share / (1 - share));
