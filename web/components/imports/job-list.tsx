'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { collectionNamed } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useImportJobs } from '@/client/import-jobs';
import { decodeName } from '@/client/imports';
import { useLabels } from '@/client/labels';
import type { ImportJob } from '@/client/types';
import { Link } from '@/components/link';
import { toneOf } from '@/components/records/field-value';
import { Badge } from '@/components/ui/badge';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, CardHeader, Skeleton } from '@/components/ui/surface';

/** Earlier imports, newest first. */
export function JobList({ current }: { readonly current: string | undefined }): ReactNode {
  const t = useTranslations('imports');
  const { data, error, refetch } = useImportJobs();
  return (
    <Card data-testid="import-jobs">
      <CardHeader title={t('earlier')} />
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} className="mx-5 mb-5" /> : null}
      {!data && !error ? <Skeleton className="mx-6 mb-6 h-24" /> : null}
      {data?.items.length === 0 ? <p className="px-6 pb-6 text-faint text-sm">{t('noneYet')}</p> : null}
      <ul className="divide-y border-t empty:hidden">
        {data?.items.map((job) => (
          <li key={job.id}>
            <Row job={job} current={job.id === current} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Row({ job, current }: { readonly job: ImportJob; readonly current: boolean }): ReactNode {
  const t = useTranslations('imports');
  const format = useFormat();
  const labels = useLabels();
  const collection = collectionNamed(job.collection);
  return (
    <Link
      href={`/imports?job=${job.id}`}
      aria-current={current || undefined}
      className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3 text-sm hover:bg-ink/3 aria-current:bg-ink/4 sm:px-6"
    >
      <span className="min-w-0 grow truncate font-medium">
        {collection ? labels.many(collection) : job.collection}
        {job.fileName ? <bdi className="font-normal text-faint"> · {decodeName(job.fileName)}</bdi> : null}
      </span>
      {job.dryRun ? <Badge>{t('dryRun')}</Badge> : null}
      <span className="text-soft tabular-nums">{t('rowCount', { count: job.rows })}</span>
      {job.errorCount > 0 ? (
        <span className="text-bad tabular-nums">{t('errorCount', { count: job.errorCount })}</span>
      ) : null}
      <Badge tone={toneOf(job.state)}>{labels.value(job.state)}</Badge>
      <time className="text-faint text-xs" dateTime={job.createdAt} title={format.dateTime(job.createdAt)}>
        {format.ago(job.createdAt)}
      </time>
    </Link>
  );
}
