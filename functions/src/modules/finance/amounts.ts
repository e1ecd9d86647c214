/** A decimal as an exact fraction of a power of ten: value = digits / 10^scale. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

function parseDecimal(value: string | number): Decimal {
  const text = typeof value === 'number' ? expand(value) : value;
  const [whole = '0', fraction = ''] = text.split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

/** Numbers as plain decimals: 1e-7 is written 0.0000001. */
function expand(value: number): string {
  const text = String(value);
  const [, sign = '', lead = '', rest = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const shift = Number(exponent);
  const digits = lead + rest;
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - lead.length)}${digits}`;
  return sign + digits.padEnd(lead.length + shift, '0');
}

/** Rounds digits / 10^scale to a whole number, halves away from zero. */
function round({ digits, scale }: Decimal): bigint {
  const divisor = 10n ** BigInt(scale);
  const half = divisor / 2n;
  return digits >= 0n ? (digits + half) / divisor : -((-digits + half) / divisor);
}

/** Minor units of a currency: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217, from the platform's CLDR data). */
export function minorDigits(currency: string): number {
  let digits = knownDigits.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    knownDigits.set(currency, digits);
  }
  return digits;
}

/** Making a number format takes longer than pricing a whole invoice. */
const knownDigits = new Map<string, number>();

/**
 * quantity × unit price in minor units, exact until the one rounding at the end (halves away from zero).
 * @param unitPrice major units as decimal text (`2.55`)
 */
export function lineAmount(quantity: number, unitPrice: string, digits: number): number {
  const [q, p] = [parseDecimal(quantity), parseDecimal(unitPrice)];
  const product = { digits: q.digits * p.digits * 10n ** BigInt(digits), scale: q.scale + p.scale };
  return Number(round(product));
}

/** A percentage (`19`, `7.7`) of an amount in minor units. */
export function percentOf(amount: number, percent: string): number {
  const rate = parseDecimal(percent);
  return Number(round({ digits: BigInt(amount) * rate.digits, scale: rate.scale + 2 }));
}
