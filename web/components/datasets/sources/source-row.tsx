'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Play } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { LOADS, type Load } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { keys } from '@/client/records';
import { SOURCES, SOURCES_PATH, type Source } from '@/client/sources';
import { usePages } from '@/client/use-pages';
import { toneOf } from '@/components/records/field-value';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { DetailsRow } from '@/components/ui/details-row';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { MoreButton } from '@/components/ui/more-button';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { weekdayName } from './schedule-fields';
import { isSourceKind } from './source-kinds';

interface Props {
  readonly source: Source;
  readonly onEdit: () => void;
}

/** One source: how it stands, when it is read, and its runs. */
export function SourceRow({ source, onEdit }: Props): ReactNode {
  const t = useTranslations('sources');
  const format = useFormat();
  const labels = useLabels();
  const schedule = useScheduleText(source);
  const [open, setOpen] = useState(false);
  const { lastState, lastRunAt, nextRunAt, pausedReason } = source;
  return (
    <DetailsRow
      testId="source"
      state={source.active ? (lastState ?? 'new') : 'paused'}
      onToggle={setOpen}
      summary={
        <>
          <span className="min-w-0 grow basis-48">
            <span className="block truncate font-medium">
              <bdi>{source.name}</bdi>
            </span>
            <span className="block text-faint text-xs">
              {isSourceKind(source.kind) ? t(`kinds.${source.kind}`) : source.kind} · {schedule}
            </span>
          </span>
          {source.active ? null : <Badge tone="warn">{t('paused')}</Badge>}
          {lastState ? <Badge tone={toneOf(lastState)}>{labels.value(lastState)}</Badge> : null}
          <span className="text-faint text-xs">
            {lastRunAt ? t('lastRun', { when: format.ago(lastRunAt) }) : t('neverRun')}
          </span>
        </>
      }
    >
      {pausedReason ? (
        <p className="rounded-lg bg-warn-tint px-3 py-2 text-sm" data-testid="source-paused">
          <bdi>{pausedReason}</bdi>
        </p>
      ) : null}
      <div className="flex flex-wrap items-center gap-3">
        <SourceActions source={source} onEdit={onEdit} />
        {nextRunAt ? (
          <span className="text-faint text-xs">{t('nextRun', { when: format.dateTime(nextRunAt) })}</span>
        ) : null}
      </div>
      {open ? <Runs source={source} /> : null}
    </DetailsRow>
  );
}

function useScheduleText({ schedule, kind }: Source): string {
  const t = useTranslations('sources');
  const locale = useLocale();
  if (!schedule) return kind === 'webhook' ? t('asTheyCome') : t('every.never');
  switch (schedule.every) {
    case 'minutes':
      return t('everyMinutes', { minutes: schedule.minutes });
    case 'hourly':
      return t('everyHour', { minute: schedule.minute });
    case 'daily':
      return t('everyDay', { at: schedule.at, timezone: schedule.timezone });
    case 'weekly':
      return t('everyWeek', {
        day: weekdayName(locale, schedule.weekday),
        at: schedule.at,
        timezone: schedule.timezone,
      });
  }
}

function SourceActions({ source, onEdit }: Props): ReactNode {
  const t = useTranslations('sources');
  const more = useTranslations('records')('more');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    try {
      await work();
      await client.invalidateQueries({ queryKey: keys.collection(SOURCES) });
      await client.invalidateQueries({ queryKey: keys.lists(LOADS) });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  const remove = async (): Promise<void> => {
    await api.delete(`${SOURCES_PATH}/${source.id}`);
    await client.invalidateQueries({ queryKey: keys.collection(SOURCES) });
  };
  return (
    <>
      <Button
        size="small"
        busy={busy}
        onClick={() => void act(() => api.post(`${SOURCES_PATH}/run`, { id: source.id }))}
        data-testid="run-source"
      >
        <Play aria-hidden />
        {t('run')}
      </Button>
      <Button
        size="small"
        disabled={busy}
        onClick={() => void act(() => api.patch(`${SOURCES_PATH}/${source.id}`, { active: !source.active }))}
        data-testid="pause-source"
      >
        {source.active ? t('pause') : t('resume')}
      </Button>
      <Menu>
        <MenuTrigger asChild>
          <Button size="small" aria-label={more} data-testid="source-more">
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={onEdit}>{t('edit')}</MenuItem>
          <MenuItem onSelect={() => setDeleting(true)}>{t('delete')}</MenuItem>
        </MenuContent>
      </Menu>
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={t('deleteTitle', { name: source.name })}
        text={t('deleteText')}
        confirmLabel={t('delete')}
        onConfirm={remove}
        danger
      />
    </>
  );
}

/** Its runs, newest first. */
function Runs({ source }: { readonly source: Source }): ReactNode {
  const t = useTranslations('sources');
  const datasets = useTranslations('datasets');
  const format = useFormat();
  const labels = useLabels();
  const runs = usePages<Load>(LOADS, { sourceId: source.id, sort: '-createdAt', limit: 10 });
  if (!runs.data?.length) return <p className="text-faint text-sm">{t('noRuns')}</p>;
  return (
    <div className="rounded-lg border">
      <ul className="divide-y text-sm" aria-label={t('runs')}>
        {runs.data.map((run) => (
          <li key={run.id} className="grid gap-1 px-3 py-2" data-testid="source-run" data-state={run.state}>
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <time className="grow text-soft" dateTime={run.createdAt}>
                {format.dateTime(run.createdAt)}
              </time>
              {run.rows === undefined ? null : (
                <span className="tabular-nums">{datasets('rowCount', { count: run.rows })}</span>
              )}
              <Badge tone={toneOf(run.state)}>{labels.value(run.state)}</Badge>
            </div>
            {run.error ? (
              <p className="text-bad text-xs">
                <bdi>{run.error}</bdi>
              </p>
            ) : null}
          </li>
        ))}
      </ul>
      <MoreButton pages={runs} />
    </div>
  );
}
