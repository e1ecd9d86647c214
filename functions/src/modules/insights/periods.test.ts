import { expect, test } from 'vitest';
import { latestPeriod, periodBefore } from './periods.ts';
import { during, periodName } from './text.ts';

test.each([
  ['2010-12-01T08:26:00Z', '2011-12-09T12:50:00Z', '2011-10-01', '2011-11-01', '2011-12-01'],
  ['2010-12-01T08:26:00Z', '2011-11-30T17:00:00Z', '2011-10-01', '2011-11-01', '2011-12-01'],
  ['2023-10-03T00:00:00Z', '2024-01-31T23:59:59Z', '2023-12-01', '2024-01-01', '2024-02-01'],
  ['2010-12-01T08:26:00Z', '2010-12-23T17:41:00Z', '2010-12-06', '2010-12-13', '2010-12-20'],
  ['2026-03-04T00:00:00Z', '2026-03-09T10:00:00Z', '2026-03-04', '2026-03-07', '2026-03-10'],
])('data from %s to %s compares the newest whole period', (first, last, before, from, to) => {
  expect(latestPeriod(first, last)).toEqual({ previous: { from: before, to: from }, current: { from, to } });
});

test('one day of data has nothing to be compared with', () => {
  expect(latestPeriod('2026-03-04T08:00:00Z', '2026-03-04T18:00:00Z')).toBeUndefined();
});

test('before whole months are as many months, before days as many days', () => {
  expect(periodBefore({ from: '2024-03-01', to: '2024-04-01' })).toEqual({
    from: '2024-02-01',
    to: '2024-03-01',
  });
  expect(periodBefore({ from: '2024-01-01', to: '2024-04-01' })).toEqual({
    from: '2023-10-01',
    to: '2024-01-01',
  });
  expect(periodBefore({ from: '2024-03-04', to: '2024-03-11' })).toEqual({
    from: '2024-02-26',
    to: '2024-03-04',
  });
});

test('periods by name', () => {
  expect(periodName({ from: '2011-11-01', to: '2011-12-01' })).toBe('November 2011');
  expect(periodName({ from: '2010-12-13', to: '2010-12-20' })).toBe('13–19 December 2010');
  expect(during({ from: '2010-11-29', to: '2010-12-06' })).toBe(
    'between 29 November 2010 and 5 December 2010',
  );
  expect(during({ from: '2010-12-13', to: '2010-12-14' })).toBe('on 13 December 2010');
});
