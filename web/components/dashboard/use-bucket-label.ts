'use client';

import { useTranslations } from 'next-intl';
import { useRegionalLocale } from '@/client/format-context';
import type { Grain } from '@/client/metric-query';

const SHORT: Readonly<Record<Grain, Intl.DateTimeFormatOptions>> = {
  hour: { day: 'numeric', hour: 'numeric', minute: '2-digit' },
  day: { day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: '2-digit' },
  quarter: { month: 'short', year: '2-digit' },
  year: { year: 'numeric' },
};
const LONG: Readonly<Record<Grain, Intl.DateTimeFormatOptions>> = {
  hour: { dateStyle: 'medium', timeStyle: 'short' },
  day: { dateStyle: 'full' },
  week: { dateStyle: 'medium' },
  month: { month: 'long', year: 'numeric' },
  quarter: { month: 'long', year: 'numeric' },
  year: { year: 'numeric' },
};

/** The instant of `2026-01-05` or `2026-01-05T14:00`, in UTC. */
const startOf = (period: string): Date => new Date(period.length === 10 ? period : `${period}Z`);

/** Names a period by its first day (or hour), which the warehouse gives in UTC: short for an axis, long for reading. */
export function useBucketLabel(grain: Grain): {
  short: (day: string) => string;
  long: (day: string) => string;
} {
  const locale = useRegionalLocale();
  const t = useTranslations('dashboard');
  const short = new Intl.DateTimeFormat(locale, { ...SHORT[grain], timeZone: 'UTC' });
  const long = new Intl.DateTimeFormat(locale, { ...LONG[grain], timeZone: 'UTC' });
  return {
    short: (day) => short.format(startOf(day)),
    long: (day) =>
      grain === 'week'
        ? t('weekOf', { day: long.format(startOf(day)) })
        : grain === 'quarter'
          ? t('quarterFrom', { month: long.format(startOf(day)) })
          : long.format(startOf(day)),
  };
}
