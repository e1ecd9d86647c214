'use client';

import { Menu as MenuIcon, Search } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useTranslations } from 'next-intl';
import { Dialog } from 'radix-ui';
import { type ReactNode, useEffect, useState } from 'react';
import { FormatProvider } from '@/client/format-context';
import { LiveProvider, useLive } from '@/client/live-provider';
import { Link } from '@/components/link';
import { IconButton } from '@/components/ui/button';
import { ToastProvider } from '@/components/ui/toast';
import { usePathname } from '@/i18n/navigation';
import { Brand } from './brand';
import { Nav } from './nav';
import { SessionGate } from './session-gate';
import { UserMenu } from './user-menu';

const CommandPalette = dynamic(() => import('./command-palette').then((module) => module.CommandPalette), {
  ssr: false,
});

/** The frame of every signed-in page: navigation, search, and the page itself. */
export function PortalShell({ children }: { readonly children: ReactNode }): ReactNode {
  const t = useTranslations('nav');
  const [palette, setPalette] = useState(false);
  useEffect(() => {
    const open = (event: KeyboardEvent): void => {
      if (
        event.key.toLowerCase() !== 'k' ||
        !(event.ctrlKey || event.metaKey) ||
        event.altKey ||
        event.shiftKey
      )
        return;
      event.preventDefault();
      setPalette(true);
    };
    window.addEventListener('keydown', open);
    return () => window.removeEventListener('keydown', open);
  }, []);
  return (
    <FormatProvider>
      <ToastProvider>
        <LiveProvider>
          <a
            href="#main"
            className="fixed start-4 top-3 z-60 -translate-y-20 rounded-lg bg-accent px-4 py-2 font-medium text-accent-ink text-sm focus:translate-y-0"
          >
            {t('skip')}
          </a>
          <div className="min-h-dvh lg:grid lg:grid-cols-[15.5rem_minmax(0,1fr)]">
            <aside className="sticky top-0 hidden h-dvh flex-col border-e bg-canvas px-3 pt-4 pb-3 lg:flex">
              <Home />
              <SearchButton onClick={() => setPalette(true)} />
              <div className="-mx-3 min-h-0 grow overflow-y-auto px-3 py-1">
                <Nav />
              </div>
              <div className="mt-2 border-t pt-2">
                <UserMenu />
              </div>
            </aside>
            <PhoneBar onSearch={() => setPalette(true)} />
            <main
              id="main"
              tabIndex={-1}
              className="mx-auto w-full min-w-0 max-w-[82rem] px-4 pt-6 pb-24 outline-none sm:px-8 lg:px-10 lg:pt-9"
            >
              <SessionGate>{children}</SessionGate>
            </main>
          </div>
          <OfflineNote />
          {palette ? <CommandPalette onClose={() => setPalette(false)} /> : null}
        </LiveProvider>
      </ToastProvider>
    </FormatProvider>
  );
}

function Home(): ReactNode {
  const t = useTranslations('app');
  return (
    <Link href="/" className="mb-4 ms-2 inline-flex self-start rounded-lg">
      <Brand name={t('name')} />
    </Link>
  );
}

function SearchButton({ onClick }: { readonly onClick: () => void }): ReactNode {
  const t = useTranslations('palette');
  return (
    <button
      type="button"
      data-testid="open-palette"
      onClick={onClick}
      aria-keyshortcuts="Control+K Meta+K"
      className="mb-4 flex h-9 items-center gap-2.5 rounded-lg border bg-surface px-2.5 text-[0.8125rem] text-faint hover:border-edge/60"
    >
      <Search className="size-4" aria-hidden />
      <span className="grow text-start">{t('open')}</span>
      <kbd className="rounded border px-1.5 font-sans text-[0.6875rem]" dir="ltr">
        Ctrl K
      </kbd>
    </button>
  );
}

/** Top of the screen on phones and tablets; the navigation slides in from the start edge. */
function PhoneBar({ onSearch }: { readonly onSearch: () => void }): ReactNode {
  const t = useTranslations('nav');
  const palette = useTranslations('palette');
  const pathname = usePathname();
  const [openAt, setOpenAt] = useState<string>();
  return (
    <div className="sticky top-0 z-30 flex h-14 items-center gap-1 border-b bg-canvas/90 px-2 backdrop-blur lg:hidden">
      {/* Open only for the page it was opened on, so that going elsewhere closes it. */}
      <Dialog.Root open={openAt === pathname} onOpenChange={(open) => setOpenAt(open ? pathname : undefined)}>
        <Dialog.Trigger asChild>
          <IconButton label={t('open')} data-testid="open-nav">
            <MenuIcon aria-hidden />
          </IconButton>
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 animate-fade bg-black/35 lg:hidden" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 start-0 z-50 flex w-[min(19rem,86vw)] animate-fade flex-col border-e bg-canvas px-3 pt-4 pb-3 focus:outline-none lg:hidden"
          >
            <Dialog.Title className="sr-only">{t('main')}</Dialog.Title>
            <Home />
            <div className="min-h-0 grow overflow-y-auto">
              <Nav onNavigate={() => setOpenAt(undefined)} />
            </div>
            <div className="mt-2 border-t pt-2">
              <UserMenu />
            </div>
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
      <span className="grow" />
      <IconButton label={palette('open')} onClick={onSearch}>
        <Search aria-hidden />
      </IconButton>
    </div>
  );
}

/** Says that what is on screen may be old, once the stream has been away. */
function OfflineNote(): ReactNode {
  const t = useTranslations('live');
  const { state } = useLive();
  return (
    <div
      role="status"
      data-testid="live-state"
      data-state={state}
      className="pointer-events-none fixed start-4 bottom-4 z-30"
    >
      {state === 'offline' ? (
        <span className="rounded-full border bg-raised px-3 py-1.5 text-soft text-xs shadow-raised">
          {t('offline')}
        </span>
      ) : null}
    </div>
  );
}
