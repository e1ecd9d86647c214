import type { Grain } from './dialect.ts';

const DAY_MS = 86_400_000;

/** `2011-11-05T…` → `2011-11-05` */
export const dayOf = (moment: string | number): string => new Date(moment).toISOString().slice(0, 10);

/** First day of the bucket a time lies in, UTC; weeks begin on Monday. */
export function bucketOf(moment: string, grain: Grain): string {
  const date = new Date(moment);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (grain) {
    case 'day':
      return dayOf(moment);
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

/** The bucket so many buckets after (or before) one that starts at `day`. */
export function shiftBucket(day: string, grain: Grain, by: number): string {
  if (grain === 'day' || grain === 'week')
    return dayOf(Date.parse(day) + by * (grain === 'day' ? 1 : 7) * DAY_MS);
  const months = { month: 1, quarter: 3, year: 12 }[grain] * by;
  const date = new Date(day);
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
}

/** First days of all buckets that overlap `from` ≤ t < `to`. */
export function bucketsBetween(from: string, to: string, grain: Grain): string[] {
  const buckets: string[] = [];
  for (
    let bucket = bucketOf(from, grain);
    Date.parse(bucket) < Date.parse(to);
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
