'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, type Ref, useState } from 'react';

interface Props {
  readonly id?: string;
  /** Where no visible label is tied to it. */
  readonly label?: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
  readonly disabled?: boolean;
  readonly ref?: Ref<HTMLInputElement>;
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
  readonly onBlur?: () => void;
}

/** Words as chips: Enter or a comma adds one, Backspace takes the last away. */
export function TagsInput({ value, onChange, onBlur, disabled, ref, label, ...control }: Props): ReactNode {
  const t = useTranslations('forms');
  const [text, setText] = useState('');
  const add = (raw: string): void => {
    const words = raw
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
    if (words.length > 0) onChange([...new Set([...value, ...words])]);
    setText('');
  };
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-1.5 rounded-lg border border-edge/50 bg-surface px-2 py-1 focus-within:border-accent focus-within:ring-3 focus-within:ring-accent/25 hover:border-edge dark:bg-sunken">
      {value.map((word) => (
        <span
          key={word}
          className="inline-flex items-center gap-1 rounded-full bg-ink/7 py-0.5 ps-2.5 pe-1 text-[0.8125rem]"
        >
          <bdi>{word}</bdi>
          <button
            type="button"
            disabled={disabled}
            aria-label={t('removeTag', { tag: word })}
            onClick={() => onChange(value.filter((other) => other !== word))}
            className="grid size-5 place-items-center rounded-full text-faint hover:bg-ink/10 hover:text-ink"
          >
            <X className="size-3" aria-hidden />
          </button>
        </span>
      ))}
      <input
        {...control}
        aria-label={label}
        ref={ref}
        disabled={disabled}
        value={text}
        placeholder={value.length === 0 ? t('addTag') : undefined}
        onChange={({ target }) => (target.value.includes(',') ? add(target.value) : setText(target.value))}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && text.trim() !== '') {
            event.preventDefault();
            add(text);
          } else if (event.key === 'Backspace' && text === '') onChange(value.slice(0, -1));
        }}
        onBlur={() => {
          add(text);
          onBlur?.();
        }}
        className="h-7 min-w-24 grow bg-transparent px-1 outline-none max-md:text-base md:text-sm"
      />
    </div>
  );
}
