'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useWatch } from 'react-hook-form';
import { useApi } from '@/client/context';
import { DATASETS, DATASETS_PATH, type Dataset } from '@/client/datasets';
import { etagOf, keys } from '@/client/records';
import { CheckField } from '@/components/ui/check-field';
import { Field, Input, Select } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';

interface Values {
  limited: boolean;
  retention: { days: string; column: string };
}

/** How long rows are kept. */
export function KeepRows({
  dataset,
  onClose,
}: {
  readonly dataset: Dataset;
  readonly onClose: () => void;
}): ReactNode {
  const t = useTranslations('quality');
  const forms = useTranslations('forms');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const { retention } = dataset;
  const draft = useApiForm<Values>({
    limited: retention !== undefined,
    retention: { days: String(retention?.days ?? 365), column: retention?.column ?? '' },
  });
  const { register, control } = draft.form;
  const [limited, column] = useWatch({ control, name: ['limited', 'retention.column'] });
  const times = dataset.columns.filter(({ type }) => type === 'date' || type === 'timestamp');
  const save = async ({ limited: wanted, retention: { days, column: by } }: Values): Promise<void> => {
    const next = wanted ? { days: Number(days), column: by || null } : null;
    await api.patch(`${DATASETS_PATH}/${dataset.id}`, { retention: next }, etagOf(dataset));
    await client.invalidateQueries({ queryKey: keys.collection(DATASETS) });
    toast({ text: t('kept') });
    onClose();
  };
  const validDays = (typed: string): string | true =>
    (/^\d+$/.test(typed) && Number(typed) >= 1 && Number(typed) <= 36_500) || forms('whole');
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={save}
      submitLabel={forms('save')}
      title={t('keep')}
      testId="keep-rows"
    >
      <CheckField label={t('keepLimited')} {...register('limited')} />
      {limited ? (
        <>
          <Field label={t('keepDays')} error={draft.errorOf('retention.days')}>
            {(field) => (
              <Input
                {...field}
                inputMode="numeric"
                dir="ltr"
                {...register('retention.days', { validate: validDays })}
              />
            )}
          </Field>
          <Field
            label={t('keepBy')}
            hint={t(column ? 'keepByColumnHint' : 'keepByLoadHint')}
            error={draft.errorOf('retention.column')}
          >
            {(field) => (
              <Select {...field} {...register('retention.column')}>
                <option value="">{t('keepByLoad')}</option>
                {times.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </>
      ) : (
        <p className="text-sm text-soft">{t('keepForever')}</p>
      )}
    </FormDialog>
  );
}
