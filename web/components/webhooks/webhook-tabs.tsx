'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Link } from '@/components/link';
import { cn } from '@/components/ui/cn';
import { usePathname } from '@/i18n/navigation';

const TABS = [
  { href: '/webhooks', name: 'incoming' },
  { href: '/webhooks/outgoing', name: 'outgoing' },
  { href: '/webhooks/events', name: 'events' },
] as const;

/** The three sides of webhooks: what arrives, what is sent, and what can be sent. */
export function WebhookTabs(): ReactNode {
  const t = useTranslations('webhooks.tabs');
  const pathname = usePathname();
  return (
    <nav aria-label={t('label')} className="mb-6 flex gap-1 overflow-x-auto border-b">
      {TABS.map(({ href, name }) => (
        <Link
          key={href}
          href={href}
          aria-current={pathname === href ? 'page' : undefined}
          className={cn(
            '-mb-px whitespace-nowrap border-transparent border-b-2 px-3 py-2 font-medium text-sm text-soft hover:text-ink',
            pathname === href && 'border-accent text-ink',
          )}
        >
          {t(name)}
        </Link>
      ))}
    </nav>
  );
}
