'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { saveFile } from '@/client/save-file';
import type { ImportJob } from '@/client/types';
import { Button } from '@/components/ui/button';
import { useProblemText } from '@/components/ui/problem-notice';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { useToast } from '@/components/ui/toast';

const SHOWN = 100;

/** The rows that were refused and why; all of them can be saved, corrected and sent again. */
export function ErrorTable({ job }: { readonly job: ImportJob }): ReactNode {
  const t = useTranslations('imports');
  const format = useFormat();
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const download = (): void => {
    api
      .fetch(`/api/imports/jobs/errors?id=${job.id}`, {})
      .then(async (response) => saveFile(await response.blob(), `${job.id}-errors.csv`))
      .catch((error: unknown) => toast({ text: problemText(error), tone: 'bad' }));
  };
  return (
    <section
      aria-labelledby={`errors-${job.id}`}
      className="overflow-hidden rounded-xl border"
      data-testid="import-errors"
    >
      <header className="flex flex-wrap items-center justify-between gap-2 border-b bg-bad-tint px-4 py-2.5">
        <h3 id={`errors-${job.id}`} className="font-medium text-sm">
          {t('errorCount', { count: job.errorCount })}
        </h3>
        <Button size="small" onClick={download}>
          <Download aria-hidden />
          {t('downloadErrors')}
        </Button>
      </header>
      <ScrollRegion label={t('errors')} className="max-h-80">
        <table className="w-full text-sm">
          <thead className="sticky top-0 bg-surface text-faint">
            <tr>
              <th scope="col" className="px-4 py-2 text-start font-medium">
                {t('row')}
              </th>
              <th scope="col" className="px-3 py-2 text-start font-medium">
                {t('field')}
              </th>
              <th scope="col" className="px-3 py-2 text-start font-medium">
                {t('problem')}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {[...job.errors]
              .sort((a, b) => a.row - b.row)
              .slice(0, SHOWN)
              .map((error, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row may have several errors on one field
                <tr key={index} data-testid="import-error">
                  <td className="px-4 py-2 align-top tabular-nums">
                    {error.row > 0 ? format.number(error.row) : '–'}
                  </td>
                  <td className="px-3 py-2 align-top">
                    <code className="font-mono text-xs" dir="ltr">
                      {error.field}
                    </code>
                  </td>
                  <td className="min-w-60 px-3 py-2 align-top text-soft">{error.message}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </ScrollRegion>
      {job.errorCount > SHOWN ? (
        <p className="border-t px-4 py-2 text-faint text-xs">{t('firstErrors', { count: SHOWN })}</p>
      ) : null}
    </section>
  );
}
