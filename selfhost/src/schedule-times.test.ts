import { describe, expect, it } from 'vitest';
import { scheduleTimes } from './schedule-times.ts';

describe('the times of a schedule', () => {
  it.each([
    // Half past two does not exist in this night.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    // Half past two comes twice in this night.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    [
      '30 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:45:00Z',
      ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30'],
    ],
    ['30 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', ['2026-03-29T00:30', '2026-03-29T01:30']],
    ['0 9 * * 1', 'America/New_York', '2026-03-02T20:00:00Z', ['2026-03-09T13:00', '2026-03-16T13:00']],
    ['every day 06:00', 'Asia/Kolkata', '2026-01-01T00:30:00Z', ['2026-01-02T00:30', '2026-01-03T00:30']],
    ['every 45 minutes', 'UTC', '2026-01-01T23:00:00Z', ['2026-01-01T23:15', '2026-01-02T00:00']],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
  ])('%s in %s', (schedule, timezone, start, expected) => {
    const times = scheduleTimes(schedule, timezone);
    let now = Date.parse(start);
    for (const text of expected) {
      const time = Date.parse(`${text}:00Z`);
      expect(new Date(times.next(now)).toISOString()).toBe(new Date(time).toISOString());
      // Looked at from after the time, at once or a little later, it is the newest.
      expect(times.newest(time)).toBe(time);
      expect(times.newest(time + 1_234)).toBe(time);
      expect(times.newest(time - 1)).toBeLessThan(time);
      now = time;
    }
  });
});
