'use client';

import { Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { type CollectionInfo, fieldNamed } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { useHasRole, useMe } from '@/client/me';
import { useHistory, useRecordAction } from '@/client/records';
import { useMembers } from '@/client/tenant';
import type { AnyRecord, HistoryEntry } from '@/client/types';
import { Button } from '@/components/ui/button';
import { ProblemNotice, useProblemText } from '@/components/ui/problem-notice';
import { Skeleton } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { viewOf } from '@/views';
import { FieldValue } from './field-value';

interface Props {
  readonly collection: CollectionInfo;
  readonly record: AnyRecord;
}

/** Who changed what and when, newest first; each earlier version can be brought back. */
export function History({ collection, record }: Props): ReactNode {
  const { data, error, refetch } = useHistory(collection, record.id);
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} className="mx-5 mb-5" />;
  if (!data)
    return (
      <div className="grid gap-3 px-6 pb-6">
        <Skeleton className="h-4 w-40" />
        <Skeleton className="h-4 w-56" />
        <Skeleton className="h-4 w-32" />
      </div>
    );
  return (
    <ol className="px-5 pb-4 sm:px-6" data-testid="history">
      {data.items.map((entry) => (
        <Entry key={entry.version} collection={collection} record={record} entry={entry} />
      ))}
    </ol>
  );
}

/** Fields of a patch worth telling: those of the collection, without what the platform keeps for itself. */
const told = (collection: CollectionInfo, patch: HistoryEntry['patch']): string[] =>
  Object.keys(patch).filter((name) => fieldNamed(collection, name));

function useActorName(): (actor: HistoryEntry['actor']) => string {
  const t = useTranslations('history');
  const { data: me } = useMe();
  const { data: members } = useMembers();
  return ({ kind, id, name, reason }) => {
    if (id === me?.user.id) return t('you');
    if (kind === 'system') return reason ? t('systemBecause', { reason }) : t('system');
    if (kind === 'api_key') return t('apiKey');
    if (kind === 'webhook') return t('webhook');
    return name ?? members?.find((member) => member.id === id || member.userId === id)?.name ?? t('someone');
  };
}

function Entry({ collection, record, entry }: Props & { readonly entry: HistoryEntry }): ReactNode {
  const t = useTranslations('history');
  const format = useFormat();
  const labels = useLabels();
  const actor = useActorName();
  const [open, setOpen] = useState(false);
  const fields = told(collection, entry.patch);
  const summary =
    entry.operation === 'update'
      ? t('updated', { fields: fields.map(labels.field).join(', ') })
      : t(entry.operation);
  // Currency and status of the record lend their meaning to the values of a patch.
  const values = { ...record, ...entry.patch };
  return (
    <li
      className="relative border-s-2 border-line py-2.5 ps-4 before:absolute before:-start-[5px] before:top-[1.05rem] before:size-2 before:rounded-full before:bg-edge first:before:bg-accent"
      data-testid="history-entry"
      data-version={entry.version}
    >
      <p className="text-[0.8125rem] leading-snug">
        <span className="font-medium">{actor(entry.actor)}</span> <span className="text-soft">{summary}</span>
      </p>
      <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-faint text-xs">
        <time dateTime={entry.at} title={format.dateTime(entry.at)}>
          {format.ago(entry.at)}
        </time>
        <span>{t('version', { version: entry.version })}</span>
        {fields.length > 0 ? (
          <Button
            tone="link"
            size="inline"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            aria-label={t(open ? 'hideVersion' : 'showVersion', { version: entry.version })}
          >
            {t(open ? 'hide' : 'show')}
          </Button>
        ) : null}
        {entry.version < record.version && entry.operation !== 'delete' ? (
          <Revert collection={collection} record={record} version={entry.version} />
        ) : null}
      </p>
      {open ? (
        <dl className="mt-2 grid gap-2 rounded-lg bg-sunken p-3 text-[0.8125rem]">
          {fields.map((name) => (
            <div key={name}>
              <dt className="text-faint text-xs">{labels.field(name)}</dt>
              <dd className="min-w-0 overflow-hidden">
                <FieldValue
                  collection={collection}
                  record={values}
                  path={name}
                  value={entry.patch[name]}
                  compact
                />
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
    </li>
  );
}

function Revert({ collection, record, version }: Props & { readonly version: number }): ReactNode {
  const t = useTranslations('history');
  const toast = useToast();
  const problemText = useProblemText();
  const action = useRecordAction(collection);
  const mayWrite = useHasRole('editor');
  if (
    !mayWrite ||
    collection.readOnly ||
    viewOf(collection).locked?.(record).length ||
    !(viewOf(collection).editable?.(record) ?? true)
  )
    return null;
  const revertTo = (target: number): Promise<AnyRecord> =>
    action.mutateAsync({ path: `${collection.path}/${record.id}/revert`, body: { version: target } });
  const fail = (error: unknown): void => toast({ text: problemText(error), tone: 'bad' });
  const run = (): void => {
    revertTo(version)
      .then(() =>
        toast({
          text: t('reverted', { version }),
          action: { label: t('undo'), run: () => void revertTo(record.version).catch(fail) },
        }),
      )
      .catch(fail);
  };
  return (
    <Button
      tone="link"
      size="inline"
      busy={action.isPending}
      onClick={run}
      data-testid="revert"
      aria-label={t('revertVersion', { version })}
    >
      <Undo2 className="!size-3" aria-hidden />
      {t('revert')}
    </Button>
  );
}
