'use client';

import { Plus, SearchX, Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { useHasRole } from '@/client/me';
import { useRecords } from '@/client/records';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, EmptyState } from '@/components/ui/surface';
import { collectionAt, pathOf, viewOf } from '@/views';
import { ExportMenu } from './export-menu';
import { ListToolbar } from './list-toolbar';
import { Pager } from './pager';
import { RecordTable, TableSkeleton } from './record-table';
import { useListState } from './use-list-state';

/** The list of a collection: search, filters, order, pages. */
export function RecordList({ section }: { readonly section: string }): ReactNode {
  const collection = collectionAt(section);
  return collection ? <List key={collection.name} collection={collection} /> : null;
}

function List({ collection }: { readonly collection: CollectionInfo }): ReactNode {
  const labels = useLabels();
  const state = useListState(viewOf(collection).sort);
  const { data, error, isPending, isPlaceholderData, refetch } = useRecords(collection, state.query);
  const filtered = state.q !== '' || Object.keys(state.filters).length > 0;
  const empty = data !== undefined && data.items.length === 0 && data.nextCursor === null && state.page === 1;
  return (
    <>
      <PageHeader title={labels.many(collection)}>
        <ListActions collection={collection} filters={state.filters} />
      </PageHeader>
      {empty && !filtered ? null : <ListToolbar collection={collection} state={state} />}
      <Card aria-busy={isPending || isPlaceholderData} data-testid="record-list" className="overflow-hidden">
        {error ? <ProblemNotice error={error} onRetry={() => void refetch()} className="m-4" /> : null}
        {isPending ? <TableSkeleton /> : null}
        {empty ? (
          filtered ? (
            <NothingFound onClear={() => state.set({ q: '', filters: {} })} />
          ) : (
            <NothingYet collection={collection} />
          )
        ) : null}
        {data && !empty && !error ? (
          <RecordTable collection={collection} items={data.items} state={state} dimmed={isPlaceholderData} />
        ) : null}
      </Card>
      {data && !empty ? (
        <Pager
          page={state.page}
          count={data.items.length}
          nextCursor={isPlaceholderData ? null : data.nextCursor}
          onNext={state.next}
          onPrevious={state.previous}
        />
      ) : null}
    </>
  );
}

function ListActions({
  collection,
  filters,
}: {
  readonly collection: CollectionInfo;
  readonly filters: Readonly<Record<string, string>>;
}): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  const mayWrite = useHasRole('editor');
  return (
    <>
      <ExportMenu collection={collection} filters={filters} />
      {mayWrite && collection.importable ? (
        <Button asChild>
          <Link href={`/imports?into=${collection.name}`}>
            <Upload aria-hidden />
            {t('import')}
          </Link>
        </Button>
      ) : null}
      {mayWrite && !collection.readOnly ? (
        <Button asChild tone="primary" data-testid="new-record">
          <Link href={`${pathOf(collection)}/new`}>
            <Plus aria-hidden />
            {t('new', { what: labels.one(collection) })}
          </Link>
        </Button>
      ) : null}
    </>
  );
}

function NothingFound({ onClear }: { readonly onClear: () => void }): ReactNode {
  const t = useTranslations('records');
  return (
    <EmptyState
      testId="nothing-found"
      icon={<SearchX />}
      title={t('nothingFound')}
      text={t('nothingFoundText')}
    >
      <Button onClick={onClear}>{t('clearFilters')}</Button>
    </EmptyState>
  );
}

function NothingYet({ collection }: { readonly collection: CollectionInfo }): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  const mayWrite = useHasRole('editor');
  const Icon = viewOf(collection).icon;
  return (
    <EmptyState
      testId="nothing-yet"
      icon={<Icon />}
      title={t('nothingYet', { what: labels.many(collection) })}
      text={t('nothingYetText')}
    >
      {mayWrite && collection.importable ? (
        <Button asChild>
          <Link href={`/imports?into=${collection.name}`}>
            <Upload aria-hidden />
            {t('importFile')}
          </Link>
        </Button>
      ) : null}
      {mayWrite ? (
        <Button asChild tone="primary">
          <Link href={`${pathOf(collection)}/new`}>
            <Plus aria-hidden />
            {t('new', { what: labels.one(collection) })}
          </Link>
        </Button>
      ) : null}
    </EmptyState>
  );
}
