'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useApi } from '@/client/context';
import { DATASETS, DATASETS_PATH, type Dataset } from '@/client/datasets';
import { etagOf, keys } from '@/client/records';
import { Field, Input, Textarea } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';

interface Values {
  name: string;
  description: string;
  /** By the columns' order. */
  pii: boolean[];
}

interface Props {
  readonly dataset: Dataset;
  readonly onClose: () => void;
}

/** Name, description, and which columns say something of a person. */
export function EditDataset({ dataset, onClose }: Props): ReactNode {
  const t = useTranslations('datasets');
  const forms = useTranslations('forms');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const draft = useApiForm<Values>({
    name: dataset.name,
    description: dataset.description ?? '',
    pii: dataset.columns.map(({ pii }) => pii ?? false),
  });
  const save = async ({ name, description, pii }: Values): Promise<void> => {
    const columns = dataset.columns.map(({ pii: _before, ...column }, index) =>
      pii[index] ? { ...column, pii: true } : column,
    );
    const patch = { name: name.trim(), description: description.trim() || null, columns };
    await api.patch(`${DATASETS_PATH}/${dataset.id}`, patch, etagOf(dataset));
    await client.invalidateQueries({ queryKey: keys.collection(DATASETS) });
    toast({ text: t('saved') });
    onClose();
  };
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={save}
      submitLabel={forms('save')}
      title={t('edit')}
      testId="edit-dataset"
    >
      <Field label={t('name')} error={draft.errorOf('name')}>
        {(control) => (
          <Input
            {...control}
            maxLength={120}
            {...draft.form.register('name', { required: forms('required') })}
          />
        )}
      </Field>
      <Field label={t('description')} optional={forms('optional')} error={draft.errorOf('description')}>
        {(control) => <Textarea {...control} maxLength={2000} {...draft.form.register('description')} />}
      </Field>
      <fieldset className="grid grid-cols-[minmax(0,1fr)] gap-1.5">
        <legend className="mb-1.5 font-medium text-[0.8125rem]">{t('piiColumns')}</legend>
        <p className="text-faint text-xs">{t('piiHint')}</p>
        <ScrollRegion label={t('piiColumns')} className="max-h-56 rounded-lg border py-1">
          {dataset.columns.map(({ name }, index) => (
            <label key={name} className="flex items-center gap-2.5 px-3 py-1 hover:bg-ink/4 max-md:py-2">
              <input
                type="checkbox"
                className="size-4 accent-(--accent)"
                {...draft.form.register(`pii.${index}`)}
              />
              <code dir="ltr" className="truncate font-mono text-[0.8125rem]">
                {name}
              </code>
            </label>
          ))}
        </ScrollRegion>
      </fieldset>
    </FormDialog>
  );
}
