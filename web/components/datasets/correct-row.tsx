'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useApi } from '@/client/context';
import { type Dataset, LOADS, LOADS_PATH, type Load, type QuarantinedRow } from '@/client/datasets';
import { keys } from '@/client/records';
import { Verbatim } from '@/components/ui/details-row';
import { Field, Input } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';

interface Props {
  readonly dataset: Dataset;
  readonly load: Load;
  readonly row: QuarantinedRow;
  readonly onClose: () => void;
}

/** A row that could not be read, cell by cell as the file would have it; it is loaded as soon as it is put right. */
export function CorrectRow({ dataset, load, row, onClose }: Props): ReactNode {
  const t = useTranslations('datasets');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const cells = cellsOf(row.text);
  // A list, because the names of a file's columns may have dots in them.
  const draft = useApiForm<{ values: string[] }>({
    values: dataset.columns.map(({ source }) => cells?.[source] ?? ''),
  });
  const send = async ({ values }: { readonly values: readonly string[] }): Promise<void> => {
    const filled = dataset.columns.flatMap(({ source }, index) =>
      values[index] ? [[source, values[index]] as const] : [],
    );
    const rows = [{ at: row.at, values: Object.fromEntries(filled) }];
    await api.post(`${LOADS_PATH}/reload`, { id: load.id, rows });
    await client.invalidateQueries({ queryKey: keys.lists(LOADS) });
    toast({ text: t('loadingAgain') });
    onClose();
  };
  const problemOf = (source: string): string | undefined =>
    row.errors.find(({ column }) => column === source)?.message;
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={send}
      submitLabel={t('loadAgain')}
      title={t('correct')}
      description={t('correctText')}
      wide
      testId="correct-row"
    >
      {cells ? null : <Verbatim label={t('asWritten')} text={row.text} />}
      <div className="grid gap-4 sm:grid-cols-2">
        {dataset.columns.map(({ source }, index) => (
          <Field key={source} label={source} hint={problemOf(source)}>
            {(control) => (
              <Input {...control} dir="auto" autoComplete="off" {...draft.form.register(`values.${index}`)} />
            )}
          </Field>
        ))}
      </div>
    </FormDialog>
  );
}

/** The cells of a row that could be taken apart, by the file's names; undefined for a line as it is. */
function cellsOf(text: string): Readonly<Record<string, string | null>> | undefined {
  try {
    const cells: unknown = JSON.parse(text);
    return typeof cells === 'object' && cells !== null && !Array.isArray(cells)
      ? (cells as Record<string, string | null>)
      : undefined;
  } catch {
    return undefined;
  }
}
