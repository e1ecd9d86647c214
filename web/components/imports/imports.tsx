'use client';

import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useHasRole } from '@/client/me';
import { PageHeader } from '@/components/ui/page-header';
import { SECTIONS } from '@/views';
import { ImportForm } from './import-form';
import { JobCard } from './job-card';
import { JobList } from './job-list';

export const IMPORTABLE = SECTIONS.map(({ collection }) => collection).filter(({ importable }) => importable);

/** Files in: choose, check, import, and what became of earlier ones. */
export function Imports(): ReactNode {
  const t = useTranslations('imports');
  const parameters = useSearchParams();
  const mayWrite = useHasRole('editor');
  const job = parameters.get('job') ?? undefined;
  const into = parameters.get('into') ?? '';
  return (
    <>
      <PageHeader title={t('title')} text={t('text')} />
      <div className="grid gap-5">
        {job ? <JobCard id={job} /> : mayWrite ? <ImportForm key={into} into={into} /> : null}
        <JobList current={job} />
      </div>
    </>
  );
}
