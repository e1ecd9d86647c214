'use client';

import { FileQuestion } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/surface';
import { pathOf } from '@/views';

/** The record was deleted, or never was. */
export function MissingRecord({ collection }: { readonly collection: CollectionInfo }): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  return (
    <EmptyState testId="missing-record" icon={<FileQuestion />} title={t('missing')} text={t('missingText')}>
      <Button asChild>
        <Link href={pathOf(collection)}>{t('backTo', { what: labels.many(collection) })}</Link>
      </Button>
    </EmptyState>
  );
}
