'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { type CollectionInfo, collectionNamed, isIdOf } from '@/client/collections';
import { useRecord, useRecords } from '@/client/records';
import type { AnyRecord } from '@/client/types';
import { cn } from '@/components/ui/cn';
import { Input } from '@/components/ui/field';
import { useDebounced } from '@/components/use-debounced';
import { useTitle } from '@/views/use-title';

interface Props {
  readonly id?: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
  /** Name of the collection to pick from. */
  readonly collection: string;
  /** Id of the record, or nothing. */
  readonly value: string;
  /** Also receives the record, so that a form can take its name along. */
  readonly onChange: (id: string, record?: AnyRecord) => void;
}

const SUGGESTIONS = 8;

/** Picks a record of another collection by typing part of its name (the ARIA combobox pattern). */
export function RecordPicker({ collection: name, ...props }: Props): ReactNode {
  const collection = collectionNamed(name);
  if (!collection)
    return (
      <Input id={props.id} value={props.value} onChange={({ target }) => props.onChange(target.value)} />
    );
  return <Picker {...props} collection={collection} />;
}

function Picker({
  collection,
  value,
  onChange,
  ...control
}: Omit<Props, 'collection'> & { readonly collection: CollectionInfo }): ReactNode {
  const title = useTitle();
  const t = useTranslations('records');
  const listId = useId();
  const [text, setText] = useState<string>();
  const [active, setActive] = useState(0);
  const open = text !== undefined;
  const q = useDebounced(text ?? '', 200).trim();
  const { data } = useRecords(
    collection,
    { q: collection.search && q ? q : undefined, limit: SUGGESTIONS },
    open,
  );
  const { data: chosen } = useRecord(isIdOf(collection, value) ? collection : undefined, value);
  const options = open ? (data?.items ?? []) : [];
  const pick = (record: AnyRecord | undefined): void => {
    onChange(record?.id ?? '', record);
    setText(undefined);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      if (!open) setText('');
      else setActive((at) => (at + step + options.length) % Math.max(options.length, 1));
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      if (options[active]) pick(options[active]);
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      setText(undefined);
    }
  };
  return (
    <span className="relative block">
      <Input
        {...control}
        role="combobox"
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={options[active] ? `${listId}-${active}` : undefined}
        autoComplete="off"
        className="pe-9"
        placeholder={t('pick')}
        value={text ?? (value ? (chosen ? title(collection, chosen) : value) : '')}
        onFocus={({ target }) => target.select()}
        onBlur={() => setText(undefined)}
        onClick={() => setText((before) => before ?? '')}
        onChange={({ target }) => {
          setText(target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      {value && !open ? (
        <button
          type="button"
          aria-label={t('clear')}
          onClick={() => pick(undefined)}
          className="absolute end-1.5 top-1/2 grid size-6 -translate-y-1/2 place-items-center rounded text-faint hover:text-ink"
        >
          <X className="size-4" aria-hidden />
        </button>
      ) : null}
      {open ? (
        <div
          id={listId}
          role="listbox"
          aria-label={t('suggestions')}
          className="absolute inset-x-0 top-full z-50 mt-1 max-h-64 overflow-y-auto rounded-xl border bg-raised p-1.5 shadow-raised"
        >
          {options.map((record, index) => (
            <div
              key={record.id}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              // Pressing keeps the focus in the box, so that its blur does not close the list first.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => pick(record)}
              onKeyDown={onKeyDown}
              className={cn(
                'cursor-pointer truncate rounded-md px-2.5 py-2 text-sm',
                index === active && 'bg-ink/6',
              )}
            >
              <bdi>{title(collection, record)}</bdi>
            </div>
          ))}
          {data && options.length === 0 ? (
            <div className="px-2.5 py-2 text-faint text-sm">{t('nothingFound')}</div>
          ) : null}
        </div>
      ) : null}
    </span>
  );
}
