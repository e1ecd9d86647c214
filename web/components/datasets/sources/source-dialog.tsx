'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useApi } from '@/client/context';
import type { Dataset } from '@/client/datasets';
import { keys } from '@/client/records';
import { SOURCES, SOURCES_PATH, type Source } from '@/client/sources';
import { Button } from '@/components/ui/button';
import { FormDialog } from '@/components/ui/form-dialog';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { FoundColumns } from './found-columns';
import { PlaceFields } from './place-fields';
import { RowsFields } from './rows-fields';
import { ScheduleFields } from './schedule-fields';
import { type SourceValues, sourceDraft, sourceValues } from './source-values';
import { usePreview } from './use-preview';

interface Props {
  readonly dataset: Dataset;
  /** The source to change; a new one without. */
  readonly source?: Source;
  readonly onClose: () => void;
}

/** Where a dataset's rows come from, when, and what becomes of those that are there. */
export function SourceDialog({ dataset, source, onClose }: Props): ReactNode {
  const t = useTranslations('sources');
  const forms = useTranslations('forms');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const draft = useApiForm<SourceValues>(sourceValues(source));
  const { busy, preview, refused, look } = usePreview(draft, source?.id);
  const save = async (values: SourceValues): Promise<void> => {
    const body = { ...sourceDraft(values), datasetId: dataset.id };
    if (source) await api.put(`${SOURCES_PATH}/${source.id}`, { ...body, active: source.active });
    else await api.post(SOURCES_PATH, body);
    await client.invalidateQueries({ queryKey: keys.collection(SOURCES) });
    toast({ text: t('saved') });
    onClose();
  };
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={save}
      submitLabel={forms('save')}
      title={source ? t('edit') : t('new')}
      description={t('text')}
      testId="source-dialog"
      wide
    >
      <PlaceFields kept={source?.secretNames ?? []} fixed={source !== undefined} />
      <div className="grid grid-cols-[minmax(0,1fr)] justify-items-start gap-3">
        <Button size="small" busy={busy} onClick={() => void look()} data-testid="source-look">
          {t('look')}
        </Button>
        {refused ? (
          <p
            role="alert"
            className="w-full rounded-lg bg-bad-tint px-3 py-2 text-sm"
            data-testid="source-refused"
          >
            <bdi>{refused}</bdi>
          </p>
        ) : null}
        {preview ? (
          <div className="w-full">
            <FoundColumns preview={preview} wanted={dataset.columns} />
          </div>
        ) : null}
      </div>
      <RowsFields dataset={dataset} />
      <ScheduleFields />
    </FormDialog>
  );
}
