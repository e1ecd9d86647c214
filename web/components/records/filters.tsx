'use client';

import { ListFilter } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Popover } from 'radix-ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type CollectionInfo, fieldAt } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { useTenantCurrency } from '@/client/tenant';
import { Button } from '@/components/ui/button';
import { isMoney } from './field-value';
import { DATES, FilterControl } from './filter-control';
import type { ListState } from './use-list-state';

interface Props {
  readonly collection: CollectionInfo;
  readonly state: ListState;
}

/** When a record was made and changed matters less than what it says. */
export const lastDates = (names: readonly string[]): string[] => [
  ...names.filter((name) => name !== 'createdAt' && name !== 'updatedAt'),
  'createdAt',
  'updatedAt',
];

/** Parameter name → field path and operator. */
function split(name: string): { path: string; operator: string } {
  const match = /^(.*)\.(gte|lte|gt|lt|ne|in|contains|prefix)$/.exec(name);
  return { path: match?.[1] ?? name, operator: match?.[2] ?? 'eq' };
}

/** Says a filter in words: `Total from £100.00`. */
export function useFilterText(collection: CollectionInfo): (name: string, value: string) => string {
  const t = useTranslations('records');
  const labels = useLabels();
  const format = useFormat();
  const currency = useTenantCurrency();
  return (name, value) => {
    const { path, operator } = split(name);
    const type = fieldAt(collection, path)?.type;
    const text = DATES.has(type?.kind ?? '')
      ? format.date(value)
      : isMoney(collection, path)
        ? format.money(Number(value), currency)
        : type?.kind === 'boolean'
          ? t(value === 'true' ? 'yes' : 'no')
          : type?.kind === 'enum'
            ? labels.value(value)
            : value;
    const field = labels.field(path);
    if (operator === 'gte' || operator === 'gt') return t('filterFrom', { field, value: text });
    if (operator === 'lte' || operator === 'lt') return t('filterTo', { field, value: text });
    return t('filterIs', { field, value: text });
  };
}

export function FilterButton({ collection, state }: Props): ReactNode {
  const t = useTranslations('records');
  const [open, setOpen] = useState(false);
  const count = Object.keys(state.filters).length;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button data-testid="filters">
          <ListFilter aria-hidden />
          {t('filters')}
          {count > 0 ? (
            <span className="grid size-5 place-items-center rounded-full bg-accent text-[0.6875rem] text-accent-ink tabular-nums">
              {count}
            </span>
          ) : null}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={12}
          aria-label={t('filters')}
          className="z-40 max-h-[min(34rem,var(--radix-popover-content-available-height))] w-[min(24rem,calc(100vw-1.5rem))] animate-arrive overflow-y-auto rounded-2xl border bg-raised p-5 shadow-raised"
        >
          <FilterForm collection={collection} state={state} onDone={() => setOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function FilterForm({ collection, state, onDone }: Props & { readonly onDone: () => void }): ReactNode {
  const t = useTranslations('records');
  const currency = useTenantCurrency();
  const [draft, setDraft] = useState(state.filters);
  const [wrong, setWrong] = useState<ReadonlySet<string>>(new Set());
  const change = (name: string, value: string | undefined): void => {
    setWrong((before) => new Set([...before].filter((other) => other !== name)));
    // Undefined is text that is not a value of this field (an amount with letters).
    if (value === undefined) setWrong((before) => new Set([...before, name]));
    else setDraft((before) => ({ ...before, [name]: value }));
  };
  const apply = (event: FormEvent): void => {
    event.preventDefault();
    if (wrong.size > 0) return;
    state.set({ filters: draft });
    onDone();
  };
  return (
    <form onSubmit={apply} className="grid gap-4" data-testid="filter-form">
      {lastDates(collection.filters).map((path) => (
        <FilterControl
          key={path}
          collection={collection}
          path={path}
          draft={draft}
          wrong={wrong}
          currency={currency}
          onChange={change}
        />
      ))}
      <div className="flex justify-between gap-2 pt-1">
        <Button
          tone="ghost"
          onClick={() => {
            state.set({ filters: {} });
            onDone();
          }}
        >
          {t('clearFilters')}
        </Button>
        <Button type="submit" tone="primary" data-testid="apply-filters">
          {t('applyFilters')}
        </Button>
      </div>
    </form>
  );
}
