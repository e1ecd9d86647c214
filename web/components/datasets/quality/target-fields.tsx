'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormContext, useWatch } from 'react-hook-form';
import { DATASETS, type Dataset } from '@/client/datasets';
import { usePages } from '@/client/use-pages';
import { Field, Select } from '@/components/ui/field';
import type { RuleValues } from './rule-values';

/** Another dataset, and the column in which each value has to occur. */
export function TargetFields(): ReactNode {
  const t = useTranslations('quality');
  const forms = useTranslations('forms');
  const { control, register, getFieldState, formState } = useFormContext<RuleValues>();
  const all = usePages<Dataset>(DATASETS, { sort: 'name', limit: 200 });
  const target = useWatch({ control, name: 'target' });
  const columns = all.data?.find(({ id }) => id === target.datasetId)?.columns ?? [];
  const required = { required: forms('required') };
  const select = (
    name: 'target.datasetId' | 'target.column',
    label: string,
    options: readonly (readonly [string, string])[],
  ): ReactNode => {
    const error = (getFieldState(name, formState).error ?? getFieldState('target', formState).error)?.message;
    return (
      <Field label={label} {...(error ? { error } : {})}>
        {(field) => (
          // The options arrive after the form: the choice is made again once they are there.
          <Select key={options.length} {...field} {...register(name, required)}>
            <option value="">{t('choose')}</option>
            {options.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </Select>
        )}
      </Field>
    );
  };
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {select(
        'target.datasetId',
        t('targetDataset'),
        (all.data ?? []).map(({ id, name }) => [id, name]),
      )}
      {select(
        'target.column',
        t('targetColumn'),
        columns.map(({ name }) => [name, name]),
      )}
    </div>
  );
}
