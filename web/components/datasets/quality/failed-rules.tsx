'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge } from '@/components/ui/badge';

/** How many rules of a dataset have failed; nothing when none has. */
export function FailedRules({ count = 0 }: { readonly count?: number | undefined }): ReactNode {
  const t = useTranslations('quality');
  if (count === 0) return null;
  return (
    <span data-testid="failed-rules">
      <Badge tone="bad">{t('failedRules', { count })}</Badge>
    </span>
  );
}
