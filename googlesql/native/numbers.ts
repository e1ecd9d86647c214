import { SqlError } from '../errors.ts';
import { floatText } from '../values/float.ts';
import {
  divide,
  inNumericRange,
  multiply,
  numericText,
  numericUnits,
  roundedQuotient,
} from '../values/numeric.ts';
import type { NativeFunctions } from './define.ts';

function inRange(units: bigint, what: string): bigint {
  if (!inNumericRange(units)) throw new SqlError(`numeric overflow: ${what}`);
  return units;
}

const INT = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|\d+)\s*$/;

function parseInt64(text: string): bigint {
  const match = INT.exec(text);
  const value = match ? BigInt(match[2] ?? '') * (match[1] === '-' ? -1n : 1n) : undefined;
  if (value === undefined || value !== BigInt.asIntN(64, value))
    throw new SqlError(`Bad int64 value: ${text}`);
  return value;
}

const FLOAT = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)\s*$/i;

function parseFloat64(text: string): number {
  const word = text.trim().toLowerCase().replace(/^[+-]/, '');
  if (!FLOAT.test(text)) throw new SqlError(`Bad double value: ${text}`);
  if (word === 'nan') return Number.NaN;
  if (word.startsWith('inf'))
    return text.trim().startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new SqlError(`Bad double value: ${text}`);
  return value;
}

function parseNumericUnits(text: string): bigint {
  const units = numericUnits(text);
  if (units === undefined) throw new SqlError(`Invalid NUMERIC value: ${text}`);
  return units;
}

/** The double's exact value in billionths, rounded half away from zero. */
function floatUnits(value: number): bigint {
  if (!Number.isFinite(value))
    throw new SqlError(
      `Illegal conversion of non-finite floating point number to numeric: ${floatText(value)}`,
    );
  if (Math.abs(value) >= 1e29) throw new SqlError(`numeric out of range: ${floatText(value)}`);
  let scaled = value;
  let denominator = 1n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return inRange(roundedQuotient(BigInt(scaled) * 1_000_000_000n, denominator), floatText(value));
}

function pow(base: number, exponent: number): number {
  const result = base ** exponent;
  const finite = Number.isFinite(base) && Number.isFinite(exponent);
  if (base === 1) return 1;
  if (finite && Number.isNaN(result))
    throw new SqlError(`Floating point error in function: POW(${floatText(base)}, ${floatText(exponent)})`);
  if (finite && !Number.isFinite(result))
    throw new SqlError(`Floating point error in function: POW(${floatText(base)}, ${floatText(exponent)})`);
  return result;
}

function roundNumeric(units: bigint, digits: bigint, mode: string): bigint {
  if (digits >= 9n) return units;
  if (digits < -29n) return 0n;
  const unit = 10n ** (9n - digits);
  return inRange(mode === 'trunc' ? (units / unit) * unit : roundedQuotient(units, unit) * unit, 'ROUND');
}

/** Rounds the decimal text of the double, so that 1.005 is rounded as it is read. */
function roundFloat(value: number, digits: bigint, mode: string): number {
  if (!Number.isFinite(value) || digits > 30n) return value;
  if (digits < -308n) return 0;
  const scale = 10 ** Number(digits);
  const scaled = digits >= 0n ? value * scale : value / 10 ** -Number(digits);
  if (!Number.isFinite(scaled)) return value;
  const whole = mode === 'trunc' ? Math.trunc(scaled) : Math.sign(scaled) * Math.round(Math.abs(scaled));
  return digits >= 0n ? whole / scale : whole * 10 ** -Number(digits);
}

export const NUMBER_FUNCTIONS: NativeFunctions = {
  bq_error: {
    args: ['VARCHAR', 'VARCHAR'],
    result: 'VARCHAR',
    nulls: true,
    run: (message: string) => {
      throw new SqlError(message);
    },
  },
  bq_checked: {
    args: ['DOUBLE'],
    result: 'DOUBLE',
    run: (value: number) => {
      if (value === Number.POSITIVE_INFINITY) throw new SqlError('Floating point error: overflow');
      return value;
    },
  },
  /** The result of two numbers; it may be infinite or no number only when one of them is. */
  bq_finite: {
    args: ['DOUBLE', 'DOUBLE', 'DOUBLE'],
    result: 'DOUBLE',
    run: (result: number, a: number, b: number) => {
      if (Number.isFinite(a) && Number.isFinite(b))
        throw new SqlError(`Floating point error: overflow of ${floatText(a)} and ${floatText(b)}`);
      return result;
    },
  },
  bq_numeric_multiply: {
    args: ['DECIMAL', 'DECIMAL'],
    result: 'DECIMAL',
    run: (a: bigint, b: bigint) => inRange(multiply(a, b), `${numericText(a)} * ${numericText(b)}`),
  },
  bq_numeric_divide: {
    args: ['DECIMAL', 'DECIMAL'],
    result: 'DECIMAL',
    run: (a: bigint, b: bigint) => {
      if (b === 0n) throw new SqlError(`division by zero: ${numericText(a)} / ${numericText(b)}`);
      return inRange(divide(a, b), `${numericText(a)} / ${numericText(b)}`);
    },
  },
  bq_numeric_round: { args: ['DECIMAL', 'BIGINT', 'VARCHAR'], result: 'DECIMAL', run: roundNumeric },
  bq_float_round: { args: ['DOUBLE', 'BIGINT', 'VARCHAR'], result: 'DOUBLE', run: roundFloat },
  bq_pow: { args: ['DOUBLE', 'DOUBLE'], result: 'DOUBLE', run: pow },
  bq_float_text: { args: ['DOUBLE'], result: 'VARCHAR', run: (value: number) => floatText(value) },
  bq_float_numeric: { args: ['DOUBLE'], result: 'DECIMAL', run: floatUnits },
  bq_parse_int: { args: ['VARCHAR'], result: 'BIGINT', run: parseInt64 },
  bq_parse_float: { args: ['VARCHAR'], result: 'DOUBLE', run: parseFloat64 },
  bq_parse_numeric: { args: ['VARCHAR'], result: 'DECIMAL', run: parseNumericUnits },
  bq_parse_bool: {
    args: ['VARCHAR'],
    result: 'BOOLEAN',
    run: (text: string) => {
      const word = text.toLowerCase();
      if (word !== 'true' && word !== 'false') throw new SqlError(`Bad bool value: ${text}`);
      return word === 'true';
    },
  },
  /** Left for a positive distance, else right without the sign; 64 places and more leave nothing. */
  bq_shift: {
    args: ['BIGINT', 'BIGINT'],
    result: 'BIGINT',
    run: (value: bigint, by: bigint) => {
      if (by >= 64n || by <= -64n) return 0n;
      return by >= 0n ? BigInt.asIntN(64, value << by) : BigInt.asIntN(64, BigInt.asUintN(64, value) >> -by);
    },
  },
};
