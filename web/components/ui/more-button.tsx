'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Pages } from '@/client/use-pages';
import { Button } from './button';

/** Fetches the next page of a list that grows downwards; nothing at its end. */
export function MoreButton({ pages: { more, loadingMore } }: { readonly pages: Pages<unknown> }): ReactNode {
  const t = useTranslations('actions');
  if (!more) return null;
  return (
    <div className="border-t px-5 py-3 text-center sm:px-6">
      <Button size="small" busy={loadingMore} onClick={more}>
        {t('showMore')}
      </Button>
    </div>
  );
}
