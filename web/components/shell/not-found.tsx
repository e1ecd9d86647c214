'use client';

import { Compass } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/surface';

export function NotFound(): ReactNode {
  const t = useTranslations('notFound');
  return (
    <div className="pt-[10vh]">
      <title>{t('title')}</title>
      <EmptyState testId="not-found" icon={<Compass />} title={t('title')} text={t('text')}>
        <Button asChild tone="primary">
          <Link href="/">{t('home')}</Link>
        </Button>
      </EmptyState>
    </div>
  );
}
