'use client';

import { Database, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { DATASETS, type Dataset } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { useHasRole } from '@/client/me';
import { useFailedRules } from '@/client/quality';
import { usePages } from '@/client/use-pages';
import { Link } from '@/components/link';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { MoreButton } from '@/components/ui/more-button';
import { PageHeader } from '@/components/ui/page-header';
import { EmptyState } from '@/components/ui/surface';
import { FailedRules } from './quality/failed-rules';

/** Tables that were made of files. */
export function Datasets(): ReactNode {
  const t = useTranslations('datasets');
  const mayWrite = useHasRole('editor');
  const failed = useFailedRules();
  const pages = usePages<Dataset>(DATASETS, { sort: '-createdAt' });
  const add = mayWrite ? (
    <Button asChild tone="primary">
      <Link href="/datasets/new" data-testid="new-dataset">
        <Plus aria-hidden />
        {t('new')}
      </Link>
    </Button>
  ) : null;
  return (
    <>
      <PageHeader title={t('title')} text={t('text')}>
        {pages.data?.length ? add : null}
      </PageHeader>
      <CardList
        query={pages}
        testId="datasets"
        empty={
          <EmptyState icon={<Database />} title={t('none')} text={t('noneText')}>
            {add}
          </EmptyState>
        }
        after={<MoreButton pages={pages} />}
      >
        {(dataset) => <Row key={dataset.id} dataset={dataset} failed={failed.get(dataset.id)} />}
      </CardList>
    </>
  );
}

function Row({
  dataset,
  failed,
}: {
  readonly dataset: Dataset;
  /** Rules that have failed. */
  readonly failed: number | undefined;
}): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  return (
    <li>
      <Link
        href={`/datasets/${dataset.id}`}
        data-testid="dataset"
        className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3.5 text-sm hover:bg-ink/3 sm:px-6"
      >
        <span className="min-w-0 grow basis-60">
          <span className="block truncate font-medium">
            <bdi>{dataset.name}</bdi>
          </span>
          <span className="block truncate text-faint text-xs">
            <bdi>{dataset.description ?? dataset.columns.map(({ name }) => name).join(', ')}</bdi>
          </span>
        </span>
        <FailedRules count={failed} />
        {dataset.quarantined > 0 ? (
          <Badge tone="warn">{t('setAside', { count: dataset.quarantined })}</Badge>
        ) : null}
        <span className="text-soft tabular-nums">{t('rowCount', { count: dataset.rows })}</span>
        <span className="text-faint text-xs tabular-nums">
          {t('columnCount', { count: dataset.columns.length })}
        </span>
        <span className="text-faint text-xs tabular-nums">{format.bytes(dataset.bytes)}</span>
        <span className="text-faint text-xs">
          {dataset.loadedAt ? (
            <time dateTime={dataset.loadedAt} title={format.dateTime(dataset.loadedAt)}>
              {format.ago(dataset.loadedAt)}
            </time>
          ) : (
            t('notLoaded')
          )}
        </span>
      </Link>
    </li>
  );
}
