/** FLOAT64 as text: 15 digits when they say the number, else 17, as C's `%.15g` and `%.17g`. */

export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = general(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function general(value: number): string {
  const short = printG(value, 15);
  return Number(short) === value ? short : printG(value, 17);
}

/** C's `%.{precision}g`. */
export function printG(value: number, precision: number, alternative = false): string {
  if (Object.is(value, -0)) return '-0';
  if (value === 0) return '0';
  const digits = Math.max(precision, 1);
  const [mantissa = '', power = '0'] = value.toExponential(digits - 1).split('e');
  const exponent = Number(power);
  const trim = (text: string) => (alternative || !text.includes('.') ? text : text.replace(/\.?0+$/, ''));
  if (exponent < -4 || exponent >= digits) return `${trim(mantissa)}e${exponentText(exponent)}`;
  return trim(toFixedExact(value, digits - 1 - exponent));
}

export const exponentText = (exponent: number): string =>
  `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

/** `toFixed`, which stops being exact at 1e21 and takes at most 100 digits. */
export function toFixedExact(value: number, digits: number): string {
  if (Math.abs(value) >= 1e21)
    return digits > 0 ? `${BigInt(value)}.${'0'.repeat(digits)}` : String(BigInt(value));
  return value.toFixed(Math.min(digits, 100));
}
