'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { JOB_STATES, JOBS, type Job, type JobState, useJobCounts } from '@/client/jobs';
import { usePages } from '@/client/use-pages';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { Confirm } from '@/components/ui/confirm';
import { Select } from '@/components/ui/field';
import { MoreButton } from '@/components/ui/more-button';
import { PageHeader } from '@/components/ui/page-header';
import { Segmented } from '@/components/ui/segmented';
import { useToast } from '@/components/ui/toast';
import { JobRow } from './job-row';

/** Work for later: what waits, what runs, and what could not be done. */
export function Jobs(): ReactNode {
  const t = useTranslations('jobs');
  const format = useFormat();
  const { data: counts } = useJobCounts();
  const [state, setState] = useState<JobState>('dead');
  const [kind, setKind] = useState('');
  const pages = usePages<Job>(JOBS, {
    state,
    kind: kind || undefined,
    sort: state === 'scheduled' ? 'dueAt' : '-createdAt',
  });
  const count = (of: JobState): string => (counts ? ` ${format.number(counts[of])}` : '');
  return (
    <>
      <PageHeader title={t('title')} text={t('text')}>
        {state === 'dead' && kind && pages.data?.length ? <ReplayAll kind={kind} /> : null}
      </PageHeader>
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <div className="max-w-full overflow-x-auto">
          <Segmented
            label={t('state')}
            value={state}
            onChange={setState}
            options={JOB_STATES.map((value) => ({ value, label: `${t(`states.${value}`)}${count(value)}` }))}
          />
        </div>
        <Select
          className="w-60 max-w-full"
          aria-label={t('kind')}
          value={kind}
          onChange={({ target }) => setKind(target.value)}
        >
          <option value="">{t('allKinds')}</option>
          {counts?.kinds.map((one) => (
            <option key={one.kind} value={one.kind}>
              {one.kind}
            </option>
          ))}
        </Select>
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

function ReplayAll({ kind }: { readonly kind: string }): ReactNode {
  const t = useTranslations('jobs');
  const api = useApi();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const replay = async (): Promise<void> => {
    await api.post('/api/jobs/jobs/replay-dead', { kind });
    toast({ text: t('allReplayed') });
  };
  return (
    <>
      <Button onClick={() => setAsking(true)} data-testid="replay-all">
        {t('replayAll')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('replayAll')}
        text={t('replayAllText', { kind })}
        confirmLabel={t('replay')}
        onConfirm={replay}
      />
    </>
  );
}
