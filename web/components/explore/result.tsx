'use client';

import { ChartColumn } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useTranslations } from 'next-intl';
import { type ReactNode, useRef, useState } from 'react';
import { useAnswer, useMetrics } from '@/client/explorer';
import { useFormat } from '@/client/format-context';
import type { Display, MetricAnswer, MetricQuery } from '@/client/metric-query';
import { isProblem } from '@/client/problem';
import { SqlText } from '@/components/answers/sql-text';
import { displaysOf, panelsOf } from '@/components/chart/series';
import { type AnswerWords, useAnswerWords } from '@/components/chart/words';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Segmented } from '@/components/ui/segmented';
import { Card, EmptyState, Skeleton } from '@/components/ui/surface';
import { AnswerTable } from './answer-table';
import { ExportAnswer } from './export-answer';
import type { ExplorationState } from './use-exploration';
import { useTotals } from './use-totals';

const loadPanel = () => import('@/components/chart/panel');

/** Fetches the code of charts ahead of the figures they will show. */
export const preloadPanel = (): void => void loadPanel();

const ChartPanel = dynamic(() => loadPanel().then((module) => module.ChartPanel), {
  ssr: false,
  loading: () => <Skeleton className="h-80 rounded-xl" />,
});

interface Props extends ExplorationState {
  readonly question: MetricQuery;
  readonly title: string;
}

/** The answer: as a table or as a chart, with where it came from and how long it took. */
export function Result({ question, title, exploration, change }: Props): ReactNode {
  const t = useTranslations('explore');
  const { data, error, isPlaceholderData, refetch } = useAnswer(question);
  if (error && needsCurrency(error))
    return (
      <Card>
        <EmptyState icon={<ChartColumn />} title={t('currencies')} text={t('currenciesText')}>
          <Button
            tone="primary"
            data-testid="split-currency"
            onClick={() => change({ dimensions: [...exploration.dimensions, 'currency'] })}
          >
            {t('splitByCurrency')}
          </Button>
        </EmptyState>
      </Card>
    );
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-96 rounded-2xl" />;
  return <Answer answer={data} old={isPlaceholderData} {...{ question, title, exploration, change }} />;
}

/** Whether amounts of several currencies would have been added up. */
const needsCurrency = (error: unknown): boolean =>
  isProblem(error) && error.errors.some(({ code }) => code === 'currency_required');

interface AnswerProps extends Props {
  readonly answer: MetricAnswer;
  /** Whether this is the answer of the question before, shown until the next one is there. */
  readonly old: boolean;
}

function Answer({ answer, old, question, title, exploration, change }: AnswerProps): ReactNode {
  const t = useTranslations('explore');
  const { metrics } = answer.question;
  const words = useAnswerWords(answer);
  const totals = useTotals(question, answer);
  const [sql, setSql] = useState(false);
  const drawing = useRef<HTMLDivElement>(null);
  const offered = displaysOf(answer, metrics);
  const display = offered.find((name) => name === exploration.display) ?? offered[0] ?? 'table';
  const picture = async (): Promise<Blob> => {
    if (!drawing.current) throw new Error('Nothing is drawn.');
    return (await import('@/components/chart/picture')).pictureOf(drawing.current, title);
  };
  return (
    <Card
      className="overflow-hidden"
      aria-labelledby="answer-title"
      aria-busy={old}
      data-testid="answer"
      data-display={display}
    >
      <header className="flex flex-wrap items-center justify-between gap-3 px-5 pt-4 pb-3 sm:px-6">
        <h2 id="answer-title" className="min-w-0 font-semibold text-[0.9375rem]">
          {title}
        </h2>
        <div className="flex flex-wrap items-center gap-2">
          {offered.length > 1 ? (
            <Segmented
              label={t('display')}
              value={display}
              onChange={(next) => change({ display: next })}
              options={offered.map((name) => ({ value: name, label: t(`displays.${name}`) }))}
            />
          ) : null}
          <ExportAnswer
            name={fileName(title)}
            path="/api/analytics/export"
            body={{
              query: question,
              headers: Object.fromEntries(
                answer.columns.map((column) => [column.name, words.column(column)]),
              ),
            }}
            {...(display === 'table' ? {} : { picture })}
          />
        </div>
      </header>
      <div className={cn('transition-opacity', old && 'opacity-60')}>
        {answer.rows.length === 0 ? (
          <EmptyState icon={<ChartColumn />} title={t('noRows')} text={t('noRowsText')} testId="no-answer" />
        ) : display === 'table' ? (
          <AnswerTable answer={answer} totals={totals} words={words} />
        ) : (
          <Drawing {...{ answer, display, words, drawing }} />
        )}
      </div>
      <Facts answer={answer} sql={sql} onSql={() => setSql(!sql)} />
      {sql ? <SqlText sql={answer.sql} /> : null}
    </Card>
  );
}

interface DrawingProps {
  readonly answer: MetricAnswer;
  readonly display: Exclude<Display, 'table'>;
  readonly words: AnswerWords;
  readonly drawing: React.RefObject<HTMLDivElement | null>;
}

const ADDITIVE = new Set(['sum', 'count', 'count-distinct']);

function Drawing({ answer, display, words, drawing }: DrawingProps): ReactNode {
  const { data: catalogue } = useMetrics();
  const { metrics, grain } = answer.question;
  const isAdditive = (name: string): boolean =>
    ADDITIVE.has(catalogue?.find((metric) => metric.name === name)?.aggregate ?? '');
  return (
    <div
      ref={drawing}
      className="grid grid-cols-[minmax(0,1fr)] gap-8 px-4 pt-1 pb-5 sm:px-5"
      data-testid="chart"
    >
      {panelsOf(answer, metrics, { display, grain, isAdditive }).map((panel) => (
        <ChartPanel
          key={`${panel.metric.name} ${panel.currency}`}
          panel={panel}
          display={display}
          words={words}
        />
      ))}
    </div>
  );
}

interface FactsProps {
  readonly answer: MetricAnswer;
  readonly sql: boolean;
  readonly onSql: () => void;
}

/** How many rows, how long it took, and by what. */
function Facts({ answer: { rows, truncated, elapsedMs, engine }, sql, onSql }: FactsProps): ReactNode {
  const t = useTranslations('explore');
  const format = useFormat();
  return (
    <footer className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t px-3 py-1.5 text-faint text-xs sm:px-4">
      <Button tone="ghost" size="small" aria-expanded={sql} onClick={onSql} data-testid="show-sql">
        {t(sql ? 'hideSql' : 'showSql')}
      </Button>
      <span className="grow" />
      <span className={cn('tabular-nums', truncated && 'font-medium text-warn')} role="status">
        {t(truncated ? 'firstRows' : 'rows', { count: rows.length })}
      </span>
      <span className="tabular-nums">{t('elapsed', { ms: format.number(elapsedMs) })}</span>
      <span>{engine}</span>
    </footer>
  );
}

const fileName = (title: string): string =>
  title
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 80) || 'chart';
