'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useId } from 'react';
import { COMPARISONS, GRAINS } from '@/client/metric-query';
import { PERIODS, shiftDay } from '@/client/periods';
import { Field, Input, Select } from '@/components/ui/field';
import type { ExplorationState } from './use-exploration';

/** Periods ahead that are offered. */
const AHEAD = [1, 3, 6, 12, 30] as const;

/** When: the period, its grain, what it is compared with, and how far ahead one looks. */
export function TimeRow({ exploration, change }: ExplorationState): ReactNode {
  const t = useTranslations('explore');
  const note = useId();
  const { period, from, to, grain, compare, forecast, dimensions } = exploration;
  const custom = !period && (from !== undefined || to !== undefined);
  const bounded = period !== undefined || (from !== undefined && to !== undefined);
  const mayForecast = grain !== undefined && dimensions.length === 0;
  const choosePeriod = (value: string): void => {
    const known = PERIODS.find((name) => name === value);
    const year = new Date().getUTCFullYear();
    const days = value === 'custom' ? { from: `${year}-01-01`, to: `${year + 1}-01-01` } : {};
    change({ from: undefined, to: undefined, period: known, ...days });
  };
  return (
    <div className="grid gap-x-4 gap-y-3 px-5 py-4 sm:grid-cols-2 sm:px-6 lg:grid-cols-4">
      <Field label={t('period')}>
        {(control) => (
          <Select
            {...control}
            data-testid="explore-period"
            value={custom ? 'custom' : (period ?? '')}
            onChange={({ target }) => choosePeriod(target.value)}
          >
            <option value="">{t('periods.all')}</option>
            {PERIODS.map((name) => (
              <option key={name} value={name}>
                {t(`periods.${name}`)}
              </option>
            ))}
            <option value="custom">{t('periods.custom')}</option>
          </Select>
        )}
      </Field>
      <Field label={t('grain')}>
        {(control) => (
          <Select
            {...control}
            data-testid="explore-grain"
            value={grain ?? ''}
            onChange={({ target }) => change({ grain: GRAINS.find((name) => name === target.value) })}
          >
            <option value="">{t('grains.none')}</option>
            {GRAINS.map((name) => (
              <option key={name} value={name}>
                {t(`grains.${name}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('compare')}>
        {(control) => (
          <Select
            {...control}
            data-testid="explore-compare"
            aria-describedby={bounded ? undefined : note}
            disabled={!bounded}
            value={compare ?? ''}
            onChange={({ target }) => change({ compare: COMPARISONS.find((name) => name === target.value) })}
          >
            <option value="">{t('comparisons.none')}</option>
            {COMPARISONS.map((name) => (
              <option key={name} value={name}>
                {t(`comparisons.${name}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('forecast')}>
        {(control) => (
          <Select
            {...control}
            data-testid="explore-forecast"
            aria-describedby={mayForecast ? undefined : note}
            disabled={!mayForecast}
            value={forecast ?? ''}
            onChange={({ target }) => change({ forecast: Number(target.value) || undefined })}
          >
            <option value="">{t('noForecast')}</option>
            {[...new Set([...AHEAD, ...(forecast ? [forecast] : [])])].map((count) => (
              <option key={count} value={count}>
                {t('ahead', { count })}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {custom ? (
        <div className="grid gap-x-4 gap-y-3 sm:col-span-2 sm:grid-cols-2">
          <Day label={t('from')} value={from} onChange={(day) => change({ from: day })} />
          <Day
            label={t('to')}
            value={to && shiftDay(to, -1)}
            onChange={(day) => change({ to: day && shiftDay(day, 1) })}
          />
        </div>
      ) : null}
      {bounded && mayForecast ? null : (
        <p id={note} className="text-faint text-xs sm:col-span-2 lg:col-span-4">
          {bounded ? null : t('compareNeeds')} {mayForecast ? null : t('forecastNeeds')}
        </p>
      )}
    </div>
  );
}

interface DayProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (day: string | undefined) => void;
}

/** A day; it counts once it is a whole date, so that typing one is not answered digit by digit. */
const Day = ({ label, value, onChange }: DayProps): ReactNode => (
  <Field label={label}>
    {(control) => (
      <Input
        {...control}
        key={value}
        type="date"
        defaultValue={value}
        onBlur={({ target }) => target.value !== (value ?? '') && onChange(target.value || undefined)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onChange(event.currentTarget.value || undefined);
        }}
      />
    )}
  </Field>
);
