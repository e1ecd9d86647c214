'use client';

import { ChevronLeft, ChevronRight, Table2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { type Cell, type ColumnType, type Dataset, ROWS_PAGE, useRows } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Card, EmptyState, Skeleton } from '@/components/ui/surface';
import { PersonalMark } from './quality/personal-mark';

const isNumeric = (type: ColumnType): boolean => type === 'integer' || type === 'number';

/** The rows as they were loaded, a page at a time. */
export function RowsTable({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('datasets');
  const [page, setPage] = useState(0);
  const { data, error, refetch, isPlaceholderData } = useRows(dataset, page);
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-72 rounded-2xl" />;
  if (data.rows.length === 0 && page === 0)
    return (
      <Card>
        <EmptyState icon={<Table2 />} title={t('noRows')} text={t('noRowsText')} testId="no-rows" />
      </Card>
    );
  const first = page * ROWS_PAGE;
  const personal = new Set(dataset.columns.filter(({ pii }) => pii).map(({ name }) => name));
  return (
    <>
      <Card className="overflow-hidden">
        <ScrollRegion label={t('tabs.rows')} className="max-h-[75dvh]">
          <table className={cn('w-full text-sm transition-opacity', isPlaceholderData && 'opacity-60')}>
            <caption className="sr-only">{dataset.name}</caption>
            <thead className="sticky top-0 z-1 bg-surface">
              <tr className="border-b">
                {data.columns.map(({ name, type }) => (
                  <th
                    key={name}
                    scope="col"
                    className={cn(
                      'whitespace-nowrap px-3 py-2 text-start font-medium text-[0.8125rem] first:ps-5 last:pe-5',
                      isNumeric(type) && 'text-end',
                    )}
                  >
                    <span className={cn('flex items-center gap-1.5', isNumeric(type) && 'justify-end')}>
                      <bdi className="font-mono">{name}</bdi>
                      {personal.has(name) ? <PersonalMark /> : null}
                    </span>
                    <span className="block font-normal text-faint text-xs">
                      {t(`types.${type}`)}
                      {type === 'timestamp' ? ' · UTC' : ''}
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y">
              {data.rows.map((row, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no name of their own
                <tr key={first + index} data-testid="row" className="hover:bg-ink/3">
                  {data.columns.map(({ name, type }) => (
                    <td
                      key={name}
                      className={cn(
                        'max-w-72 truncate whitespace-nowrap px-3 py-2 first:ps-5 last:pe-5',
                        isNumeric(type) && 'text-end tabular-nums',
                      )}
                      title={typeof row[name] === 'string' ? row[name] : undefined}
                    >
                      <Value of={row[name] ?? null} type={type} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      </Card>
      <Pages page={page} count={data.rows.length} rows={dataset.rows} onPage={setPage} />
    </>
  );
}

/** A value as it lies in the table: figures keep their digits, so that a code stays what it is. */
export function Value({ of: value, type }: { readonly of: Cell; readonly type: ColumnType }): ReactNode {
  const t = useTranslations('datasets');
  if (value === null) return <span className="text-faint">{t('empty')}</span>;
  if (type === 'boolean') return value ? t('true') : t('false');
  if (type === 'string') return <bdi>{value}</bdi>;
  const text = type === 'timestamp' ? String(value).replace('T', ' ').replace(/Z$/, '') : String(value);
  return <bdi dir="ltr">{text}</bdi>;
}

interface PagesProps {
  readonly page: number;
  /** Rows on this page. */
  readonly count: number;
  /** Rows of the dataset. */
  readonly rows: number;
  readonly onPage: (page: number) => void;
}

function Pages({ page, count, rows, onPage }: PagesProps): ReactNode {
  const t = useTranslations('datasets');
  const records = useTranslations('records');
  const format = useFormat();
  const first = page * ROWS_PAGE;
  return (
    <nav
      aria-label={records('pages')}
      className="mt-4 flex flex-wrap items-center justify-between gap-4 text-[0.8125rem] text-soft"
    >
      <p aria-live="polite" className="tabular-nums">
        {t('range', {
          from: format.number(first + 1),
          to: format.number(first + count),
          all: format.number(rows),
        })}
      </p>
      <div className="flex gap-2">
        <Button size="small" disabled={page === 0} onClick={() => onPage(page - 1)}>
          <ChevronLeft className="rtl:-scale-x-100" aria-hidden />
          {records('previous')}
        </Button>
        <Button size="small" disabled={first + count >= rows} onClick={() => onPage(page + 1)}>
          {records('next')}
          <ChevronRight className="rtl:-scale-x-100" aria-hidden />
        </Button>
      </div>
    </nav>
  );
}
