'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { collectionNamed } from '@/client/collections';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { decodeName, isFinished } from '@/client/imports';
import { useLabels } from '@/client/labels';
import type { ImportJob } from '@/client/types';
import { Link } from '@/components/link';
import { toneOf } from '@/components/records/field-value';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { pathOf } from '@/views';
import { ErrorTable } from './error-table';
import { ProgressBar } from './progress-bar';

/** How an import goes, and in the end what became of every row. */
export function JobResult({ job }: { readonly job: ImportJob }): ReactNode {
  const t = useTranslations('imports');
  const format = useFormat();
  const labels = useLabels();
  const finished = isFinished(job);
  const collection = collectionNamed(job.collection);
  const counts = [
    ['rows', job.rows],
    [job.dryRun ? 'wouldCreate' : 'created', job.created],
    [job.dryRun ? 'wouldUpdate' : 'updated', job.updated],
    ['skipped', job.skipped],
  ] as const;
  return (
    <div
      className="grid gap-5"
      data-testid="import-job"
      data-state={job.state}
      data-dry-run={job.dryRun || undefined}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="font-semibold text-[0.9375rem]" aria-live="polite">
          {t(headingOf(job))}
        </h2>
        <Badge tone={toneOf(job.state)}>{labels.value(job.state)}</Badge>
        {job.fileName ? (
          <span className="truncate text-faint text-sm">
            <bdi>{decodeName(job.fileName)}</bdi>
          </span>
        ) : null}
      </div>
      {finished ? null : (
        <ProgressBar
          label={t('rowsDone', { done: format.number(job.processed), all: format.number(job.rows) })}
          share={
            job.progress === undefined
              ? job.rows > 0
                ? job.processed / job.rows
                : undefined
              : job.progress / 100
          }
        />
      )}
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {counts.map(([name, value]) => (
          <div key={name} className="rounded-xl bg-sunken px-4 py-3">
            <dt className="text-[0.8125rem] text-soft">{t(name)}</dt>
            <dd className="mt-0.5 font-semibold text-lg tabular-nums" data-testid={`count-${name}`}>
              {format.number(value)}
            </dd>
          </div>
        ))}
      </dl>
      {job.warnings?.length ? (
        <ul className="list-disc ps-5 text-sm text-warn">
          {job.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      ) : null}
      {job.errorCount > 0 ? <ErrorTable job={job} /> : null}
      <div className="flex flex-wrap gap-2 empty:hidden">
        {finished && !job.dryRun && collection && job.created + job.updated > 0 ? (
          <Button asChild tone="primary">
            <Link href={pathOf(collection)}>{t('show', { what: labels.many(collection) })}</Link>
          </Button>
        ) : null}
        {finished ? null : <CancelButton id={job.id} />}
      </div>
    </div>
  );
}

function headingOf(job: ImportJob) {
  if (!isFinished(job)) return job.dryRun ? 'checking' : 'importing';
  if (job.state === 'failed') return job.dryRun ? 'checkFailed' : 'ended.failed';
  if (job.state === 'cancelled') return 'ended.cancelled';
  return job.dryRun ? 'checkDone' : 'ended.done';
}

function CancelButton({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('imports');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const cancel = (): void => {
    setBusy(true);
    api
      .post('/api/imports/jobs/cancel', { id })
      .catch((error: unknown) => toast({ text: problemText(error), tone: 'bad' }))
      .finally(() => setBusy(false));
  };
  return (
    <Button busy={busy} onClick={cancel} data-testid="cancel-import">
      {t('cancel')}
    </Button>
  );
}
