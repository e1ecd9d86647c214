/** Decimal places of a currency's minor unit: 2 for GBP, 0 for JPY. */
export function minorDigits(currency: string): number {
  try {
    return (
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
      2
    );
  } catch {
    return 2;
  }
}

/** Minor units as major ones, rounded to the minor unit: (974774793, GBP) → 9747747.93. */
export const toMajor = (minor: number, currency: string): number => {
  const digits = minorDigits(currency);
  return Number((Math.round(minor) / 10 ** digits).toFixed(digits));
};
