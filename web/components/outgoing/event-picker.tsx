'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useId, useState } from 'react';
import { patternsOf, useEvents } from '@/client/outgoing';
import { Input } from '@/components/ui/field';
import { ScrollRegion } from '@/components/ui/scroll-region';

interface Props {
  readonly id?: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
  readonly value: readonly string[];
  readonly onChange: (events: string[]) => void;
}

/** Chooses events, singly or by pattern, from all there are. */
export function EventPicker({ value, onChange, ...control }: Props): ReactNode {
  const t = useTranslations('outgoing');
  const { data } = useEvents();
  const [search, setSearch] = useState('');
  const list = useId();
  const wanted = search.trim().toLowerCase();
  const offered = patternsOf(data ?? []);
  // What was chosen stays in sight, whatever is searched for.
  const rows = [
    ...value,
    ...offered.filter((pattern) => !value.includes(pattern) && pattern.includes(wanted)),
  ];
  const toggle = (pattern: string): void =>
    onChange(value.includes(pattern) ? value.filter((other) => other !== pattern) : [...value, pattern]);
  return (
    <div className="rounded-lg border">
      <Input
        {...control}
        type="search"
        className="border-0"
        value={search}
        placeholder={t('searchEvents')}
        aria-controls={list}
        onChange={({ target }) => setSearch(target.value)}
        onKeyDown={(event) => {
          // Enter would send the form.
          if (event.key === 'Enter') event.preventDefault();
        }}
      />
      <ScrollRegion label={t('events')} className="max-h-44 border-t">
        <ul id={list} className="py-1" data-testid="event-patterns">
          {rows.map((pattern) => (
            <li key={pattern}>
              <label className="flex items-center gap-2.5 px-3 py-1 hover:bg-ink/4 max-md:py-2">
                <input
                  type="checkbox"
                  className="size-4 accent-(--accent)"
                  checked={value.includes(pattern)}
                  onChange={() => toggle(pattern)}
                />
                <code dir="ltr" className="truncate font-mono text-[0.8125rem]">
                  {pattern}
                </code>
                {pattern === '*' ? <span className="text-faint text-xs">{t('everything')}</span> : null}
              </label>
            </li>
          ))}
        </ul>
      </ScrollRegion>
    </div>
  );
}
