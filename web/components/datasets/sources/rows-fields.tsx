'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormContext, useWatch } from 'react-hook-form';
import type { Dataset } from '@/client/datasets';
import { CheckField } from '@/components/ui/check-field';
import { Field, Input, Select } from '@/components/ui/field';
import { ScrollRegion } from '@/components/ui/scroll-region';
import type { SourceValues } from './source-values';

const MODES = ['replace', 'append', 'upsert'] as const;
const SINCE = ['time', 'number', 'text'] as const;

/** What becomes of the rows that are there, and from where on rows are read. */
export function RowsFields({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('sources');
  const { control, register, getFieldState, formState } = useFormContext<SourceValues>();
  const [mode, on] = useWatch({ control, name: ['mode', 'since.on'] });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-2">
      <Field label={t('mode')} hint={t(`modeHints.${mode}`)}>
        {(field) => (
          <Select {...field} {...register('mode')} data-testid="source-mode">
            {MODES.map((value) => (
              <option key={value} value={value}>
                {t(`modes.${value}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {mode === 'upsert' ? (
        <KeyField dataset={dataset} error={getFieldState('key', formState).error?.message} />
      ) : null}
      {mode === 'replace' ? null : (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:col-span-2">
          <CheckField label={t('since')} hint={t('sinceHint')} {...register('since.on')} />
          {on ? (
            <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-3">
              <Field label={t('sinceField')}>
                {(field) => (
                  <Select {...field} {...register('since.field')}>
                    {dataset.columns.map(({ source, name }) => (
                      <option key={name} value={source}>
                        {source}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
              <Field label={t('sinceKind')}>
                {(field) => (
                  <Select {...field} {...register('since.kind')}>
                    {SINCE.map((value) => (
                      <option key={value} value={value}>
                        {t(`sinceKinds.${value}`)}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
              {mode === 'upsert' ? (
                <Field label={t('lag')} hint={t('lagHint')}>
                  {(field) => <Input {...field} type="number" min={0} {...register('since.lag')} />}
                </Field>
              ) : null}
            </div>
          ) : null}
        </div>
      )}
    </div>
  );
}

function KeyField({
  dataset,
  error,
}: {
  readonly dataset: Dataset;
  readonly error: string | undefined;
}): ReactNode {
  const t = useTranslations('sources');
  const { register } = useFormContext<SourceValues>();
  return (
    <fieldset className="grid grid-cols-[minmax(0,1fr)] content-start gap-1.5">
      <legend className="mb-1.5 font-medium text-[0.8125rem]">{t('key')}</legend>
      <ScrollRegion label={t('key')} className="max-h-40 rounded-lg border py-1">
        {dataset.columns.map(({ name }) => (
          <label key={name} className="flex items-center gap-2.5 px-3 py-1 hover:bg-ink/4 max-md:py-2">
            <input type="checkbox" className="size-4 accent-(--accent)" value={name} {...register('key')} />
            <code dir="ltr" className="truncate font-mono text-[0.8125rem]">
              {name}
            </code>
          </label>
        ))}
      </ScrollRegion>
      {error ? (
        <p className="text-[0.8125rem] text-bad" role="alert">
          {error}
        </p>
      ) : null}
    </fieldset>
  );
}
