'use client';

import { useTranslations } from 'next-intl';
import { type KeyboardEvent, type ReactNode, type Ref, useId, useRef } from 'react';
import type { SqlPosition } from '@/client/sql';
import { type Edit, indent, newLine, outdent } from './edit-keys';

interface Props {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  /** Where the last run failed. */
  readonly mark: SqlPosition | undefined;
  readonly ref: Ref<HTMLTextAreaElement>;
}

const LEAST_LINES = 8;

/** Puts an edit in as if it were typed, so that undo takes it back. */
export function apply(area: HTMLTextAreaElement, { from, to, text, select }: Edit): void {
  area.focus();
  area.setSelectionRange(from, to);
  const typed =
    text === '' ? document.execCommand('delete') : document.execCommand('insertText', false, text);
  if (!typed) {
    area.setRangeText(text, from, to);
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }
  area.setSelectionRange(...select);
}

/** A text area for SQL: keeps indentation, runs on Ctrl+Enter, and marks where an error is. Escape frees the Tab key. */
export function SqlEditor({ value, onChange, onRun, mark, ref }: Props): ReactNode {
  const t = useTranslations('sql');
  const hint = useId();
  const leaving = useRef(false);
  const lines = value.split('\n');
  const longest = Math.max(...lines.map(({ length }) => length));
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    const area = event.currentTarget;
    const { selectionStart: from, selectionEnd: to } = area;
    const wasLeaving = leaving.current;
    leaving.current = event.key === 'Escape' || (wasLeaving && event.key === 'Shift');
    if (event.nativeEvent.isComposing || event.altKey) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onRun();
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      apply(area, newLine(value, from, to));
    } else if (event.key === 'Tab' && !wasLeaving) {
      event.preventDefault();
      apply(area, (event.shiftKey ? outdent : indent)(value, from, to));
    }
  };
  return (
    <>
      <div
        dir="ltr"
        className="flex max-h-[50dvh] overflow-auto rounded-t-2xl font-mono text-[0.8125rem] leading-6 focus-within:ring-2 focus-within:ring-accent focus-within:ring-inset"
      >
        <div
          aria-hidden
          className="sticky start-0 z-1 shrink-0 select-none border-e bg-sunken px-3 py-3 text-end text-faint"
        >
          {Array.from({ length: Math.max(lines.length, LEAST_LINES) }, (_, index) => (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
              key={index}
              className={mark?.line === index + 1 ? 'font-bold text-bad' : undefined}
            >
              {index < lines.length ? index + 1 : ''}
            </div>
          ))}
        </div>
        <div className="relative grow">
          {mark ? (
            <span
              aria-hidden
              data-testid="sql-mark"
              className="pointer-events-none absolute h-6 border-bad border-b-2 bg-bad/10"
              style={{
                top: `calc(0.75rem + ${mark.line - 1} * 1.5rem)`,
                left: `calc(0.75rem + ${mark.column - 1}ch)`,
                width: `${widthAt(lines[mark.line - 1] ?? '', mark.column)}ch`,
              }}
            />
          ) : null}
          <textarea
            ref={ref}
            aria-label={t('query')}
            aria-describedby={hint}
            aria-invalid={mark ? true : undefined}
            aria-keyshortcuts="Control+Enter Meta+Enter"
            data-testid="sql-editor"
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            wrap="off"
            rows={Math.max(lines.length, LEAST_LINES)}
            placeholder={t('placeholder')}
            value={value}
            onChange={({ target }) => onChange(target.value)}
            onKeyDown={onKeyDown}
            className="block resize-none overflow-hidden bg-transparent p-3 leading-6 outline-none [tab-size:2] max-md:text-base"
            style={{ width: `max(100%, ${longest + 4}ch)` }}
          />
        </div>
      </div>
      <p id={hint} className="sr-only">
        {t('keys')}
      </p>
    </>
  );
}

/** The length of the word at a column. */
const widthAt = (line: string, column: number): number =>
  /^\w+/.exec(line.slice(column - 1))?.[0].length ?? 1;
