export interface Point {
  /** First day of the day or week: `2011-11-14` */
  readonly day: string;
  readonly value: number;
}

export interface Anomaly extends Point {
  /** Median of those it was compared with. */
  readonly median: number;
  /** Robust z-score; positive above the median. */
  readonly score: number;
}

/** Trading days (or weeks) each one is compared with, and how many are needed. */
export const REFERENCE = 28;
const MIN_REFERENCE = 10;
export const THRESHOLD = 3.5;

/**
 * Days (or weeks) that stand out from the trading ones right before them: those with a value.
 * The score is 0.6745 × (value − median) ÷ MAD, flagged from 3.5 on
 * (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
 * @param series in the order of time, with what lies before `from` as reference
 */
export function findAnomalies(series: readonly Point[], from: string): Anomaly[] {
  const trading = series.filter(({ value }) => value !== 0);
  return trading.flatMap((point, index) => {
    const reference = trading.slice(Math.max(0, index - REFERENCE), index).map(({ value }) => value);
    if (point.day < from || reference.length < MIN_REFERENCE) return [];
    const middle = median(reference);
    const deviation = median(reference.map((value) => Math.abs(value - middle)));
    // Days that are all alike say nothing about how much is unusual.
    if (deviation === 0) return [];
    const score = (0.6745 * (point.value - middle)) / deviation;
    return Math.abs(score) >= THRESHOLD ? [{ ...point, median: middle, score }] : [];
  });
}

/** @param values not empty */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0,
  ];
  return (low + high) / 2;
}
