import { Cron } from 'croner';
import { cronPatterns } from './schedule-syntax.ts';

/** The times of a schedule in ms. Each is one that the time zone has: see `scheduleTimes`. */
export interface ScheduleTimes {
  /** The newest that has come by `now`, if there ever was one. */
  newest(now: number): number | undefined;
  /** The first after `now`; infinite when there is none. */
  next(now: number): number;
}

/**
 * A time of day that the clock leaves out in spring comes when the clock is put forward, and one that it shows twice in
 * autumn comes the first time; what comes every hour goes on every hour. Throws a ScheduleError.
 */
export function scheduleTimes(schedule: string, timezone: string): ScheduleTimes {
  const crons = cronPatterns(schedule).map((pattern) => new Cron(pattern, { timezone, paused: true }));
  return {
    newest(now) {
      // Looked for before the next second, since the reference itself does not count.
      const reference = new Date(Math.floor(now / 1_000) * 1_000 + 1_000);
      const times = crons.flatMap((cron) => cron.previousRuns(1, reference)).map(Number);
      return times.length > 0 ? Math.max(...times) : undefined;
    },
    next: (now) =>
      Math.min(...crons.map((cron) => Number(cron.nextRun(new Date(now)) ?? Number.POSITIVE_INFINITY))),
  };
}
