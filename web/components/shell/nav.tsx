'use client';

import {
  ChartColumn,
  ChartNoAxesCombined,
  Database,
  KeyRound,
  LayoutDashboard,
  ListTodo,
  type LucideIcon,
  Route,
  Settings,
  SquareTerminal,
  Upload,
  UserRoundCog,
  Webhook,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useLabels } from '@/client/labels';
import { Link } from '@/components/link';
import { cn } from '@/components/ui/cn';
import { usePathname } from '@/i18n/navigation';
import { SECTIONS } from '@/views';

export interface NavItem {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
}

export interface NavGroup {
  readonly label?: string;
  readonly items: readonly NavItem[];
}

/** Everywhere one can go. Collections the portal has no view for are listed too, after the others. */
export function useNavGroups(): readonly NavGroup[] {
  const t = useTranslations('nav');
  const labels = useLabels();
  const records = (chosen: boolean): NavItem[] =>
    SECTIONS.filter((section) => section.chosen === chosen).map(({ collection, view }) => ({
      href: `/${view.slug}`,
      label: labels.many(collection),
      icon: view.icon,
    }));
  const more = records(false);
  return [
    { items: [{ href: '/', label: t('dashboard'), icon: LayoutDashboard }] },
    { label: t('records'), items: records(true) },
    ...(more.length > 0 ? [{ label: t('more'), items: more }] : []),
    {
      label: t('analytics'),
      items: [
        { href: '/explore', label: t('explore'), icon: ChartColumn },
        { href: '/charts', label: t('charts'), icon: ChartNoAxesCombined },
        { href: '/journeys', label: t('journeys'), icon: Route },
        { href: '/sql', label: t('sql'), icon: SquareTerminal },
        { href: '/datasets', label: t('datasets'), icon: Database },
      ],
    },
    {
      label: t('data'),
      items: [
        { href: '/imports', label: t('imports'), icon: Upload },
        { href: '/webhooks', label: t('webhooks'), icon: Webhook },
        { href: '/jobs', label: t('jobs'), icon: ListTodo },
        { href: '/api-keys', label: t('apiKeys'), icon: KeyRound },
      ],
    },
    {
      label: t('organisation'),
      items: [
        { href: '/members', label: t('members'), icon: UserRoundCog },
        { href: '/settings', label: t('settings'), icon: Settings },
      ],
    },
  ];
}

const isHere = (pathname: string, href: string): boolean =>
  href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);

export function Nav({ onNavigate }: { readonly onNavigate?: () => void }): ReactNode {
  const t = useTranslations('nav');
  const pathname = usePathname();
  return (
    <nav aria-label={t('main')} className="grid gap-5">
      {useNavGroups().map(({ label, items }) => (
        <div key={label ?? ''}>
          {label ? <p className="mb-1 px-2.5 font-medium text-faint text-xs">{label}</p> : null}
          <ul className="grid gap-px">
            {items.map(({ href, label: text, icon: Icon }) => {
              const here = isHere(pathname, href);
              return (
                <li key={href}>
                  <Link
                    href={href}
                    onClick={onNavigate}
                    aria-current={here ? 'page' : undefined}
                    data-testid={`nav-${href === '/' ? 'dashboard' : href.slice(1)}`}
                    className={cn(
                      'flex items-center gap-2.5 rounded-lg px-2.5 py-[0.4375rem] font-medium text-[0.875rem] text-soft transition-colors duration-100 hover:bg-ink/5 hover:text-ink max-lg:py-2.5',
                      here && 'bg-ink/7 text-ink',
                    )}
                  >
                    <Icon
                      className={cn('size-[1.0625rem] shrink-0', here ? 'text-accent' : 'text-faint')}
                      strokeWidth={1.9}
                      aria-hidden
                    />
                    {text}
                  </Link>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </nav>
  );
}
