import type { Grain } from './metric-query';

/** Periods that move with the calendar. Days are UTC, as the warehouse counts them. */
export const PERIODS = ['last-7', 'last-30', 'last-90', 'this-month', 'this-quarter', 'this-year'] as const;
export type Period = (typeof PERIODS)[number];

export interface DayRange {
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

const DAY_MS = 86_400_000;

export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The day so many days after (or before) another. */
export const shiftDay = (day: string, by: number): string => dayOf(Date.parse(day) + by * DAY_MS);

/** The days of a period that ends with today. */
export function daysOf(period: Period, now: number): DayRange {
  const today = dayOf(now);
  const to = shiftDay(today, 1);
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7)) - 1];
  switch (period) {
    case 'last-7':
      return { from: shiftDay(to, -7), to };
    case 'last-30':
      return { from: shiftDay(to, -30), to };
    case 'last-90':
      return { from: shiftDay(to, -90), to };
    case 'this-month':
      return { from: dayOf(Date.UTC(year, month, 1)), to };
    case 'this-quarter':
      return { from: dayOf(Date.UTC(year, month - (month % 3), 1)), to };
    case 'this-year':
      return { from: dayOf(Date.UTC(year, 0, 1)), to };
  }
}

const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

/** The period after one that begins at `start`, as the warehouse names them: a day, or `2026-01-05T14:00`. */
export function nextPeriod(start: string, grain: Grain): string {
  const time = Date.parse(start.length === 10 ? start : `${start}Z`);
  if (grain === 'hour') return new Date(time + DAY_MS / 24).toISOString().slice(0, 16);
  if (grain === 'day' || grain === 'week') return dayOf(time + (grain === 'day' ? 1 : 7) * DAY_MS);
  const date = new Date(time);
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + MONTHS[grain], 1));
}
