/** FLOAT64 as text: 15 digits when they say the number, else 17, as C's `%.15g` and `%.17g`. */

export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = general(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function general(value: number): string {
  // Most numbers have few digits, and JavaScript's own text is the same then.
  const own = String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e15 && own.length < 16) return own;
  const short = printG(value, 15);
  return Number(short) === value ? short : printG(value, 17);
}

/** C's `%.{precision}g`. */
export function printG(value: number, precision: number, alternative = false): string {
  if (Object.is(value, -0)) return '-0';
  if (value === 0) return '0';
  const digits = Math.max(precision, 1);
  const scientific = printE(value, digits - 1);
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  const trim = (text: string) =>
    alternative || !text.includes('.') ? text : text.replace(/\.?0+(?=e|$)/, '');
  return trim(exponent < -4 || exponent >= digits ? scientific : printF(value, digits - 1 - exponent));
}

/** C's `%.{digits}f`. */
export function printF(value: number, digits: number): string {
  const { sign, whole, scale } = exactly(value);
  const text = rounded(whole, scale - digits)
    .toString()
    .padStart(digits + 1, '0');
  return sign + (digits > 0 ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text);
}

/** C's `%.{digits}e`. */
export function printE(value: number, digits: number): string {
  const { sign, whole, scale } = exactly(value);
  const length = String(whole).length;
  const cut = String(rounded(whole, length - 1 - digits)).padEnd(digits + 1, '0');
  // Rounding up 9.99 makes one digit more.
  const exponent = whole === 0n ? 0 : length - 1 - scale + (cut.length - digits - 1);
  const fraction = cut.slice(1, digits + 1);
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return `${sign}${cut.charAt(0)}${fraction ? `.${fraction}` : ''}e${power}`;
}

/** The double's exact value: `whole / 10^scale`. */
function exactly(value: number): { sign: string; whole: bigint; scale: number } {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  let scaled = Math.abs(value);
  let scale = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    scale += 1;
  }
  // n / 2^k is n × 5^k / 10^k.
  return { sign, whole: BigInt(scaled) * 5n ** BigInt(scale), scale };
}

/** Drops so many digits; a tie goes to the even digit, as in C. */
function rounded(whole: bigint, drop: number): bigint {
  if (drop <= 0) return whole * 10n ** BigInt(-drop);
  const unit = 10n ** BigInt(drop);
  const [quotient, rest] = [whole / unit, (whole % unit) * 2n];
  return rest > unit || (rest === unit && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
