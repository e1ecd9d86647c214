'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useImportJob } from '@/client/import-jobs';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, Skeleton } from '@/components/ui/surface';
import { JobResult } from './job-result';

/** One import, chosen from the list. */
export function JobCard({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('imports');
  const { data, error, refetch } = useImportJob(id);
  return (
    <Card className="p-5 sm:p-6">
      {data ? (
        <JobResult job={data} />
      ) : error ? (
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton className="h-40" />
      )}
      <Button asChild className="mt-5">
        <Link href="/imports">{t('another')}</Link>
      </Button>
    </Card>
  );
}
