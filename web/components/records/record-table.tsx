'use client';

import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { fieldAt } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { useLive } from '@/client/live-provider';
import type { AnyRecord } from '@/client/types';
import { Link } from '@/components/link';
import { cn } from '@/components/ui/cn';
import { Skeleton } from '@/components/ui/surface';
import { useWide } from '@/components/use-wide';
import { useRouter } from '@/i18n/navigation';
import { pathOf, viewOf } from '@/views';
import { useTitle } from '@/views/use-title';
import { FieldValue, isNumeric } from './field-value';
import type { ListState } from './use-list-state';

interface Props {
  readonly collection: CollectionInfo;
  readonly items: readonly AnyRecord[];
  readonly state: ListState;
  /** The rows belong to the query before. */
  readonly dimmed: boolean;
}

/** Columns a collection has: those its view chose that its declaration still knows. */
export const columnsOf = (collection: CollectionInfo): string[] =>
  viewOf(collection).columns.filter((path) => fieldAt(collection, path));

const SORTABLE_ALWAYS = ['createdAt', 'updatedAt'];
const sortable = (collection: CollectionInfo, path: string): boolean =>
  collection.sorts.includes(path) || SORTABLE_ALWAYS.includes(path);

/** Rows on a wide screen, cards on a phone. */
export function RecordTable(props: Props): ReactNode {
  return useWide() ? <Table {...props} /> : <Cards {...props} />;
}

function Table({ collection, items, state, dimmed }: Props): ReactNode {
  const title = useTitle();
  const labels = useLabels();
  const router = useRouter();
  const { changed } = useLive();
  const [titleField = 'id'] = viewOf(collection).title;
  const columns = columnsOf(collection);
  return (
    <div className="overflow-x-auto">
      <table className={cn('w-full text-sm transition-opacity', dimmed && 'opacity-60')}>
        <caption className="sr-only">{labels.many(collection)}</caption>
        <thead>
          <tr className="border-b text-start text-faint">
            {[titleField, ...columns].map((path) => (
              <HeaderCell key={path} collection={collection} path={path} state={state} />
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((record) => (
            <tr
              key={record.id}
              data-testid="record-row"
              data-id={record.id}
              data-changed={changed.has(record.id) || undefined}
              // The link in the first cell is what keyboards and screen readers use; the rest of the row is a convenience.
              onClick={(event) => {
                if (!(event.target as HTMLElement).closest('a,button') && !getSelection()?.toString())
                  router.push(pathOf(collection, record.id));
              }}
              className={cn(
                'cursor-pointer border-b transition-colors last:border-b-0 hover:bg-ink/3',
                changed.has(record.id) && 'animate-changed',
              )}
            >
              <th scope="row" className="max-w-72 truncate py-3 ps-5 pe-3 text-start font-medium sm:ps-6">
                <Link
                  href={pathOf(collection, record.id)}
                  className="rounded-sm underline-offset-4 hover:underline"
                >
                  <bdi>{title(collection, record)}</bdi>
                </Link>
              </th>
              {columns.map((path) => (
                <td
                  key={path}
                  className={cn(
                    'max-w-60 truncate px-3 py-3 text-soft last:pe-6',
                    isNumeric(collection, path) && 'text-end',
                  )}
                >
                  <FieldValue collection={collection} record={record} path={path} compact />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HeaderCell({
  collection,
  path,
  state,
}: {
  readonly collection: CollectionInfo;
  readonly path: string;
  readonly state: ListState;
}): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  const numeric = isNumeric(collection, path);
  const current = state.sort?.replace(/^-/, '') === path;
  const descending = current && state.sort?.startsWith('-');
  const Icon = current ? (descending ? ArrowDown : ArrowUp) : ChevronsUpDown;
  const label = labels.field(path);
  // Search answers come best first; sorting them would hide that.
  const canSort = sortable(collection, path) && state.q === '';
  return (
    <th
      scope="col"
      aria-sort={current ? (descending ? 'descending' : 'ascending') : undefined}
      className={cn(
        'whitespace-nowrap px-3 py-2.5 text-start font-medium text-[0.8125rem] first:ps-5 last:pe-6 sm:first:ps-6',
        numeric && 'text-end',
      )}
    >
      {canSort ? (
        <button
          type="button"
          onClick={() => state.set({ sort: current && !descending ? `-${path}` : path })}
          aria-label={t('sortBy', { field: label })}
          className={cn(
            'group -mx-1.5 inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 align-middle hover:bg-ink/5 hover:text-ink',
            numeric && 'flex-row-reverse',
            current && 'text-ink',
          )}
        >
          {label}
          <Icon
            className={cn(
              'size-3.5',
              !current && 'opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60',
            )}
            aria-hidden
          />
        </button>
      ) : (
        label
      )}
    </th>
  );
}

function Cards({ collection, items, dimmed }: Props): ReactNode {
  const title = useTitle();
  const labels = useLabels();
  const { changed } = useLive();
  const [lead, ...others] = columnsOf(collection);
  return (
    <ul className={cn('divide-y', dimmed && 'opacity-60')} aria-label={labels.many(collection)}>
      {items.map((record) => (
        <li
          key={record.id}
          data-testid="record-row"
          data-id={record.id}
          data-changed={changed.has(record.id) || undefined}
          className={changed.has(record.id) ? 'animate-changed' : undefined}
        >
          <Link href={pathOf(collection, record.id)} className="block px-4 py-3.5 active:bg-ink/5">
            <span className="flex items-baseline justify-between gap-3">
              <span className="min-w-0 truncate font-medium">
                <bdi>{title(collection, record)}</bdi>
              </span>
              {lead && isNumeric(collection, lead) ? (
                <span className="shrink-0 font-medium">
                  <FieldValue collection={collection} record={record} path={lead} compact />
                </span>
              ) : null}
            </span>
            <span className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.8125rem] text-soft">
              {(lead && !isNumeric(collection, lead) ? [lead, ...others] : others)
                .filter(
                  (path) => !isNumeric(collection, path) && record[path] !== undefined && record[path] !== '',
                )
                .slice(0, 3)
                .map((path) => (
                  <span key={path} className="inline-flex max-w-full items-center truncate">
                    <span className="sr-only">{labels.field(path)}: </span>
                    <FieldValue collection={collection} record={record} path={path} compact />
                  </span>
                ))}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

const ROWS = ['w-40', 'w-52', 'w-36', 'w-44', 'w-48', 'w-32', 'w-40', 'w-52'];

export const TableSkeleton = (): ReactNode => (
  <div className="divide-y" data-testid="table-skeleton">
    {ROWS.map((width, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list of look-alikes
      <div key={index} className="flex h-12 items-center gap-8 px-6">
        <Skeleton className={cn('h-3.5', width)} />
        <Skeleton className="hidden h-3.5 w-40 sm:block" />
        <Skeleton className="ms-auto h-3.5 w-16" />
      </div>
    ))}
  </div>
);
