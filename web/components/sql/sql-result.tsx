'use client';

import { Table2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { Cell } from '@/client/analytics';
import { useFormat } from '@/client/format-context';
import { isNumeric, positionOf, type SqlAnswer, type SqlRow } from '@/client/sql';
import { type DataColumn, DataTable } from '@/components/answers/data-table';
import { ExportAnswer } from '@/components/explore/export-answer';
import { Button } from '@/components/ui/button';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, EmptyState } from '@/components/ui/surface';
import type { Run } from './use-run';

interface Props {
  readonly run: Run;
  readonly onCancel: () => void;
  readonly onGoTo: (line: number, column: number) => void;
}

/** What became of a query. */
export function SqlResult({ run: { state, answer, error, sql }, onCancel, onGoTo }: Props): ReactNode {
  const t = useTranslations('sql');
  if (state === 'running') return <Running key={sql} onCancel={onCancel} />;
  if (state === 'cancelled') return <p className="px-1 text-soft text-sm">{t('cancelled')}</p>;
  if (answer) return <Answer answer={answer} asked={sql} />;
  const position = positionOf(error);
  return (
    <div className="grid gap-2" data-testid="sql-error">
      <ProblemNotice error={error} />
      {position ? (
        <Button
          size="small"
          className="justify-self-start"
          onClick={() => onGoTo(position.line, position.column)}
        >
          {t('goTo', { line: position.line, column: position.column })}
        </Button>
      ) : null}
    </div>
  );
}

function Running({ onCancel }: { readonly onCancel: () => void }): ReactNode {
  const t = useTranslations('sql');
  const format = useFormat();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const began = Date.now();
    const timer = setInterval(() => setSeconds(Math.round((Date.now() - began) / 1000)), 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <Card className="flex items-center justify-between gap-4 px-5 py-4" data-testid="sql-running">
      <span role="timer" className="text-sm text-soft tabular-nums">
        {t('running', { seconds: format.number(seconds) })}
      </span>
      <Button size="small" onClick={onCancel}>
        {t('cancel')}
      </Button>
    </Card>
  );
}

interface AnswerProps {
  readonly answer: SqlAnswer;
  readonly asked: string;
}

function Answer({ answer, asked }: AnswerProps): ReactNode {
  const t = useTranslations('sql');
  const explore = useTranslations('explore');
  const format = useFormat();
  const { columns, rows, truncated, elapsedMs, engine } = answer;
  const shown = useMemo(() => columns.map(({ name, type }) => columnOf(name, type)), [columns]);
  return (
    <Card className="overflow-hidden" data-testid="sql-result">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 pt-4 pb-3 sm:px-6">
        <h2 className="grow font-semibold text-[0.9375rem]">{t('result')}</h2>
        <span role="status" className={truncated ? 'font-medium text-warn text-xs' : 'text-faint text-xs'}>
          {explore(truncated ? 'firstRows' : 'rows', { count: rows.length })} ·{' '}
          {explore('elapsed', { ms: format.number(elapsedMs) })} · {engine}
        </span>
        {rows.length > 0 ? (
          <ExportAnswer name="query" path="/api/analytics/sql/export" body={{ sql: asked }} />
        ) : null}
      </header>
      {rows.length === 0 ? (
        <EmptyState icon={<Table2 />} title={explore('noRows')} text={t('noRows')} />
      ) : (
        <DataTable caption={t('result')} columns={shown} rows={rows} testId="sql-rows" />
      )}
    </Card>
  );
}

/** A value as it lies in the table: figures keep their digits, so that a code stays what it is. */
function columnOf(name: string, type: string): DataColumn<SqlRow> {
  const cellOf = (row: SqlRow): Cell => {
    const value = row[name] ?? null;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell);
  };
  return {
    key: name,
    label: (
      <span className={isNumeric(type) ? 'text-end' : 'text-start'}>
        <bdi className="block font-mono text-ink">{name}</bdi>
        <span className="block font-normal text-faint text-xs">{type}</span>
      </span>
    ),
    numeric: isNumeric(type),
    cellOf,
    show: (row) => {
      const value = cellOf(row);
      return value === null ? <span className="text-faint">NULL</span> : <bdi>{String(value)}</bdi>;
    },
  };
}
