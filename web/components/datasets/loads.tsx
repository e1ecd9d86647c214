'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { type Dataset, isLoading, type Load, setAside } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { useHasRole } from '@/client/me';
import type { Pages } from '@/client/use-pages';
import { toneOf } from '@/components/records/field-value';
import { Badge } from '@/components/ui/badge';
import { CardList } from '@/components/ui/card-list';
import { DetailsRow } from '@/components/ui/details-row';
import { MoreButton } from '@/components/ui/more-button';
import { CancelLoad } from './current-load';
import { Quarantine } from './quarantine';

/** Every file that was brought in, newest first; a row opens to what became of it. */
export function Loads({
  dataset,
  loads,
}: {
  readonly dataset: Dataset;
  readonly loads: Pages<Load>;
}): ReactNode {
  const t = useTranslations('datasets');
  return (
    <CardList
      query={loads}
      testId="loads"
      empty={<p className="px-6 py-6 text-faint text-sm">{t('noLoads')}</p>}
      after={<MoreButton pages={loads} />}
    >
      {(load) => <Row key={load.id} dataset={dataset} load={load} />}
    </CardList>
  );
}

function Row({ dataset, load }: { readonly dataset: Dataset; readonly load: Load }): ReactNode {
  const t = useTranslations('datasets');
  const sources = useTranslations('sources');
  const format = useFormat();
  const labels = useLabels();
  const mayWrite = useHasRole('editor');
  const [open, setOpen] = useState(false);
  const quarantined = load.quarantined ?? 0;
  return (
    <DetailsRow
      testId="load"
      state={load.state}
      onToggle={setOpen}
      summary={
        <>
          <bdi className="min-w-0 grow basis-40 truncate font-medium">{load.fileName ?? load.id}</bdi>
          <span className="text-faint text-xs">
            {load.mode === 'upsert' ? sources('modes.upsert') : t(`modes.${load.mode}`)}
          </span>
          {load.rows === undefined ? null : (
            <span className="text-soft tabular-nums">{t('rowCount', { count: load.rows })}</span>
          )}
          {setAside(load) > 0 ? <Badge tone="warn">{t('setAside', { count: setAside(load) })}</Badge> : null}
          <Badge tone={toneOf(load.state)}>{labels.value(load.state)}</Badge>
          <time
            className="text-faint text-xs"
            dateTime={load.createdAt}
            title={format.dateTime(load.createdAt)}
          >
            {format.ago(load.createdAt)}
          </time>
        </>
      }
    >
      {load.error ? <p className="rounded-lg bg-bad-tint px-3 py-2 text-sm">{load.error}</p> : null}
      {isLoading(load) && mayWrite ? (
        <div>
          <CancelLoad id={load.id} />
        </div>
      ) : null}
      {quarantined > 0 && mayWrite && open ? <Quarantine dataset={dataset} load={load} /> : null}
      {quarantined === 0 && load.state === 'done' ? (
        <p className="text-faint text-sm">{t('nothingAside')}</p>
      ) : null}
    </DetailsRow>
  );
}
