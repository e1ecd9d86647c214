import { comparedRange } from '../analytics/module.ts';

export interface Period {
  /** `2011-11-01` */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

const DAY_MS = 86_400_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const monthStart = (year: number, month: number): string => dayOf(Date.UTC(year, month, 1));

/**
 * The newest whole period that has a whole one before it: the last complete month, else the last complete week
 * (from Monday), else the later half of the days there are. Undefined when the data spans less than two days.
 * @param first and last time of the data, RFC 3339
 */
export function latestPeriod(
  first: string,
  last: string,
): { readonly current: Period; readonly previous: Period } | undefined {
  const [start, end] = [dayOf(Date.parse(first)), dayOf(Date.parse(dayOf(Date.parse(last))) + DAY_MS)];
  const after = new Date(end);
  const month = monthStart(after.getUTCFullYear(), after.getUTCMonth());
  const months = [month, shiftMonths(month, -1), shiftMonths(month, -2)] as const;
  if (start <= `${months[2].slice(0, 7)}-07`) return consecutive(months[2], months[1], months[0]);
  const monday = dayOf(Date.parse(end) - ((after.getUTCDay() + 6) % 7) * DAY_MS);
  const weeks = [
    monday,
    dayOf(Date.parse(monday) - 7 * DAY_MS),
    dayOf(Date.parse(monday) - 14 * DAY_MS),
  ] as const;
  if (start <= weeks[2]) return consecutive(weeks[2], weeks[1], weeks[0]);
  const half = Math.floor((Date.parse(end) - Date.parse(start)) / DAY_MS / 2);
  if (half === 0) return undefined;
  return consecutive(dayOf(Date.parse(end) - 2 * half * DAY_MS), dayOf(Date.parse(end) - half * DAY_MS), end);
}

/** The period right before, as metric queries compare: as many months for whole months, as many days for whole days. */
export function periodBefore(period: Period): Period {
  const { from } = comparedRange(period, 'previous-period', undefined, 'UTC');
  return { from: dayOf(Date.parse(from)), to: period.from };
}

const consecutive = (a: string, b: string, c: string) => ({
  previous: { from: a, to: b },
  current: { from: b, to: c },
});

function shiftMonths(day: string, by: number): string {
  const date = new Date(day);
  return monthStart(date.getUTCFullYear(), date.getUTCMonth() + by);
}
