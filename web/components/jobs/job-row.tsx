'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { JOBS, type Job } from '@/client/jobs';
import { keys } from '@/client/records';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { DetailsRow, Verbatim } from '@/components/ui/details-row';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';

const TONES: Readonly<Record<Job['state'], Tone>> = {
  scheduled: 'neutral',
  running: 'info',
  dead: 'bad',
  done: 'good',
  cancelled: 'neutral',
};

export function JobRow({ job }: { readonly job: Job }): ReactNode {
  const t = useTranslations('jobs');
  const format = useFormat();
  const at = job.state === 'scheduled' ? job.dueAt : (job.finishedAt ?? job.updatedAt);
  return (
    <DetailsRow
      testId="job"
      state={job.state}
      summary={
        <>
          <span className="min-w-0 grow basis-40">
            <code dir="ltr" className="block truncate font-mono text-[0.8125rem]">
              {job.kind}
            </code>
            {job.lastError && job.state !== 'done' ? (
              <span className="block truncate text-bad text-xs">{job.lastError}</span>
            ) : null}
          </span>
          <span className="text-faint text-xs tabular-nums">
            {t('attempts', { count: job.attempts, most: job.maxAttempts })}
          </span>
          <Badge tone={TONES[job.state]}>{t(`states.${job.state}`)}</Badge>
          <time className="text-faint text-xs" dateTime={at} title={format.dateTime(at)}>
            {format.ago(at)}
          </time>
        </>
      }
    >
      {job.lastError ? <p className="rounded-lg bg-bad-tint px-3 py-2 text-sm">{job.lastError}</p> : null}
      <Verbatim label={t('payload')} text={JSON.stringify(job.payload)} />
      {job.result === undefined ? null : <Verbatim label={t('result')} text={JSON.stringify(job.result)} />}
      <JobActions job={job} />
    </DetailsRow>
  );
}

function JobActions({ job }: { readonly job: Job }): ReactNode {
  const t = useTranslations('jobs');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const call = async (verb: 'replay' | 'cancel'): Promise<void> => {
    setBusy(true);
    try {
      await api.post(`/api/jobs/jobs/${verb}`, { id: job.id });
      toast({ text: t(verb === 'replay' ? 'replayed' : 'cancelled') });
      await client.invalidateQueries({ queryKey: keys.lists(JOBS) });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  const over = job.state === 'done' || job.state === 'dead' || job.state === 'cancelled';
  return (
    <div className="flex gap-2">
      <Button size="small" busy={busy} onClick={() => call('replay')}>
        {t('replay')}
      </Button>
      {over ? null : (
        <Button size="small" busy={busy} onClick={() => call('cancel')}>
          {t('cancel')}
        </Button>
      )}
    </div>
  );
}
