'use client';

import { TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { FormProvider } from 'react-hook-form';
import { useApi } from '@/client/context';
import { DATASETS_PATH, type Dataset, LOADS_PATH, type Upload } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { readingsOf } from '@/client/readings';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice, useProblemText } from '@/components/ui/problem-notice';
import { Card } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { useRouter } from '@/i18n/navigation';
import { ColumnFields } from './column-fields';
import { columnsData, type DatasetValues, datasetValues } from './dataset-values';

interface Props {
  readonly upload: Upload;
  readonly onBack: () => void;
  /** Brings the rows into the dataset that was made; by default the file is loaded. */
  readonly begin?: (dataset: Dataset) => Promise<unknown>;
}

/** What was found in a file, to be confirmed or put right; then the dataset is made and the file loaded. */
export function DatasetForm({ upload, onBack, begin }: Props): ReactNode {
  const t = useTranslations('datasets');
  const forms = useTranslations('forms');
  const api = useApi();
  const router = useRouter();
  const toast = useToast();
  const problemText = useProblemText();
  const { form, problem, busy, submit, errorOf } = useApiForm<DatasetValues>(datasetValues(upload));
  const create = async ({ name, description, columns }: DatasetValues): Promise<void> => {
    const dataset = await api.post<Dataset>(DATASETS_PATH, {
      name: name.trim(),
      ...(description.trim() ? { description: description.trim() } : {}),
      columns: columnsData(upload.columns, columns),
    });
    const load = () => api.post(`${LOADS_PATH}/start`, { datasetId: dataset.id, uploadId: upload.id });
    // The dataset stands; a file that does not start is loaded again from its page.
    await (begin?.(dataset) ?? load()).catch((error: unknown) =>
      toast({ text: problemText(error), tone: 'bad' }),
    );
    router.push(`/datasets/${dataset.id}`);
  };
  return (
    <FormProvider {...form}>
      <form
        noValidate
        className="grid grid-cols-[minmax(0,1fr)] gap-5"
        onSubmit={submit(create)}
        data-testid="dataset-form"
      >
        <Card className="grid gap-4 p-5 sm:grid-cols-2 sm:p-6">
          <Field label={t('name')} error={errorOf('name')}>
            {(control) => (
              <Input
                {...control}
                maxLength={120}
                autoComplete="off"
                {...form.register('name', { required: forms('required') })}
              />
            )}
          </Field>
          <Field label={t('description')} optional={forms('optional')} error={errorOf('description')}>
            {(control) => (
              <Input {...control} maxLength={2000} autoComplete="off" {...form.register('description')} />
            )}
          </Field>
        </Card>
        <section className="grid grid-cols-[minmax(0,1fr)] gap-3" aria-label={t('columns')}>
          <Found upload={upload} />
          <ul className="grid grid-cols-[minmax(0,1fr)] gap-3">
            {upload.columns.map((column, index) => (
              <ColumnFields key={column.source} upload={upload} column={column} index={index} />
            ))}
          </ul>
        </section>
        {problem ? <ProblemNotice error={problem} /> : null}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onBack}>{t('otherFile')}</Button>
          <Button type="submit" tone="primary" busy={busy} data-testid="create-dataset">
            {t('create')}
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}

/** What the file is, what is odd about it, and how much is left to decide. */
function Found({ upload }: { readonly upload: Upload }): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  const open = upload.columns.filter((column) => readingsOf(column).length > 0).length;
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h2 className="font-semibold text-[0.9375rem]">{t('columns')}</h2>
        <p className="min-w-0 text-faint text-xs">
          {upload.fileName ? (
            <>
              <bdi className="break-all">{upload.fileName}</bdi> ·{' '}
            </>
          ) : null}
          <bdi>{format.bytes(upload.bytes)}</bdi> · {t('columnCount', { count: upload.columns.length })} ·{' '}
          {t('lookedAt', { count: upload.rows })}
        </p>
      </div>
      {open > 0 || upload.warnings.length > 0 ? (
        <ul className="grid gap-1.5 rounded-xl bg-warn-tint px-4 py-3 text-sm" data-testid="warnings">
          {[...(open > 0 ? [t('toDecide', { count: open })] : []), ...upload.warnings].map((text) => (
            <li key={text} className="flex gap-2.5">
              <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
              <bdi>{text}</bdi>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
