/** The pieces of FORMAT, after C's printf. */

import { floatText, printE, printF, printG } from '../values/float.ts';
import { numericText, roundedQuotient } from '../values/numeric.ts';
import type { NativeFunctions } from './define.ts';

/** Pads to the width; zeros go between sign and digits. */
function fill(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const [, sign = '', digits = ''] = /^([-+ ]?(?:0[xX])?)(.*)$/s.exec(text) ?? [];
  return sign + digits.padStart(width - sign.length, '0');
}

function signed(text: string, flags: string): string {
  if (text.startsWith('-')) return text;
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
}

const grouped = (text: string, flags: string): string =>
  flags.includes("'")
    ? text.replace(
        /^(-?)(\d+)/,
        (_, sign: string, digits: string) => sign + digits.replace(/\B(?=(\d{3})+$)/g, ','),
      )
    : text;

function int(value: bigint, specifier: string, flags: string, width: bigint, precision: bigint): string {
  const radix = specifier === 'o' ? 8 : specifier.toLowerCase() === 'x' ? 16 : 10;
  const digits = (value < 0n ? -value : value).toString(radix).padStart(Number(precision), '0');
  const prefix = flags.includes('#') && value !== 0n ? (radix === 16 ? '0x' : radix === 8 ? '0' : '') : '';
  const text = `${value < 0n ? '-' : ''}${prefix}${digits}`;
  const cased = specifier === 'X' ? text.toUpperCase() : text;
  return fill(signed(grouped(cased, flags), flags), flags, Number(width));
}

function floatDigits(value: number, specifier: string, precision: number, alternative: boolean): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const digits = precision < 0 ? 6 : precision;
  switch (specifier.toLowerCase()) {
    case 'f':
      return printF(value, digits);
    case 'e':
      return printE(value, digits);
    default:
      return printG(value, digits, alternative);
  }
}

function float(value: number, specifier: string, flags: string, width: bigint, precision: bigint): string {
  const text = floatDigits(value, specifier, Number(precision), flags.includes('#'));
  const cased = specifier === specifier.toUpperCase() ? text.toUpperCase() : text;
  const padding = Number.isFinite(value) ? flags : flags.replaceAll('0', '');
  return fill(signed(grouped(cased, flags), flags), padding, Number(width));
}

function numeric(units: bigint, _specifier: string, flags: string, width: bigint, precision: bigint): string {
  const digits = precision < 0n ? 6 : Number(precision);
  const rounded =
    digits >= 9 ? units : roundedQuotient(units, 10n ** BigInt(9 - digits)) * 10n ** BigInt(9 - digits);
  const [whole = '0', fraction = ''] = numericText(rounded).split('.');
  const text = digits > 0 ? `${whole}.${fraction.padEnd(digits, '0')}` : whole;
  return fill(signed(grouped(text, flags), flags), flags, Number(width));
}

function text(value: string, _specifier: string, flags: string, width: bigint, precision: bigint): string {
  const cut = precision < 0n ? value : Array.from(value).slice(0, Number(precision)).join('');
  const missing = Number(width) - Array.from(cut).length;
  const room = ' '.repeat(Math.max(missing, 0));
  return flags.includes('-') ? cut + room : room + cut;
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** In double quotes, unless the text holds those and no single ones. */
function stringLiteral(value: string): string {
  const quote = value.includes('"') && !value.includes("'") ? "'" : '"';
  return (
    quote +
    value.replace(/[\n\r\t\\]/g, (sign) => ESCAPES[sign] ?? sign).replaceAll(quote, `\\${quote}`) +
    quote
  );
}

function bytesLiteral(bytes: Uint8Array, literal: boolean): string {
  const body = Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x22
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
  return literal ? `b"${body}"` : body;
}

const OPTIONS = ['VARCHAR', 'VARCHAR', 'BIGINT', 'BIGINT'] as const;

export const FORMAT_FUNCTIONS: NativeFunctions = {
  bq_format_int: { args: ['BIGINT', ...OPTIONS], result: 'VARCHAR', run: int },
  bq_format_float: { args: ['DOUBLE', ...OPTIONS], result: 'VARCHAR', run: float },
  bq_format_numeric: { args: ['DECIMAL', ...OPTIONS], result: 'VARCHAR', run: numeric },
  bq_format_text: { args: ['VARCHAR', ...OPTIONS], result: 'VARCHAR', run: text },
  bq_string_literal: { args: ['VARCHAR'], result: 'VARCHAR', run: stringLiteral },
  bq_bytes_literal: { args: ['BLOB', 'BOOLEAN'], result: 'VARCHAR', run: bytesLiteral },
  bq_float_literal: {
    args: ['DOUBLE'],
    result: 'VARCHAR',
    run: (value: number) =>
      Number.isFinite(value) ? floatText(value) : `CAST("${floatText(value)}" AS FLOAT64)`,
  },
};
