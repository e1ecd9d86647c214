import { expect, test } from 'vitest';
import { findAnomalies, median } from './anomalies.ts';

const day = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
const series = (values: number[]) => values.map((value, index) => ({ day: day(index), value }));

test('the median of an even and an odd number of values', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});

test('a day is unusual from a robust z-score of 3.5 on', () => {
  // Of 8, 9, 10, 11, 12 twice over, the median is 10 and the median absolute deviation 1: z = 0.6745 × distance.
  const calm = [8, 9, 10, 11, 12, 8, 9, 10, 11, 12];
  expect(findAnomalies(series([...calm, 16]), '2026-01-01')).toEqual([
    { day: '2026-01-11', value: 16, median: 10, score: 0.6745 * 6 },
  ]);
  expect(findAnomalies(series([...calm, 4]), '2026-01-01')).toMatchObject([{ value: 4, score: 0.6745 * -6 }]);
  expect(findAnomalies(series([...calm, 15]), '2026-01-01')).toEqual([]);
});

test('days without trade are neither unusual nor a reference; few or equal days say nothing', () => {
  const calm = [8, 9, 10, 11, 12, 8, 9, 10, 11, 12];
  expect(findAnomalies(series([...calm, 0, 0, 16]), '2026-01-01').map(({ value }) => value)).toEqual([16]);
  expect(findAnomalies(series([8, 9, 10, 11, 12, 8, 9, 10, 11, 99]), '2026-01-01')).toEqual([]);
  expect(findAnomalies(series([5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 99]), '2026-01-01')).toEqual([]);
});

test('only days of the period are told', () => {
  const values = [8, 9, 10, 11, 12, 8, 9, 10, 11, 12, 40, 10, 41];
  expect(findAnomalies(series(values), day(12)).map((found) => found.day)).toEqual([day(12)]);
});
