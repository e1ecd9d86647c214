'use client';

import { ChevronDown, Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { type SqlTable, type TableKind, useSqlTables } from '@/client/sql';
import { Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, Skeleton } from '@/components/ui/surface';

const KINDS: readonly TableKind[] = ['collection', 'elements', 'history', 'dataset'];

/** What may be asked. A click on a name puts it into the query. */
export function Tables({ onInsert }: { readonly onInsert: (name: string) => void }): ReactNode {
  const t = useTranslations('sql');
  const { data, error, refetch } = useSqlTables(true);
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const found = (data ?? []).filter(({ name, label, columns }) =>
    [name, label, ...columns.map((column) => column.name)].some((word) =>
      word.toLowerCase().includes(wanted),
    ),
  );
  return (
    <Card
      aria-label={t('tables')}
      className="flex min-h-0 flex-col p-3 lg:max-h-[calc(100dvh-4rem)]"
      data-testid="sql-tables"
    >
      <div className="relative mb-2">
        <Search className="pointer-events-none absolute start-2.5 top-2.5 size-4 text-faint" aria-hidden />
        <Input
          type="search"
          aria-label={t('searchTables')}
          placeholder={t('searchTables')}
          className="ps-8"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton className="h-40" /> : null}
      <div className="min-h-0 overflow-y-auto max-lg:max-h-72">
        {data && found.length === 0 ? <p className="p-2 text-faint text-sm">{t('noTables')}</p> : null}
        {KINDS.map((kind) => {
          const tables = found.filter((table) => table.kind === kind);
          if (tables.length === 0) return null;
          return (
            <section key={kind} aria-label={t(`kinds.${kind}`)}>
              <h3 className="px-2 pt-2 pb-1 font-medium text-faint text-xs">{t(`kinds.${kind}`)}</h3>
              {tables.map((table) => (
                <TableEntry key={table.name} table={table} onInsert={onInsert} />
              ))}
            </section>
          );
        })}
      </div>
    </Card>
  );
}

interface EntryProps {
  readonly table: SqlTable;
  readonly onInsert: (name: string) => void;
}

function TableEntry({ table: { name, label, columns }, onInsert }: EntryProps): ReactNode {
  return (
    <details className="group" data-testid="sql-table">
      <summary className="flex list-none items-center gap-1.5 rounded-lg px-2 py-1.5 text-sm hover:bg-ink/5">
        <ChevronDown
          className="size-3.5 shrink-0 -rotate-90 text-faint transition-transform group-open:rotate-0 rtl:rotate-90"
          aria-hidden
        />
        <span className="min-w-0 grow">
          <bdi className="block truncate font-mono text-[0.8125rem] rtl:text-right">{name}</bdi>
          <bdi className="block truncate text-faint text-xs rtl:text-right">{label}</bdi>
        </span>
      </summary>
      <ul className="mb-1 ms-4 border-s ps-2">
        <li>
          <InsertButton name={name} onInsert={onInsert} />
        </li>
        {columns.map((column) => (
          <li key={column.name}>
            <InsertButton name={column.name} type={column.type} onInsert={onInsert} />
          </li>
        ))}
      </ul>
    </details>
  );
}

interface InsertProps {
  readonly name: string;
  readonly type?: string;
  readonly onInsert: (name: string) => void;
}

function InsertButton({ name, type, onInsert }: InsertProps): ReactNode {
  const t = useTranslations('sql');
  return (
    <button
      type="button"
      title={t('insert', { name })}
      onClick={() => onInsert(name)}
      className="flex w-full items-baseline justify-between gap-2 rounded-md px-2 py-1 text-start text-xs hover:bg-ink/5"
    >
      <bdi className="min-w-0 truncate font-mono">{name}</bdi>
      <span className="shrink-0 text-faint">{type ?? t('kindOfTable')}</span>
    </button>
  );
}
