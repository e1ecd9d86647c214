'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { JOB_STATES, JOBS, type Job, type JobState } from '@/client/jobs';
import { usePages } from '@/client/use-pages';
import { CardList } from '@/components/ui/card-list';
import { MoreButton } from '@/components/ui/more-button';
import { PageHeader } from '@/components/ui/page-header';
import { Segmented } from '@/components/ui/segmented';
import { JobRow } from './job-row';

/** Work for later: what waits, what runs, and what could not be done. */
export function Jobs(): ReactNode {
  const t = useTranslations('jobs');
  const [state, setState] = useState<JobState>('dead');
  const pages = usePages<Job>(JOBS, { state, sort: state === 'scheduled' ? 'dueAt' : '-createdAt' });
  return (
    <>
      <PageHeader title={t('title')} text={t('text')} />
      <div className="mb-3 overflow-x-auto">
        <Segmented
          label={t('state')}
          value={state}
          onChange={setState}
          options={JOB_STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
        />
      </div>
      <CardList
        query={pages}
        testId="jobs"
        empty={<p className="px-6 py-6 text-faint text-sm">{t('none')}</p>}
        after={<MoreButton pages={pages} />}
      >
        {(job) => <JobRow key={job.id} job={job} />}
      </CardList>
    </>
  );
}
