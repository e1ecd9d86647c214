import { expect, test } from 'vitest';
import { farmFingerprint } from './farmhash.ts';
import { floatText, printE, printF, printG } from './float.ts';
import { numericText, numericUnits } from './numeric.ts';
import { parseTimestamp, toUtc, zoneOffset } from './temporal.ts';

/** Published values of Fingerprint64, one for each of the algorithm's lengths. */
test.each([
  ['', 0x9ae16a3b2f90404fn],
  ['a', 0xb3454265b6df75e3n],
  ['abcd', 0x1a5502de4a1f8101n],
  ['abcdefghi', 0x332c8ed4dae5ba42n],
  ['size:  a.out:  bad magic', 0x80d73b843ba57db8n],
  ['C is as portable as Stonehedge!!', 0xb944f8a16261e414n],
  ['Discard medicine more than two years old.', 0xe8f89ab6df9bdd25n],
  ['For every action there is an equal and opposite government program.', 0x55182f8859eca4cen],
  [
    'Even if I could be Shakespeare, I think I should still choose to be Faraday. - A. Huxley',
    0x5a05644eb66e435en,
  ],
  [
    'The fugacity of a constituent in a mixture of gases at a given temperature is proportional to its mole fraction.  Lewis-Randall Rule',
    0x098eff6958c5e91an,
  ],
])('the fingerprint of %j', (text, expected) => {
  expect(BigInt.asUintN(64, farmFingerprint(Buffer.from(text)))).toBe(expected);
});

test('numbers are printed as C prints them', () => {
  expect([printF(2.25, 1), printF(0.5, 0), printF(1.5, 0), printF(1e21, 2), printF(-1.005, 2)]).toEqual([
    '2.2',
    '0',
    '2',
    '1000000000000000000000.00',
    '-1.00',
  ]);
  expect([printE(9.99, 1), printE(2.5, 0), printE(0, 2), printE(12345, 2)]).toEqual([
    '1.0e+01',
    '2e+00',
    '0.00e+00',
    '1.23e+04',
  ]);
  expect([printG(1e20, 6), printG(0.0001, 6), printG(0.00001, 6), printG(123456789, 6)]).toEqual([
    '1e+20',
    '0.0001',
    '1e-05',
    '1.23457e+08',
  ]);
  expect([0.1, 1, 1e15, 123456789012345, 0.8 - 1e-16, 1e-7, 5e-324].map(floatText)).toEqual([
    '0.1',
    '1.0',
    '1e+15',
    '123456789012345.0',
    '0.79999999999999993',
    '1e-07',
    '4.94065645841247e-324',
  ]);
});

test('NUMERIC is exact, rounds half away from zero and has 29 digits before the point', () => {
  expect([numericUnits('0.0000000005'), numericUnits('-0.0000000005'), numericUnits('1e-10')]).toEqual([
    1n,
    -1n,
    0n,
  ]);
  expect(numericUnits(`1${'0'.repeat(29)}`)).toBeUndefined();
  expect(numericText(numericUnits('99999999999999999999999999999.999999999') ?? 0n)).toBe(
    '99999999999999999999999999999.999999999',
  );
});

test('clocks that change: the first of two, and the later of none', () => {
  const utc = (text: string) => parseTimestamp(text) ?? 0n;
  expect(toUtc(utc('2020-11-01 01:30:00'), 'America/New_York')).toBe(utc('2020-11-01 05:30:00'));
  expect(toUtc(utc('2020-03-08 02:30:00'), 'America/New_York')).toBe(utc('2020-03-08 07:30:00'));
  expect(zoneOffset('Asia/Kathmandu', utc('2020-01-01'))).toBe(20_700_000_000n);
  expect(zoneOffset('-08:00', 0n)).toBe(-28_800_000_000n);
});
