import { Cron } from 'croner';
import { expect, it } from 'vitest';
import { cronPatterns } from './schedule-syntax.ts';

/** The first runs after Monday 2026-11-23 00:00 UTC, in order. */
function runs(schedule: string, count: number): string[] {
  const start = new Date('2026-11-22T23:59:59Z');
  const dates = cronPatterns(schedule).flatMap((pattern) =>
    new Cron(pattern, { timezone: 'UTC' }).nextRuns(count, start),
  );
  return dates
    .map((date) => date.toISOString().slice(0, 16))
    .sort()
    .slice(0, count);
}

it.each([
  ['*/15 * * * *', ['2026-11-23T00:00', '2026-11-23T00:15']],
  ['0 9 * * mon', ['2026-11-23T09:00', '2026-11-30T09:00']],
  ['every 5 minutes', ['2026-11-23T00:00', '2026-11-23T00:05']],
  ['every 12 hours', ['2026-11-23T00:00', '2026-11-23T12:00']],
  ['every 25 mins', ['2026-11-23T00:00', '2026-11-23T00:25', '2026-11-23T00:50', '2026-11-23T01:15']],
  [
    'every 90 minutes from 10:00 to 14:00',
    ['2026-11-23T10:00', '2026-11-23T11:30', '2026-11-23T13:00', '2026-11-24T10:00'],
  ],
  ['every day 00:00', ['2026-11-23T00:00', '2026-11-24T00:00']],
  ['every monday 09:00', ['2026-11-23T09:00', '2026-11-30T09:00']],
  ['every mon,wednesday of dec 17:30', ['2026-12-02T17:30', '2026-12-07T17:30']],
  ['1,15 of month 04:00', ['2026-12-01T04:00', '2026-12-15T04:00']],
  ['2nd,third tuesday of march 07:05', ['2027-03-09T07:05', '2027-03-16T07:05']],
])('%s', (schedule, expected) => {
  expect(runs(schedule, expected.length)).toEqual(expected);
});

it.each([
  '',
  'sometimes',
  'every',
  'every 0 minutes',
  'every 2 fortnights',
  'every monday 25:00',
  '* * *',
  'every day of never 10:00',
])('refuses "%s"', (schedule) => expect(() => cronPatterns(schedule)).toThrow('neither'));
