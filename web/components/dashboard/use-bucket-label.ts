'use client';

import { useTranslations } from 'next-intl';
import type { Grain } from '@/client/analytics';
import { useRegionalLocale } from '@/client/format-context';

const SHORT: Readonly<Record<Grain, Intl.DateTimeFormatOptions>> = {
  day: { day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: '2-digit' },
  quarter: { month: 'short', year: '2-digit' },
  year: { year: 'numeric' },
};
const LONG: Readonly<Record<Grain, Intl.DateTimeFormatOptions>> = {
  day: { dateStyle: 'full' },
  week: { dateStyle: 'medium' },
  month: { month: 'long', year: 'numeric' },
  quarter: { month: 'long', year: 'numeric' },
  year: { year: 'numeric' },
};

/** Names a period by its first day, which the warehouse gives in UTC: short for an axis, long for reading. */
export function useBucketLabel(grain: Grain): {
  short: (day: string) => string;
  long: (day: string) => string;
} {
  const locale = useRegionalLocale();
  const t = useTranslations('dashboard');
  const short = new Intl.DateTimeFormat(locale, { ...SHORT[grain], timeZone: 'UTC' });
  const long = new Intl.DateTimeFormat(locale, { ...LONG[grain], timeZone: 'UTC' });
  return {
    short: (day) => short.format(new Date(day)),
    long: (day) =>
      grain === 'week'
        ? t('weekOf', { day: long.format(new Date(day)) })
        : grain === 'quarter'
          ? t('quarterFrom', { month: long.format(new Date(day)) })
          : long.format(new Date(day)),
  };
}
