'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { FormProvider } from 'react-hook-form';
import { useApi } from '@/client/context';
import type { Dataset, Upload } from '@/client/datasets';
import { SOURCES_PATH } from '@/client/sources';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/surface';
import { useApiForm } from '@/components/use-api-form';
import { DatasetForm } from '../dataset-form';
import { PlaceFields } from './place-fields';
import { type SourceValues, sourceDraft, sourceValues } from './source-values';
import { usePreview } from './use-preview';

/** A new dataset from a source: where it is, then what its columns are. */
export function NewSource(): ReactNode {
  const t = useTranslations('sources');
  const api = useApi();
  const draft = useApiForm<SourceValues>(sourceValues());
  const { busy, refused, look } = usePreview(draft);
  const [found, setFound] = useState<Upload>();
  const next = async (): Promise<void> => {
    const preview = await look();
    const { name } = draft.form.getValues();
    if (preview)
      setFound({
        ...preview,
        id: '',
        version: 1,
        createdAt: '',
        updatedAt: '',
        createdBy: '',
        fileName: name,
        bytes: 0,
      });
  };
  const begin = async ({ id: datasetId }: Dataset): Promise<void> => {
    const values = draft.form.getValues();
    const body = {
      ...sourceDraft({ ...values, mode: values.kind === 'webhook' ? 'append' : 'replace' }),
      datasetId,
    };
    const { id } = await api.post<{ readonly id: string }>(SOURCES_PATH, body);
    await api.post(`${SOURCES_PATH}/run`, { id });
  };
  if (found) return <DatasetForm upload={found} onBack={() => setFound(undefined)} begin={begin} />;
  return (
    <Card className="max-w-3xl p-5 sm:p-6">
      <FormProvider {...draft.form}>
        <form
          noValidate
          className="grid grid-cols-[minmax(0,1fr)] gap-5"
          data-testid="new-source-form"
          onSubmit={(event) => {
            event.preventDefault();
            void next();
          }}
        >
          <PlaceFields kept={[]} />
          {refused ? (
            <p role="alert" className="rounded-lg bg-bad-tint px-3 py-2 text-sm" data-testid="source-refused">
              <bdi>{refused}</bdi>
            </p>
          ) : null}
          <div className="flex justify-end">
            <Button type="submit" tone="primary" busy={busy} data-testid="source-look">
              {t('look')}
            </Button>
          </div>
        </form>
      </FormProvider>
    </Card>
  );
}
