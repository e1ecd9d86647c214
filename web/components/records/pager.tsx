'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormat } from '@/client/format-context';
import { Button } from '@/components/ui/button';
import { PAGE_SIZE } from './use-list-state';

interface Props {
  readonly page: number;
  /** Records on this page. */
  readonly count: number;
  readonly nextCursor: string | null;
  readonly onNext: (cursor: string) => void;
  readonly onPrevious: () => void;
}

export function Pager({ page, count, nextCursor, onNext, onPrevious }: Props): ReactNode {
  const t = useTranslations('records');
  const format = useFormat();
  const first = (page - 1) * PAGE_SIZE + 1;
  return (
    <nav
      aria-label={t('pages')}
      className="mt-4 flex items-center justify-between gap-4 text-[0.8125rem] text-soft"
    >
      <p aria-live="polite" className="tabular-nums" data-testid="page-range">
        {count > 0
          ? t('range', { from: format.number(first), to: format.number(first + count - 1) })
          : t('emptyPage')}
      </p>
      {page > 1 || nextCursor ? (
        <div className="flex gap-2">
          <Button size="small" disabled={page === 1} onClick={onPrevious} data-testid="previous-page">
            <ChevronLeft className="rtl:-scale-x-100" aria-hidden />
            {t('previous')}
          </Button>
          <Button
            size="small"
            disabled={!nextCursor}
            onClick={() => nextCursor && onNext(nextCursor)}
            data-testid="next-page"
          >
            {t('next')}
            <ChevronRight className="rtl:-scale-x-100" aria-hidden />
          </Button>
        </div>
      ) : null}
    </nav>
  );
}
