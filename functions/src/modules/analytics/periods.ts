import { addCivil, civilOf, daysBetween, instantOf, monthsBetween } from './civil.ts';
import type { Grain, Shift } from './compile/dialect.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `2011-11-05T…` → `2011-11-05` */
export const dayOf = (moment: string | number): string => new Date(moment).toISOString().slice(0, 10);

/** Start of the bucket a time lies in, by the calendar of a zone: a day, or `2011-11-05T14:00`; weeks begin on Monday. */
export function bucketOf(moment: string, grain: Grain, timezone = 'UTC'): string {
  const civil = civilOf(moment, timezone);
  const date = new Date(`${civil}Z`);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (grain) {
    case 'hour':
      return `${civil.slice(0, 13)}:00`;
    case 'day':
      return civil.slice(0, 10);
    case 'week':
      return dayOf(Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7)));
    case 'month':
      return dayOf(Date.UTC(year, month, 1));
    case 'quarter':
      return dayOf(Date.UTC(year, month - (month % 3), 1));
    case 'year':
      return dayOf(Date.UTC(year, 0, 1));
  }
}

const MONTHS = { month: 1, quarter: 3, year: 12 } as const;
const LENGTH = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS } as const;

/** The bucket so many buckets after (or before) one that starts at `start`. */
export function shiftBucket(start: string, grain: Grain, by: number): string {
  const time = Date.parse(`${civilStart(start)}Z`);
  if (grain === 'hour') return `${new Date(time + by * HOUR_MS).toISOString().slice(0, 13)}:00`;
  if (grain === 'day' || grain === 'week') return dayOf(time + by * LENGTH[grain]);
  const date = new Date(time);
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + MONTHS[grain] * by, 1));
}

/** The instant a bucket begins in a zone. */
export const startOf = (bucket: string, timezone = 'UTC'): string => instantOf(civilStart(bucket), timezone);

const civilStart = (bucket: string): string => `${bucket.length === 10 ? `${bucket}T00:00` : bucket}:00.000`;

/** Starts of all buckets that overlap `from` ≤ t < `to` (RFC 3339). */
export function bucketsBetween(from: string, to: string, grain: Grain, timezone = 'UTC'): string[] {
  const buckets: string[] = [];
  const end = civilOf(to, timezone);
  for (
    let bucket = bucketOf(from, grain, timezone);
    civilStart(bucket) < end;
    bucket = shiftBucket(bucket, grain, 1)
  )
    buckets.push(bucket);
  return buckets;
}

/** The finest grain that keeps a chart readable: at most about 62 points. */
export function grainFor(from: string, to: string): Grain {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  return days <= 62 ? 'day' : days <= 190 ? 'week' : days <= 1900 ? 'month' : 'quarter';
}

/** `from` ≤ t < `to`; RFC 3339. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

export const COMPARISONS = ['previous-period', 'previous-year'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A range that another is compared with; `later` takes its buckets to those they stand beside. */
export interface Compared extends Range {
  readonly later?: Shift | undefined;
}

/**
 * The range a range is compared with, by the calendar of its zone.
 *
 * `previous-year` is the same dates a year before, or with a grain of weeks 52 weeks before, so that Mondays meet Mondays.
 * `previous-period` is as long and ends where the range begins: as many days (whole weeks, months, quarters or years
 * with that grain) as the range has, begun ones included. 1–30 November by day stands beside 2–31 October, by month
 * beside October. Hours stand beside the same hours of as many days before. Without a grain whole months stand
 * beside months, whole days beside days, and anything else beside exactly as much time.
 */
export function comparedRange(
  { from, to }: Range,
  comparison: Comparison,
  grain: Grain | undefined,
  timezone: string,
): Compared {
  const [start, end] = [civilOf(from, timezone), civilOf(to, timezone)];
  const later =
    comparison === 'previous-year'
      ? yearFor(grain)
      : grain
        ? lengthIn(grain, start, end)
        : wholeLength(start, end);
  if (!later) return { from: new Date(2 * Date.parse(from) - Date.parse(to)).toISOString(), to: from };
  const earlier = { unit: later.unit, count: -later.count };
  return {
    from: instantOf(addCivil(start, earlier), timezone),
    to: instantOf(addCivil(end, earlier), timezone),
    later,
  };
}

const yearFor = (grain: Grain | undefined): Shift =>
  grain === 'week' ? { unit: 'day', count: 364 } : { unit: 'month', count: 12 };

function lengthIn(grain: Grain, start: string, end: string): Shift {
  if (grain === 'hour' || grain === 'day') return { unit: 'day', count: daysBetween(start, end) };
  if (grain === 'week') return { unit: 'day', count: 7 * Math.ceil(daysBetween(start, end) / 7) };
  const size = MONTHS[grain];
  return { unit: 'month', count: size * Math.ceil(monthsBetween(start, end) / size) };
}

function wholeLength(start: string, end: string): Shift | undefined {
  const isMidnight = (civil: string): boolean => civil.endsWith('T00:00:00.000');
  if (!isMidnight(start) || !isMidnight(end)) return undefined;
  return start.slice(8, 10) === '01' && end.slice(8, 10) === '01'
    ? { unit: 'month', count: monthsBetween(start, end) }
    : { unit: 'day', count: daysBetween(start, end) };
}
