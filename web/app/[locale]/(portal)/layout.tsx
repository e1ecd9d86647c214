import { setRequestLocale } from 'next-intl/server';
import type { ReactNode } from 'react';
import { PortalShell } from '@/components/shell/portal-shell';
import { routing } from '@/i18n/routing';

interface Props {
  readonly children: ReactNode;
  readonly params: Promise<{ locale: string }>;
}

export default async function PortalLayout({ children, params }: Props): Promise<ReactNode> {
  const { locale } = await params;
  setRequestLocale(routing.locales.find((known) => known === locale) ?? routing.defaultLocale);
  return <PortalShell>{children}</PortalShell>;
}
