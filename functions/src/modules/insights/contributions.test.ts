import { expect, test } from 'vitest';
import { breakDown, factorEffects, topShare, turnover } from './contributions.ts';

const of = (values: Record<string, number>) => new Map(Object.entries(values));

test('signed contributions add up to the change, and the fewest that make half of it are its drivers', () => {
  const found = breakDown(
    of({ uk: 100, de: 50, fr: 20, it: 5 }),
    of({ uk: 160, de: 30, fr: 45, es: 5, it: 5 }),
  );
  expect(found).toMatchObject({ before: 175, after: 245, delta: 70 });
  expect(found.contributions.map(({ member, delta }) => [member, delta])).toEqual([
    ['uk', 60],
    ['fr', 25],
    ['de', -20],
    ['es', 5],
    ['it', 0],
  ]);
  expect(found.drivers.map(({ member }) => member)).toEqual(['uk']);
  expect(found.against.map(({ member }) => member)).toEqual(['de']);
});

test('a fall is driven by those that fell, at most three', () => {
  const found = breakDown(of({ a: 10, b: 10, c: 10, d: 10, e: 10 }), of({ a: 9, b: 8, c: 9, d: 9, e: 11 }));
  expect(found.delta).toBe(-4);
  expect(found.drivers.map(({ member }) => member)).toEqual(['b']);
  expect(found.against).toEqual([{ member: 'e', before: 10, after: 11, delta: 1 }]);
  const even = breakDown(of({ a: 9, b: 9, c: 9, d: 9, e: 9, f: 9, g: 9, h: 9 }), of({}));
  expect(even.drivers.map(({ member }) => member)).toEqual(['a', 'b', 'c']);
});

test('who came, who went, who stayed', () => {
  expect(turnover(of({ a: 10, b: 20, c: 5 }), of({ b: 25, c: 4, d: 7, e: 1 }))).toEqual({
    gained: { count: 2, value: 8 },
    lost: { count: 1, value: 10 },
    kept: { count: 2, before: 25, after: 29 },
  });
});

test('the share of the largest', () => {
  expect(topShare(of({ a: 1, b: 6, c: 3 }), 2)).toBe(0.9);
  expect(topShare(of({ a: 1, b: -1 }), 1)).toBeUndefined();
});

test('the effects of count and average add up to the change exactly', () => {
  // 10 × 5 = 50 became 12 × 4 = 48: 2 more at a mean of 4.5, and 1 less each on a mean of 11.
  expect(factorEffects({ count: 10, average: 5 }, { count: 12, average: 4 })).toEqual({
    count: 9,
    average: -11,
  });
});
