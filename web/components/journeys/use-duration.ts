'use client';

import { useRegionalLocale } from '@/client/format-context';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** Says how long something took in the largest unit that fits: `3.5 days`. */
export function useDuration(): (seconds: number) => string {
  const locale = useRegionalLocale();
  return (seconds) => {
    const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? (['second', 1] as const);
    return new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: 'long',
      maximumFractionDigits: 1,
    }).format(seconds / size);
  };
}
