'use client';

import { useTranslations } from 'next-intl';
import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { type Dataset, LOADS, type Load, useDataset } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { useHasRole } from '@/client/me';
import { usePages } from '@/client/use-pages';
import { Link } from '@/components/link';
import { PageSkeleton } from '@/components/shell/session-gate';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { TabList } from '@/components/ui/tab-list';
import { CurrentLoad } from './current-load';
import { DatasetActions } from './dataset-actions';
import { LineageView } from './lineage/lineage';
import { Loads } from './loads';
import { Profile } from './profile';
import { Quality, QualityTab } from './quality/quality';
import { RowsTable } from './rows-table';
import { Sources } from './sources/sources';

const TABS = ['rows', 'profile', 'loads'] as const;

/** One dataset: its rows, how its values are spread, and the files it was made of. */
export function DatasetDetail({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('datasets');
  const sources = useTranslations('sources');
  const quality = useTranslations('quality');
  const mayWrite = useHasRole('editor');
  const { data, error, refetch } = useDataset(id);
  const loads = usePages<Load>(LOADS, { datasetId: id, sort: '-createdAt' });
  if (!data) return error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : <PageSkeleton />;
  return (
    <>
      <PageHeader
        title={data.name}
        text={<Summary dataset={data} />}
        above={
          <Link href="/datasets" className="hover:underline">
            {t('title')}
          </Link>
        }
      >
        <DatasetActions dataset={data} />
      </PageHeader>
      {loads.data?.[0] ? <CurrentLoad load={loads.data[0]} /> : null}
      <Tabs.Root defaultValue="rows">
        <TabList
          label={data.name}
          tabs={[
            ...TABS.map((name) => ({ name, label: t(`tabs.${name}`) })),
            { name: 'quality', label: <QualityTab dataset={data} /> },
            { name: 'lineage', label: quality('lineage') },
            ...(mayWrite ? [{ name: 'sources', label: sources('title') }] : []),
          ]}
        />
        <Tabs.Content value="rows">
          <RowsTable dataset={data} />
        </Tabs.Content>
        <Tabs.Content value="profile">
          <Profile dataset={data} />
        </Tabs.Content>
        <Tabs.Content value="loads">
          <Loads dataset={data} loads={loads} />
        </Tabs.Content>
        <Tabs.Content value="quality">
          <Quality dataset={data} />
        </Tabs.Content>
        <Tabs.Content value="lineage">
          <LineageView dataset={data} />
        </Tabs.Content>
        <Tabs.Content value="sources">
          <Sources dataset={data} />
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}

function Summary({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  const facts = [
    t('rowCount', { count: dataset.rows }),
    t('columnCount', { count: dataset.columns.length }),
    format.bytes(dataset.bytes),
    ...(dataset.quarantined > 0 ? [t('setAside', { count: dataset.quarantined })] : []),
    dataset.loadedAt ? t('loaded', { when: format.ago(dataset.loadedAt) }) : t('notLoaded'),
  ];
  return (
    <>
      {dataset.description ? <span className="block">{dataset.description}</span> : null}
      <span data-testid="dataset-facts">{facts.join(' · ')}</span>
    </>
  );
}
