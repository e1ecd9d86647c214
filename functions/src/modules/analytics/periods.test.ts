import { describe, expect, test } from 'vitest';
import { addCivil, civilOf, instantOf } from './civil.ts';
import type { Grain } from './compile/dialect.ts';
import { bucketOf, bucketsBetween, type Comparison, comparedRange, startOf } from './periods.ts';

describe('clocks', () => {
  test.each([
    ['2026-01-15T12:00:00.000', 'Europe/Berlin', '2026-01-15T11:00:00.000Z'],
    ['2026-07-15T12:00:00.000', 'Europe/Berlin', '2026-07-15T10:00:00.000Z'],
    ['2026-07-15', 'Asia/Kolkata', '2026-07-14T18:30:00.000Z'],
    // Clocks skip 02:00–03:00, and show it twice in October: the first counts.
    ['2026-03-29T02:30:00.000', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T02:30:00.000', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    // In Beirut the day begins at one o'clock when summer time does.
    ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00.000Z'],
    ['1900-01-01', 'UTC', '1900-01-01T00:00:00.000Z'],
  ])('%s in %s is %s', (civil, timezone, instant) => {
    expect(instantOf(civil, timezone)).toBe(instant);
  });

  test('what they show is what was set, whenever they show it', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'])
      for (let day = 0; day < 400; day += 13) {
        const instant = new Date(Date.UTC(2026, 0, day, day % 24, 15)).toISOString();
        const again = instantOf(civilOf(instant, zone), zone);
        // An hour that clocks show twice is taken for the first.
        expect(civilOf(again, zone)).toBe(civilOf(instant, zone));
      }
  });

  test('months end where they end', () => {
    const add = (civil: string, count: number): string => addCivil(civil, { unit: 'month', count });
    expect(add('2026-01-31T05:00:00.000', 1)).toBe('2026-02-28T05:00:00.000');
    expect(add('2024-03-31T00:00:00.000', -1)).toBe('2024-02-29T00:00:00.000');
    expect(add('2026-11-30T00:00:00.000', -12)).toBe('2025-11-30T00:00:00.000');
  });

  test('buckets follow the clocks of the zone', () => {
    expect(bucketOf('2026-10-31T23:30:00Z', 'month', 'Europe/Berlin')).toBe('2026-11-01');
    expect(bucketOf('2026-10-31T23:30:00Z', 'hour', 'Europe/Berlin')).toBe('2026-11-01T00:00');
    expect(startOf('2026-11-01', 'Europe/Berlin')).toBe('2026-10-31T23:00:00.000Z');
    expect(bucketsBetween('2026-03-28T23:00:00Z', '2026-03-30T22:00:00Z', 'day', 'Europe/Berlin')).toEqual([
      '2026-03-29',
      '2026-03-30',
    ]);
    expect(bucketsBetween('2026-12-30T22:00:00Z', '2026-12-31T01:00:00Z', 'hour')).toEqual([
      '2026-12-30T22:00',
      '2026-12-30T23:00',
      '2026-12-31T00:00',
    ]);
  });
});

describe('what a range is compared with', () => {
  const compared = (
    from: string,
    to: string,
    grain?: Grain,
    comparison: Comparison = 'previous-period',
    zone = 'UTC',
  ) => {
    const range = { from: instantOf(from, zone), to: instantOf(to, zone) };
    const found = comparedRange(range, comparison, grain, zone);
    const plain = (instant: string): string => civilOf(instant, zone).replace('T00:00:00.000', '');
    return [plain(found.from), plain(found.to)];
  };

  test.each([
    ['2026-11-01', '2026-12-01', 'day', ['2026-10-02', '2026-11-01']],
    ['2026-11-01', '2026-12-01', 'month', ['2026-10-01', '2026-11-01']],
    ['2026-11-01', '2026-12-01', undefined, ['2026-10-01', '2026-11-01']],
    ['2026-11-03', '2026-11-10', undefined, ['2026-10-27', '2026-11-03']],
    [
      '2026-11-03T06:00:00.000',
      '2026-11-03T09:00:00.000',
      undefined,
      ['2026-11-03T03:00:00.000', '2026-11-03T06:00:00.000'],
    ],
    [
      '2026-11-03T06:00:00.000',
      '2026-11-03T09:00:00.000',
      'hour',
      ['2026-11-02T06:00:00.000', '2026-11-02T09:00:00.000'],
    ],
    // Five weeks, the last of them begun.
    ['2026-11-01', '2026-12-01', 'week', ['2026-09-27', '2026-10-27']],
    ['2026-01-01', '2026-07-01', 'quarter', ['2025-07-01', '2026-01-01']],
    ['2026-02-15', '2026-03-15', 'month', ['2026-01-15', '2026-02-15']],
    ['2026-03-31', '2026-05-01', 'month', ['2026-01-31', '2026-03-01']],
    ['2024-01-01', '2026-01-01', 'year', ['2022-01-01', '2024-01-01']],
  ] as const)('%s to %s by %s', (from, to, grain, expected) => {
    expect(compared(from, to, grain)).toEqual(expected);
  });

  test.each([
    ['2026-11-01', '2026-12-01', 'day', ['2025-11-01', '2025-12-01']],
    ['2024-02-01', '2024-03-01', undefined, ['2023-02-01', '2023-03-01']],
    // Mondays with Mondays.
    ['2026-11-02', '2026-11-16', 'week', ['2025-11-03', '2025-11-17']],
  ] as const)('%s to %s by %s, the year before', (from, to, grain, expected) => {
    expect(compared(from, to, grain, 'previous-year')).toEqual(expected);
  });

  test('days are days where clocks change', () => {
    const zone = 'Europe/Berlin';
    const range = { from: instantOf('2026-03-29', zone), to: instantOf('2026-03-30', zone) };
    expect(Date.parse(range.to) - Date.parse(range.from)).toBe(23 * 3_600_000);
    expect(comparedRange(range, 'previous-period', 'day', zone)).toMatchObject({
      from: instantOf('2026-03-28', zone),
      to: range.from,
      later: { unit: 'day', count: 1 },
    });
  });
});
