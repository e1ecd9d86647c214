'use client';

import { TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/surface';

/** A page that broke: says so, and offers to try again without losing the rest of the portal. */
export function ErrorPage({
  error,
  reset,
}: {
  readonly error: Error & { digest?: string };
  readonly reset: () => void;
}): ReactNode {
  const t = useTranslations('errorPage');
  return (
    <div role="alert" className="pt-[10vh]">
      <EmptyState testId="error-page" icon={<TriangleAlert />} title={t('title')} text={t('text')}>
        <Button tone="primary" onClick={reset}>
          {t('retry')}
        </Button>
        <Button onClick={() => location.reload()}>{t('reload')}</Button>
      </EmptyState>
      {error.digest ? (
        <p className="text-center text-faint text-xs">
          {t('code')} <code className="font-mono">{error.digest}</code>
        </p>
      ) : null}
    </div>
  );
}
