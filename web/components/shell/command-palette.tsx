'use client';

import { useQueries } from '@tanstack/react-query';
import { CornerDownLeft, type LucideIcon, Plus, Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { useApi } from '@/client/context';
import { useLabels } from '@/client/labels';
import { useHasRole } from '@/client/me';
import { keys } from '@/client/records';
import type { Page } from '@/client/types';
import { cn } from '@/components/ui/cn';
import { useDebounced } from '@/components/use-debounced';
import { useRouter } from '@/i18n/navigation';
import { pathOf, SECTIONS } from '@/views';
import { useTitle } from '@/views/use-title';
import { useNavGroups } from './nav';

interface Command {
  readonly id: string;
  readonly label: string;
  /** What kind of thing it leads to. */
  readonly kind: string;
  readonly href: string;
  readonly icon: LucideIcon;
}

const SEARCHABLE = SECTIONS.filter(({ collection }) => collection.search);
const FOUND_EACH = 4;

/** Goes anywhere by name: pages, things to make, and records (the ARIA combobox pattern in a dialog). */
export function CommandPalette({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useTranslations('palette');
  const router = useRouter();
  const listId = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const { commands, searching } = useCommands(text);
  const chosen = commands[Math.min(active, commands.length - 1)];
  const go = (command: Command | undefined): void => {
    if (!command) return;
    onClose();
    router.push(command.href);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive(
        (at) => (Math.min(at, commands.length - 1) + step + commands.length) % Math.max(commands.length, 1),
      );
    } else if (event.key === 'Enter') {
      event.preventDefault();
      go(chosen);
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/35 backdrop-blur-[2px]" />
        <Dialog.Content
          aria-describedby={undefined}
          data-testid="palette"
          className="fixed inset-x-3 top-3 z-50 mx-auto max-w-xl animate-arrive overflow-hidden rounded-2xl border bg-raised shadow-raised focus:outline-none sm:top-[14vh]"
        >
          <Dialog.Title className="sr-only">{t('title')}</Dialog.Title>
          <div className="flex items-center gap-3 border-b px-4">
            <Search className="size-4.5 text-faint" aria-hidden />
            <input
              role="combobox"
              aria-expanded
              aria-controls={listId}
              aria-activedescendant={chosen ? `${listId}-${chosen.id}` : undefined}
              aria-label={t('title')}
              placeholder={t('placeholder')}
              data-testid="palette-input"
              value={text}
              onChange={({ target }) => {
                setText(target.value);
                setActive(0);
              }}
              onKeyDown={onKeyDown}
              className="h-13 min-w-0 grow bg-transparent text-base outline-none"
            />
          </div>
          <div
            id={listId}
            role="listbox"
            aria-label={t('results')}
            aria-busy={searching}
            className="max-h-[min(60vh,26rem)] overflow-y-auto p-2"
          >
            {commands.map((command) => (
              <Option
                key={command.id}
                id={`${listId}-${command.id}`}
                command={command}
                active={command.id === chosen?.id}
                onChoose={() => go(command)}
              />
            ))}
          </div>
          {commands.length === 0 ? (
            <p role="status" className="px-5 pb-6 text-center text-faint text-sm">
              {t(searching ? 'searching' : 'nothing')}
            </p>
          ) : null}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface OptionProps {
  readonly id: string;
  readonly command: Command;
  readonly active: boolean;
  readonly onChoose: () => void;
}

const Option = ({ id, command: { label, kind, icon: Icon }, active, onChoose }: OptionProps): ReactNode => (
  // biome-ignore lint/a11y/useKeyWithClickEvents: the box above takes the keys, as the combobox pattern says
  <div
    id={id}
    role="option"
    aria-selected={active}
    tabIndex={-1}
    ref={(element) => {
      if (active) element?.scrollIntoView({ block: 'nearest' });
    }}
    onClick={onChoose}
    className={cn(
      'flex cursor-pointer items-center gap-3 rounded-lg px-3 py-2.5 text-sm',
      active ? 'bg-ink/7' : 'hover:bg-ink/4',
    )}
  >
    <Icon className={cn('size-4 shrink-0', active ? 'text-accent' : 'text-faint')} aria-hidden />
    <bdi className="min-w-0 grow truncate">{label}</bdi>
    <span className="shrink-0 text-faint text-xs">{kind}</span>
    {active ? <CornerDownLeft className="size-3.5 shrink-0 text-faint rtl:-scale-x-100" aria-hidden /> : null}
  </div>
);

function useCommands(text: string): { commands: readonly Command[]; searching: boolean } {
  const title = useTitle();
  const t = useTranslations('palette');
  const records = useTranslations('records');
  const labels = useLabels();
  const api = useApi();
  const mayWrite = useHasRole('editor');
  const groups = useNavGroups();
  const wanted = text.trim().toLocaleLowerCase();
  const q = useDebounced(text.trim(), 180);
  const query = { q, limit: FOUND_EACH };
  const results = useQueries({
    queries: SEARCHABLE.map(({ collection }) => ({
      queryKey: keys.list(collection.name, query),
      queryFn: ({ signal }: { signal: AbortSignal }) => api.get<Page>(collection.path, query, signal),
      enabled: q.length > 1,
    })),
  });
  const matches = ({ label }: Command): boolean =>
    wanted === '' || label.toLocaleLowerCase().includes(wanted);
  const pages = groups
    .flatMap(({ items }) => items)
    .map(({ href, label, icon }) => ({ id: `go${href}`, label, kind: t('page'), href, icon }));
  const creates = mayWrite
    ? SECTIONS.filter(({ collection }) => !collection.readOnly).map(({ collection }) => ({
        id: `new-${collection.name}`,
        label: records('new', { what: labels.one(collection) }),
        kind: t('action'),
        href: `${pathOf(collection)}/new`,
        icon: Plus,
      }))
    : [];
  const found =
    q.length > 1
      ? results.flatMap(({ data }, index) => {
          const section = SEARCHABLE[index];
          if (!section || !data) return [];
          return data.items.map((record) => ({
            id: record.id,
            label: title(section.collection, record),
            kind: labels.one(section.collection),
            href: pathOf(section.collection, record.id),
            icon: section.view.icon,
          }));
        })
      : [];
  return {
    commands: [...pages.filter(matches), ...creates.filter(matches), ...found],
    searching: wanted.length > 1 && (q !== text.trim() || results.some(({ isFetching }) => isFetching)),
  };
}
