'use client';

import { Lock, Play } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useId, useRef, useState } from 'react';
import { useFormat } from '@/client/format-context';
import { useHasRole, useMe } from '@/client/me';
import { positionOf, ROW_LIMITS } from '@/client/sql';
import { useSqlHistory } from '@/client/sql-history';
import { Button } from '@/components/ui/button';
import { Select } from '@/components/ui/field';
import { PageHeader } from '@/components/ui/page-header';
import { Card, EmptyState, Skeleton } from '@/components/ui/surface';
import { offsetOf } from './edit-keys';
import { apply, SqlEditor } from './editor';
import { PastQueries } from './past-queries';
import { SqlResult } from './sql-result';
import { Tables } from './tables';
import { useRun } from './use-run';

/** Read-only SQL over the organisation's own tables. */
export function SqlPage(): ReactNode {
  const t = useTranslations('sql');
  const { data: me } = useMe();
  const mayAsk = useHasRole('editor');
  return (
    <>
      <PageHeader title={t('title')} text={t('text')} />
      {!me ? <Skeleton className="h-64 rounded-2xl" /> : null}
      {me && !mayAsk ? (
        <Card>
          <EmptyState icon={<Lock />} title={t('onlyEditors')} text={t('onlyEditorsText')} />
        </Card>
      ) : null}
      {mayAsk ? <Workbench /> : null}
    </>
  );
}

function Workbench(): ReactNode {
  const t = useTranslations('sql');
  const format = useFormat();
  const history = useSqlHistory();
  const [sql, setSql] = useState(() => history.past[0]?.sql ?? '');
  const [limit, setLimit] = useState<number>(1_000);
  const { run, start, cancel } = useRun();
  const editor = useRef<HTMLTextAreaElement>(null);
  const limitId = useId();
  const mark = run?.state === 'failed' && run.sql === sql ? positionOf(run.error) : undefined;
  const runNow = (): void => {
    if (sql.trim() === '') return;
    history.add(sql);
    start(sql, limit);
  };
  const select = (from: number): void => {
    editor.current?.focus();
    editor.current?.setSelectionRange(from, from);
  };
  const insert = (name: string): void => {
    const area = editor.current;
    if (!area) return;
    const { selectionStart: from, selectionEnd: to } = area;
    const text = /[\w)"`]$/.test(sql.slice(0, from)) ? ` ${name}` : name;
    apply(area, { from, to, text, select: [from + text.length, from + text.length] });
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 lg:grid-cols-[minmax(0,1fr)_17rem]">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        <Card>
          <SqlEditor value={sql} onChange={setSql} onRun={runNow} mark={mark} ref={editor} />
          <div className="flex flex-wrap items-center gap-3 border-t px-4 py-3">
            <Button tone="primary" onClick={runNow} disabled={sql.trim() === ''} data-testid="sql-run">
              <Play className="rtl:-scale-x-100" aria-hidden />
              {t('run')}
            </Button>
            <span className="grow text-faint text-xs" aria-hidden>
              {t('keys')}
            </span>
            <div className="flex items-center gap-2 text-[0.8125rem] text-soft">
              <label htmlFor={limitId}>{t('rowLimit')}</label>
              <Select
                id={limitId}
                value={limit}
                onChange={({ target }) => setLimit(Number(target.value))}
                className="w-36"
              >
                {ROW_LIMITS.map((rows) => (
                  <option key={rows} value={rows}>
                    {t('limitRows', { rows: format.number(rows), count: rows })}
                  </option>
                ))}
              </Select>
            </div>
          </div>
        </Card>
        {run ? (
          <SqlResult
            run={run}
            onCancel={cancel}
            onGoTo={(line, column) => select(offsetOf(sql, line, column))}
          />
        ) : null}
        <PastQueries
          history={history}
          onUse={(past) => {
            setSql(past);
            editor.current?.focus();
          }}
        />
      </div>
      <div className="lg:sticky lg:top-8">
        <Tables onInsert={insert} />
      </div>
    </div>
  );
}
