/** Money is integer minor units beside an ISO 4217 code; what people read and type is major units. */

const digits = new Map<string, number>();

/** Decimal places of a currency: 2 for EUR, 0 for JPY, 3 for KWD. Unknown codes count as 2. */
export function currencyDigits(currency: string): number {
  const known = digits.get(currency);
  if (known !== undefined) return known;
  let found = 2;
  try {
    found =
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
      2;
  } catch {
    // Not a currency code: two places.
  }
  digits.set(currency, found);
  return found;
}

/** `12.5` in EUR is 1250. Accepts a comma or a point and spaces; undefined when it is not an amount. */
export function parseMoney(text: string, currency: string): number | undefined {
  const match = /^(-?)(\d*)(?:[.,](\d*))?$/.exec(text.replace(/\s/g, ''));
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  const places = currencyDigits(currency);
  if (!match || (whole === '' && fraction === '') || fraction.length > places) return undefined;
  const minor = Number(`${whole || '0'}${fraction.padEnd(places, '0')}`);
  if (!Number.isSafeInteger(minor)) return undefined;
  return sign && minor !== 0 ? -minor : minor;
}

/** 1250 in EUR is `12.50`, for a form field. */
export function moneyText(minor: number, currency: string): string {
  const places = currencyDigits(currency);
  const text = String(Math.abs(minor)).padStart(places + 1, '0');
  const sign = minor < 0 ? '-' : '';
  return places === 0 ? sign + text : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}

/** Quantity × unit price in minor units, exact, halves away from zero; undefined when either is not a number. */
export function lineAmount(
  quantity: string | number,
  unitPrice: string | number,
  currency: string,
): number | undefined {
  const left = decimal(String(quantity));
  const right = decimal(String(unitPrice));
  if (!left || !right) return undefined;
  return roundTo(left.value * right.value, left.scale + right.scale - currencyDigits(currency));
}

/** `value` / 10^scale as a whole number, halves away from zero. */
function roundTo(value: bigint, scale: number): number {
  if (scale <= 0) return Number(value * 10n ** BigInt(-scale));
  const unit = 10n ** BigInt(scale);
  const rounded = ((value < 0n ? -value : value) + unit / 2n) / unit;
  return Number(value < 0n ? -rounded : rounded);
}

function decimal(text: string): { value: bigint; scale: number } | undefined {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text.trim());
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (!match || whole + fraction === '') return undefined;
  return { value: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length };
}

/** A percentage (`19`) of an amount in minor units, halves away from zero; undefined when it is not a number. */
export function lineTax(amount: number, percent: string): number | undefined {
  const rate = decimal(percent);
  return rate ? roundTo(BigInt(amount) * rate.value, rate.scale + 2) : undefined;
}
