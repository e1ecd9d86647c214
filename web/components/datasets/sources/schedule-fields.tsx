'use client';

import { useLocale, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormContext, useWatch } from 'react-hook-form';
import { Field, Input, Select } from '@/components/ui/field';
import type { SourceValues } from './source-values';

const EVERY = ['never', 'minutes', 'hourly', 'daily', 'weekly'] as const;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** The name of a day of the week, in the reader's language. @param day ISO 8601: 1 is Monday */
export const weekdayName = (locale: string, day: number): string =>
  new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));

/** When a source is read by itself. */
export function ScheduleFields(): ReactNode {
  const t = useTranslations('sources');
  const locale = useLocale();
  const { control, register } = useFormContext<SourceValues>();
  const every = useWatch({ control, name: 'every' });
  const timed = every === 'daily' || every === 'weekly';
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-2 lg:grid-cols-4">
      <Field label={t('schedule')}>
        {(field) => (
          <Select {...field} {...register('every')} data-testid="source-every">
            {EVERY.map((value) => (
              <option key={value} value={value}>
                {t(`every.${value}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {every === 'minutes' ? (
        <Field label={t('minutes')}>
          {(field) => <Input {...field} type="number" min={1} max={59} {...register('minutes')} />}
        </Field>
      ) : null}
      {every === 'hourly' ? (
        <Field label={t('minute')}>
          {(field) => <Input {...field} type="number" min={0} max={59} {...register('minute')} />}
        </Field>
      ) : null}
      {every === 'weekly' ? (
        <Field label={t('weekday')}>
          {(field) => (
            <Select {...field} {...register('weekday')}>
              {DAYS.map((day) => (
                <option key={day} value={day}>
                  {weekdayName(locale, day)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : null}
      {timed ? (
        <>
          <Field label={t('at')}>{(field) => <Input {...field} type="time" {...register('at')} />}</Field>
          <Field label={t('timezone')}>
            {(field) => (
              <Select {...field} dir="ltr" {...register('timezone')}>
                {ZONES.map((zone) => (
                  <option key={zone} value={zone}>
                    {zone.replaceAll('_', ' ')}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </>
      ) : null}
    </div>
  );
}
