import { expect, it } from 'vitest';
import { nextTime, type Schedule } from './schedule.ts';

const next = (schedule: Schedule, after: string): string =>
  new Date(nextTime(schedule, Date.parse(after))).toISOString().replace(':00.000Z', 'Z');

it('keeps to the clock of UTC for minutes and hours', () => {
  expect(next({ every: 'minutes', minutes: 15 }, '2026-03-29T00:59:59Z')).toBe('2026-03-29T01:00Z');
  expect(next({ every: 'minutes', minutes: 15 }, '2026-03-29T01:00:00Z')).toBe('2026-03-29T01:15Z');
  expect(next({ every: 'hourly', minute: 20 }, '2026-03-29T01:20:00Z')).toBe('2026-03-29T02:20Z');
  expect(next({ every: 'hourly', minute: 20 }, '2026-03-29T01:19:59Z')).toBe('2026-03-29T01:20Z');
});

it('keeps to the time of day of its zone over the changes of the clock', () => {
  const berlin = { every: 'daily', at: '06:30', timezone: 'Europe/Berlin' } as const;
  expect(next(berlin, '2026-03-28T05:30:00Z')).toBe('2026-03-29T04:30Z');
  expect(next(berlin, '2026-10-24T04:30:00Z')).toBe('2026-10-25T05:30Z');
  // Left out: between 02:00 and 03:00 there is nothing, and the clock goes on at 03:00 (01:00 UTC).
  const night = { ...berlin, at: '02:30' } as const;
  expect(next(night, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00Z');
  expect(next(night, '2026-03-29T01:00:00Z')).toBe('2026-03-30T00:30Z');
  // Twice: the first counts.
  expect(next(night, '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30Z');
  expect(next(night, '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30Z');
  // Half an hour (Lord Howe), midnight (Beirut), and a day that a zone left out (Apia, 30 December 2011).
  const howe = { every: 'daily', at: '02:10', timezone: 'Australia/Lord_Howe' } as const;
  expect(next(howe, '2026-10-03T00:00:00Z')).toBe('2026-10-03T15:30Z');
  const beirut = { every: 'daily', at: '00:00', timezone: 'Asia/Beirut' } as const;
  expect(next(beirut, '2026-03-28T12:00:00Z')).toBe('2026-03-28T22:00Z');
  const apia = { every: 'daily', at: '12:00', timezone: 'Pacific/Apia' } as const;
  expect(next(apia, '2011-12-29T22:00:00Z')).toBe('2011-12-30T10:00Z');
  expect(next(apia, '2011-12-30T10:00:00Z')).toBe('2011-12-30T22:00Z');
});

it('keeps to the day of the week of its zone', () => {
  const monday = { every: 'weekly', weekday: 1, at: '00:15', timezone: 'Asia/Tokyo' } as const;
  expect(next(monday, '2026-03-01T15:14:00Z')).toBe('2026-03-01T15:15Z');
  expect(next(monday, '2026-03-01T15:15:00Z')).toBe('2026-03-08T15:15Z');
});
