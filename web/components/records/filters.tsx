'use client';

import { ListFilter } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Popover } from 'radix-ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type CollectionInfo, type FieldType, fieldAt } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { moneyText, parseMoney } from '@/client/money';
import { useTenantCurrency } from '@/client/tenant';
import { Button } from '@/components/ui/button';
import { Field, Input, Select } from '@/components/ui/field';
import { viewOf } from '@/views';
import { isMoney } from './field-value';
import { RecordPicker } from './record-picker';
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

const RANGES = new Set(['integer', 'number', 'instant', 'date']);
const DATES = new Set(['instant', 'date']);

/** Parameter name → field path and operator. */
function split(name: string): { path: string; operator: string } {
  const match = /^(.*)\.(gte|lte|gt|lt|ne|in|contains|prefix)$/.exec(name);
  return { path: match?.[1] ?? name, operator: match?.[2] ?? 'eq' };
}

/** A whole day means from its first to its last moment, in the reader's time zone. */
const dayAsInstant = (day: string, end: boolean): string =>
  new Date(`${day}T${end ? '23:59:59.999' : '00:00:00'}`).toISOString();
const instantAsDay = (iso: string): string => {
  const at = new Date(iso);
  return Number.isNaN(at.getTime())
    ? ''
    : `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
};

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

interface ControlProps {
  readonly collection: CollectionInfo;
  readonly path: string;
  readonly draft: Readonly<Record<string, string>>;
  readonly wrong: ReadonlySet<string>;
  readonly currency: string;
  readonly onChange: (name: string, value: string | undefined) => void;
}

function FilterControl({ collection, path, draft, wrong, currency, onChange }: ControlProps): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  const type = fieldAt(collection, path)?.type;
  if (!type) return null;
  const label = labels.field(path);
  const reference = viewOf(collection).references?.[path];
  if (RANGES.has(type.kind)) {
    return (
      <fieldset>
        <legend className="mb-1.5 font-medium text-[0.8125rem]">{label}</legend>
        <div className="grid grid-cols-2 gap-2">
          {(['gte', 'lte'] as const).map((operator) => {
            const name = `${path}.${operator}`;
            return (
              <Bound
                key={name}
                label={t(operator === 'gte' ? 'from' : 'to', { field: label })}
                placeholder={t(operator === 'gte' ? 'fromShort' : 'toShort')}
                type={type}
                money={isMoney(collection, path) ? currency : undefined}
                end={operator === 'lte'}
                value={draft[name] ?? ''}
                invalid={wrong.has(name)}
                onChange={(value) => onChange(name, value)}
              />
            );
          })}
        </div>
      </fieldset>
    );
  }
  return (
    <Field label={label}>
      {(control) => {
        if (reference)
          return (
            <RecordPicker
              {...control}
              collection={reference.collection}
              value={draft[path] ?? ''}
              onChange={(value) => onChange(path, value)}
            />
          );
        if (type.kind === 'enum' || type.kind === 'boolean') {
          const values = type.kind === 'boolean' ? ['true', 'false'] : (type.values ?? []);
          return (
            <Select
              {...control}
              value={draft[path] ?? ''}
              onChange={({ target }) => onChange(path, target.value)}
            >
              <option value="">{t('any')}</option>
              {values.map((value) => (
                <option key={value} value={value}>
                  {type.kind === 'boolean' ? t(value === 'true' ? 'yes' : 'no') : labels.value(value)}
                </option>
              ))}
            </Select>
          );
        }
        return (
          <Input
            {...control}
            value={draft[path] ?? ''}
            placeholder={t('any')}
            onChange={({ target }) => onChange(path, target.value)}
          />
        );
      }}
    </Field>
  );
}

interface BoundProps {
  readonly label: string;
  readonly placeholder: string;
  readonly type: FieldType;
  readonly money: string | undefined;
  readonly end: boolean;
  readonly value: string;
  readonly invalid: boolean;
  readonly onChange: (value: string | undefined) => void;
}

/** One end of a range: a day, an amount or a number. */
function Bound({ label, placeholder, type, money, end, value, invalid, onChange }: BoundProps): ReactNode {
  const day = DATES.has(type.kind);
  const shown =
    type.kind === 'instant'
      ? value && instantAsDay(value)
      : money && value
        ? moneyText(Number(value), money)
        : value;
  const [text, setText] = useState(shown);
  const read = (raw: string): string | undefined => {
    if (raw === '') return '';
    if (type.kind === 'instant') return dayAsInstant(raw, end);
    if (day) return raw;
    const amount = money ? parseMoney(raw, money) : Number(raw.replace(',', '.'));
    return amount === undefined || Number.isNaN(amount) ? undefined : String(amount);
  };
  return (
    <Input
      type={day ? 'date' : 'text'}
      inputMode={day ? undefined : 'decimal'}
      aria-label={label}
      aria-invalid={invalid || undefined}
      placeholder={placeholder}
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        onChange(read(target.value));
      }}
    />
  );
}
