'use client';

import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Popover } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Input } from '@/components/ui/field';

interface PopoverProps {
  readonly label: string;
  readonly trigger: ReactNode;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  readonly children: ReactNode;
}

/** A small card that opens at its button. */
export const PickerPopover = ({ label, trigger, open, onOpenChange, children }: PopoverProps): ReactNode => (
  <Popover.Root open={open} onOpenChange={onOpenChange}>
    <Popover.Trigger asChild>{trigger}</Popover.Trigger>
    <Popover.Portal>
      <Popover.Content
        align="start"
        sideOffset={6}
        collisionPadding={12}
        aria-label={label}
        className="z-40 flex max-h-[min(26rem,var(--radix-popover-content-available-height))] w-80 max-w-[calc(100vw-1.5rem)] animate-arrive flex-col rounded-2xl border bg-raised p-2 shadow-raised"
      >
        {children}
      </Popover.Content>
    </Popover.Portal>
  </Popover.Root>
);

export interface Option {
  readonly key: string;
  readonly label: string;
  readonly hint?: string;
  readonly group?: string;
}

interface ListProps {
  readonly label: string;
  readonly options: readonly Option[];
  readonly chosen: readonly string[];
  readonly onToggle: (key: string, on: boolean) => void;
  /** Stands below the options; receives what was typed. */
  readonly after?: (text: string, found: number) => ReactNode;
}

/** Boxes to tick, with a search above them where they are many. */
export function CheckList({ label, options, chosen, onToggle, after }: ListProps): ReactNode {
  const t = useTranslations('explore');
  const [text, setText] = useState('');
  const wanted = text.trim().toLocaleLowerCase();
  const found = options.filter(({ label: name, hint = '', key }) =>
    chosen.includes(key) && wanted === '' ? true : `${name} ${hint}`.toLocaleLowerCase().includes(wanted),
  );
  const groups = [...Map.groupBy(found, ({ group = '' }) => group)];
  return (
    <>
      <div className="relative mb-1">
        <Search className="pointer-events-none absolute start-2.5 top-2.5 size-4 text-faint" aria-hidden />
        <Input
          type="search"
          aria-label={t('search', { what: label })}
          placeholder={t('searchPlaceholder')}
          className="ps-8"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      <div className="min-h-0 overflow-y-auto overscroll-contain" data-testid="options">
        {groups.map(([group, members]) => (
          <fieldset key={group} className="grid grid-cols-[minmax(0,1fr)]">
            <legend className={group ? 'px-2 pt-2 pb-1 font-medium text-faint text-xs' : 'sr-only'}>
              {group || label}
            </legend>
            {members.map(({ key, label: name, hint }) => (
              <label
                key={key}
                className="flex cursor-pointer items-start gap-2.5 rounded-lg px-2 py-1.5 text-sm hover:bg-ink/5"
              >
                <input
                  type="checkbox"
                  className="mt-0.5 size-4 shrink-0 accent-(--accent)"
                  checked={chosen.includes(key)}
                  onChange={({ target }) => onToggle(key, target.checked)}
                />
                <span className="min-w-0">
                  <bdi className="block break-words">{name}</bdi>
                  {hint ? <span className="block text-faint text-xs">{hint}</span> : null}
                </span>
              </label>
            ))}
          </fieldset>
        ))}
        {found.length === 0 ? <p className="px-2 py-3 text-faint text-sm">{t('nothingFound')}</p> : null}
        {after?.(text.trim(), found.length)}
      </div>
    </>
  );
}
