import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineAmount, minorDigits, percentOf } from './amounts.ts';

describe('line amounts', () => {
  it.each([
    [6, '2.55', 2, 1530],
    [-1, '27.50', 2, -2750],
    [1, '0.001', 2, 0],
    [5, '0.001', 2, 1],
    [-5, '0.001', 2, -1],
    [3, '0.005', 2, 2],
    [1, '-11062.06', 2, -1106206],
    [2.5, '10', 0, 25],
    [1e-7, '1000000', 2, 10],
    [80995, '2.08', 2, 16846960],
  ])('%d × %s in %d digits is %d', (quantity, price, digits, expected) => {
    expect(lineAmount(quantity, price, digits)).toBe(expected);
  });

  it('is exact for whole quantities and prices in minor units', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        (quantity, cents) => {
          const price = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
          expect(lineAmount(quantity, price, 2)).toBe(quantity * cents || 0);
        },
      ),
    );
  });

  it('knows currencies without and with three decimals', () => {
    expect([minorDigits('EUR'), minorDigits('JPY'), minorDigits('KWD')]).toEqual([2, 0, 3]);
  });

  it('takes percentages with one rounding', () => {
    expect([
      percentOf(1000, '19'),
      percentOf(1005, '7.7'),
      percentOf(-250, '20'),
      percentOf(1, '50'),
    ]).toEqual([190, 77, -50, 1]);
  });
});
