'use client';

import { ArrowDownUp, Search, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/field';
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from '@/components/ui/menu';
import { FilterButton, lastDates, useFilterText } from './filters';
import type { ListState } from './use-list-state';

const TYPING = 250;

/** Search, filters and order of a list, and the filters that hold as chips. */
export function ListToolbar({
  collection,
  state,
}: {
  readonly collection: CollectionInfo;
  readonly state: ListState;
}): ReactNode {
  const t = useTranslations('records');
  const filterText = useFilterText(collection);
  const active = Object.entries(state.filters);
  return (
    <search className="mb-3 grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        {collection.search ? <SearchBox state={state} /> : null}
        <FilterButton collection={collection} state={state} />
        <SortMenu collection={collection} state={state} />
      </div>
      {active.length > 0 ? (
        <ul className="flex flex-wrap gap-2" aria-label={t('activeFilters')}>
          {active.map(([name, value]) => (
            <li key={name}>
              <Button
                size="small"
                className="rounded-full bg-accent-tint text-accent-strong hover:bg-accent-tint dark:bg-accent-tint"
                aria-label={t('removeFilter', { filter: filterText(name, value) })}
                onClick={() =>
                  state.set({ filters: Object.fromEntries(active.filter(([other]) => other !== name)) })
                }
              >
                {filterText(name, value)}
                <X aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
    </search>
  );
}

/** Searches while one types, a moment after the last key. */
function SearchBox({ state }: { readonly state: ListState }): ReactNode {
  const t = useTranslations('records');
  const [text, setText] = useState(state.q);
  const [asked, setAsked] = useState(state.q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [seen, setSeen] = useState(state.q);
  // The address may change by other means than this box (going back, "clear"); then the box follows.
  if (seen !== state.q) {
    setSeen(state.q);
    if (state.q !== asked) {
      setAsked(state.q);
      setText(state.q);
    }
  }
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = (q: string): void => {
    setAsked(q);
    state.set({ q });
  };
  return (
    <div className="relative grow basis-full sm:max-w-80 sm:basis-52">
      <Search
        className="pointer-events-none absolute start-3 top-1/2 size-4 -translate-y-1/2 text-faint"
        aria-hidden
      />
      <Input
        type="search"
        value={text}
        aria-label={t('search')}
        placeholder={t('search')}
        data-testid="search"
        className="ps-9"
        onChange={({ target: { value } }) => {
          setText(value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => ask(value.trim()), TYPING);
        }}
      />
    </div>
  );
}

/** Order as a menu: phones have no column heads to press. */
function SortMenu({
  collection,
  state,
}: {
  readonly collection: CollectionInfo;
  readonly state: ListState;
}): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  const names = lastDates(collection.sorts);
  if (state.q !== '') return null;
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button data-testid="sort">
          <ArrowDownUp aria-hidden />
          {t('sort')}
        </Button>
      </MenuTrigger>
      <MenuContent align="start" className="max-h-96 overflow-y-auto">
        <MenuRadioGroup value={state.sort ?? '-createdAt'} onValueChange={(sort) => state.set({ sort })}>
          {names.flatMap((name) => [
            <MenuRadioItem key={name} value={name}>
              {t('ascending', { field: labels.field(name) })}
            </MenuRadioItem>,
            <MenuRadioItem key={`-${name}`} value={`-${name}`}>
              {t('descending', { field: labels.field(name) })}
            </MenuRadioItem>,
          ])}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}
