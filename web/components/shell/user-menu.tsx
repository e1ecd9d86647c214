'use client';

import { ChevronsUpDown, LogOut, Settings } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useAccount, useMe } from '@/client/me';
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from '@/components/ui/menu';
import { Skeleton } from '@/components/ui/surface';
import { type Theme, useTheme } from '@/components/use-theme';
import { useRouter } from '@/i18n/navigation';

export const initials = (name: string): string =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toLocaleUpperCase();

/** Who is signed in and where: switches organisation and theme, and signs out. */
export function UserMenu(): ReactNode {
  const t = useTranslations('account');
  const { data: me } = useMe();
  const { signOut, switchTenant } = useAccount();
  const { theme, setTheme } = useTheme();
  const router = useRouter();
  if (!me)
    return (
      <div className="flex h-[3.25rem] items-center gap-2.5 px-2.5">
        <Skeleton className="size-8 rounded-full" />
        <Skeleton className="h-4 w-28" />
      </div>
    );
  return (
    <Menu>
      <MenuTrigger
        data-testid="user-menu"
        className="flex w-full items-center gap-2.5 rounded-xl px-2 py-2 text-start hover:bg-ink/5 data-[state=open]:bg-ink/7"
      >
        <span
          aria-hidden
          className="grid size-8 shrink-0 place-items-center rounded-full bg-accent-tint font-semibold text-accent-strong text-xs"
        >
          {initials(me.user.name)}
        </span>
        <span className="sr-only">{t('menu')}: </span>
        <span className="min-w-0 grow leading-tight">
          <span className="block truncate font-medium text-[0.8125rem]">{me.user.name}</span>
          <span className="block truncate text-faint text-xs" data-testid="tenant-name">
            {me.tenant.name}
          </span>
        </span>
        <ChevronsUpDown className="size-4 shrink-0 text-faint" aria-hidden />
      </MenuTrigger>
      <MenuContent align="start" className="w-60">
        {me.tenants.length > 1 ? (
          <>
            <MenuLabel>{t('organisations')}</MenuLabel>
            <MenuRadioGroup
              value={me.tenant.id}
              onValueChange={(id) => {
                switchTenant(id);
                router.push('/');
              }}
            >
              {me.tenants.map(({ id, name }) => (
                <MenuRadioItem key={id} value={id}>
                  {name}
                </MenuRadioItem>
              ))}
            </MenuRadioGroup>
            <MenuSeparator />
          </>
        ) : null}
        <MenuLabel>{t('theme')}</MenuLabel>
        <MenuRadioGroup value={theme} onValueChange={(next) => setTheme(next as Theme)}>
          {(['system', 'light', 'dark'] as const).map((name) => (
            <MenuRadioItem key={name} value={name}>
              {t(`themes.${name}`)}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem onSelect={() => router.push('/settings')}>
          <Settings aria-hidden />
          {t('settings')}
        </MenuItem>
        <MenuItem data-testid="sign-out" onSelect={() => void signOut()}>
          <LogOut className="rtl:-scale-x-100" aria-hidden />
          {t('signOut')}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
