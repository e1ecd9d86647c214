/** NUMERIC: 29 digits before and 9 after the point, kept as a whole number of billionths. */

const SCALE = 9;
const UNIT = 10n ** BigInt(SCALE);
const LIMIT = 10n ** 38n;

const NUMBER = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/;

/** Billionths of the number in the text, rounded half away from zero; undefined when it is none or too large. */
export function numericUnits(text: string): bigint | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  if (Math.abs(Number(exponent)) > 1000) return undefined;
  const shift = Number(exponent) - fraction.length + SCALE;
  const digits = BigInt(whole + fraction);
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : roundedQuotient(digits, 10n ** BigInt(-shift));
  return units < LIMIT ? (sign === '-' ? -units : units) : undefined;
}

/** `a / b` rounded half away from zero. */
export function roundedQuotient(a: bigint, b: bigint): bigint {
  const negative = a < 0n !== b < 0n;
  const [top, bottom] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const quotient = (2n * top + bottom) / (2n * bottom);
  return negative ? -quotient : quotient;
}

export const inNumericRange = (units: bigint): boolean => units < LIMIT && units > -LIMIT;

/** The shortest text of so many billionths: `1.5`, never `1.500000000`. */
export function numericText(units: bigint, scale = SCALE): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${sign}${digits.slice(0, digits.length - scale)}${fraction ? `.${fraction}` : ''}`;
}

/** The number in the text as NUMERIC holds it; undefined when it does not. */
export function parseNumeric(text: string): string | undefined {
  const units = numericUnits(text);
  return units === undefined ? undefined : numericText(units);
}

export const multiply = (a: bigint, b: bigint): bigint => roundedQuotient(a * b, UNIT);
export const divide = (a: bigint, b: bigint): bigint => roundedQuotient(a * UNIT, b);
