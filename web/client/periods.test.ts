import { expect, it } from 'vitest';
import type { Grain } from './metric-query';
import { daysOf, nextPeriod, type Period } from './periods';

it.each<[Period, string, string]>([
  ['last-7', '2024-02-24', '2024-03-02'],
  ['last-30', '2024-02-01', '2024-03-02'],
  ['last-90', '2023-12-03', '2024-03-02'],
  ['this-month', '2024-03-01', '2024-03-02'],
  ['this-quarter', '2024-01-01', '2024-03-02'],
  ['this-year', '2024-01-01', '2024-03-02'],
])('%s on 1 March 2024 is from %s until %s', (period, from, to) => {
  expect(daysOf(period, Date.parse('2024-03-01T23:59:59Z'))).toEqual({ from, to });
});

it.each<[Grain, string, string]>([
  ['hour', '2024-02-29T23:00', '2024-03-01T00:00'],
  ['day', '2024-02-28', '2024-02-29'],
  ['week', '2024-12-30', '2025-01-06'],
  ['month', '2024-12-01', '2025-01-01'],
  ['quarter', '2024-10-01', '2025-01-01'],
  ['year', '2024-01-01', '2025-01-01'],
])('the %s after %s is %s', (grain, period, next) => {
  expect(nextPeriod(period, grain)).toBe(next);
});
