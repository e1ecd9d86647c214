'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useId } from 'react';
import { useFormContext } from 'react-hook-form';
import type { ColumnFormat, FoundColumn } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { formatKey, readAs, readingsOf, tellingSample } from '@/client/readings';
import type { DatasetValues } from './dataset-values';

interface Props {
  readonly column: FoundColumn;
  readonly name: `columns.${number}.reading`;
}

/** A column that could be read in several ways: one has to be chosen, by what a text of the file would mean. */
export function ReadingChoice({ column, name }: Props): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  const error = useId();
  const { register, getFieldState, formState } = useFormContext<DatasetValues>();
  const problem = getFieldState(name, formState).error?.message;
  const readings = readingsOf(column);
  const sample = tellingSample(column.samples, readings) ?? '';
  const meaning = (reading: ColumnFormat): string => {
    const value = readAs(sample, reading);
    if (typeof value === 'number') return format.number(value);
    return value === undefined ? t('unreadable') : format.longDate(value);
  };
  return (
    <fieldset
      className="grid gap-2 rounded-xl bg-warn-tint px-4 py-3"
      data-testid="readings"
      {...(problem ? { 'aria-describedby': error } : {})}
    >
      <legend className="contents text-sm">
        <span className="font-medium text-sm">
          {t.rich(column.format?.kind === 'number' ? 'whichNumber' : 'whichDate', {
            sample: () => (
              <code dir="ltr" className="font-mono">
                {sample}
              </code>
            ),
          })}
        </span>
      </legend>
      <div className="flex flex-wrap gap-2">
        {readings.map((reading) => (
          <label
            key={formatKey(reading)}
            className="flex cursor-pointer items-center gap-2.5 rounded-lg border bg-surface px-3 py-2 text-sm has-checked:border-accent has-focus-visible:ring-3 has-focus-visible:ring-accent/25"
          >
            <input
              type="radio"
              value={formatKey(reading)}
              className="size-4 accent-(--accent)"
              {...register(name, { required: t('choose') })}
            />
            <span>
              <span className="block font-medium">{meaning(reading)}</span>
              <span dir="ltr" className="block text-faint text-xs">
                {reading.kind === 'number'
                  ? reading.decimal === ','
                    ? '1.234,50'
                    : '1,234.50'
                  : formatKey(reading)}
              </span>
            </span>
          </label>
        ))}
      </div>
      {problem ? (
        <p id={error} className="text-[0.8125rem] text-bad" role="alert">
          {problem}
        </p>
      ) : null}
    </fieldset>
  );
}
