'use client';

import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useMemo, useState } from 'react';
import type { Cell } from '@/client/analytics';
import { useFormat, useRegionalLocale } from '@/client/format-context';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { compareCells, type Sorting, sortRows } from './sorting';

export interface DataColumn<Row> {
  readonly key: string;
  readonly label: ReactNode;
  /** Figures stand at the end of their cells. */
  readonly numeric: boolean;
  readonly cellOf: (row: Row) => Cell;
  readonly show: (row: Row) => ReactNode;
  /** What stands below the column, one for each line of totals. */
  readonly totals?: readonly ReactNode[];
}

interface Props<Row> {
  readonly caption: string;
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  /** Lines of totals that the columns hold. */
  readonly totals?: number;
  /** Rows that stand out, such as those of a forecast. */
  readonly isMarked?: (row: Row) => boolean;
  readonly testId?: string;
}

const PAGE = 50;

/** Rows one can sort by any column and page through; all of them are here already. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  totals = 0,
  isMarked,
  testId,
}: Props<Row>): ReactNode {
  const locale = useRegionalLocale();
  const [sorting, setSorting] = useState<Sorting>();
  const [at, setAt] = useState({ rows, page: 0 });
  const page = at.rows === rows ? at.page : 0;
  const by = columns.find(({ key }) => key === sorting?.column);
  const sorted = useMemo(
    () => (by && sorting ? sortRows(rows, by.cellOf, sorting.descending, compareCells(locale)) : rows),
    [rows, by, sorting, locale],
  );
  const shown = sorted.slice(page * PAGE, (page + 1) * PAGE);
  // First click: figures from the greatest, texts from A; then the other way round; then as it was answered.
  const sortBy = ({ key, numeric }: DataColumn<Row>): void => {
    setAt({ rows, page: 0 });
    if (sorting?.column !== key) setSorting({ column: key, descending: numeric });
    else setSorting(sorting.descending === numeric ? { column: key, descending: !numeric } : undefined);
  };
  return (
    <>
      <ScrollRegion label={caption} className="max-h-[70dvh]">
        <table className="w-full text-sm" data-testid={testId}>
          <caption className="sr-only">{caption}</caption>
          <thead className="sticky top-0 z-1 bg-surface">
            <tr className="border-b">
              {columns.map((column) => (
                <Header key={column.key} column={column} sorting={sorting} onSort={() => sortBy(column)} />
              ))}
            </tr>
          </thead>
          <tbody className="divide-y">
            {shown.map((row, index) => (
              <tr
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of an answer have no name of their own
                key={page * PAGE + index}
                data-testid="answer-row"
                className={cn('hover:bg-ink/3', isMarked?.(row) && 'text-soft italic')}
              >
                {columns.map(({ key, numeric, show }) => (
                  <td key={key} className={cell(numeric)}>
                    {show(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {totals > 0 ? (
            <tfoot className="sticky bottom-0 z-1 bg-surface font-semibold shadow-[0_-1px_0_var(--line)]">
              {Array.from({ length: totals }, (_, line) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a line of totals is its place
                <tr key={line} data-testid="answer-total">
                  {columns.map(({ key, numeric, totals: own }) => (
                    <td key={key} className={cell(numeric)}>
                      {own?.[line]}
                    </td>
                  ))}
                </tr>
              ))}
            </tfoot>
          ) : null}
        </table>
      </ScrollRegion>
      {rows.length > PAGE ? (
        <Pages page={page} rows={rows.length} onPage={(next) => setAt({ rows, page: next })} />
      ) : null}
    </>
  );
}

const cell = (numeric: boolean): string =>
  cn(
    'max-w-80 truncate whitespace-nowrap px-3 py-2 first:ps-5 last:pe-5',
    numeric && 'text-end tabular-nums',
  );

interface HeaderProps<Row> {
  readonly column: DataColumn<Row>;
  readonly sorting: Sorting | undefined;
  readonly onSort: () => void;
}

function Header<Row>({ column, sorting, onSort }: HeaderProps<Row>): ReactNode {
  const sorted = sorting?.column === column.key;
  const Arrow = sorting?.descending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      aria-sort={sorted ? (sorting.descending ? 'descending' : 'ascending') : undefined}
      className={cn(
        'px-1 py-1 font-medium text-[0.8125rem] text-soft first:ps-3 last:pe-3',
        column.numeric ? 'text-end' : 'text-start',
      )}
    >
      <button
        type="button"
        onClick={onSort}
        className="inline-flex items-center gap-1 whitespace-nowrap rounded-md px-2 py-1 hover:bg-ink/5 hover:text-ink"
      >
        {column.label}
        {sorted ? <Arrow className="size-3.5" aria-hidden /> : null}
      </button>
    </th>
  );
}

interface PagesProps {
  readonly page: number;
  readonly rows: number;
  readonly onPage: (page: number) => void;
}

function Pages({ page, rows, onPage }: PagesProps): ReactNode {
  const t = useTranslations('records');
  const datasets = useTranslations('datasets');
  const format = useFormat();
  const last = Math.min(rows, (page + 1) * PAGE);
  return (
    <nav
      aria-label={t('pages')}
      className="flex flex-wrap items-center justify-between gap-4 border-t px-5 py-2.5 text-[0.8125rem] text-soft"
    >
      <p aria-live="polite" className="tabular-nums">
        {datasets('range', {
          from: format.number(page * PAGE + 1),
          to: format.number(last),
          all: format.number(rows),
        })}
      </p>
      <div className="flex gap-2">
        <Button size="small" disabled={page === 0} onClick={() => onPage(page - 1)}>
          <ChevronLeft className="rtl:-scale-x-100" aria-hidden />
          {t('previous')}
        </Button>
        <Button size="small" disabled={last >= rows} onClick={() => onPage(page + 1)}>
          {t('next')}
          <ChevronRight className="rtl:-scale-x-100" aria-hidden />
        </Button>
      </div>
    </nav>
  );
}
