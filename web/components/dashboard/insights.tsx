'use client';

import {
  Activity,
  ChartPie,
  ChevronDown,
  GitCompareArrows,
  type LucideIcon,
  TrendingUp,
  UsersRound,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type DashboardQuery, type Insight, type InsightKind, useInsights } from '@/client/analytics';
import { useFormat } from '@/client/format-context';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, CardHeader, Skeleton } from '@/components/ui/surface';
import { figureText } from './headlines';

const ICONS: Readonly<Record<InsightKind, LucideIcon>> = {
  change: TrendingUp,
  driver: GitCompareArrows,
  customers: UsersRound,
  concentration: ChartPie,
  anomaly: Activity,
};

/** What changed and why, in sentences; each opens to the figures it rests on. */
export function Insights({ query }: { readonly query: DashboardQuery }): ReactNode {
  const t = useTranslations('insights');
  const format = useFormat();
  const { data, error, refetch } = useInsights(query);
  const lastDay = data?.period ? new Date(Date.parse(data.period.to) - 1).toISOString().slice(0, 10) : '';
  return (
    <Card data-testid="insights" aria-labelledby="insights-title">
      <CardHeader
        id="insights-title"
        title={t('title')}
        hint={
          data?.period
            ? t('period', { from: format.date(data.period.from.slice(0, 10)), to: format.date(lastDay) })
            : undefined
        }
      />
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} className="mx-5 mb-5" /> : null}
      {!data && !error ? (
        <div className="grid gap-3 px-6 pb-6">
          <Skeleton className="h-4 w-4/5" />
          <Skeleton className="h-4 w-full" />
          <Skeleton className="h-4 w-2/3" />
        </div>
      ) : null}
      {data?.insights.length === 0 ? (
        <p className="px-5 pb-5 text-pretty text-soft text-sm sm:px-6">{t('none')}</p>
      ) : null}
      <ul className="divide-y border-t empty:hidden">
        {data?.insights.map((insight, index) => (
          <Row key={insight.id} insight={insight} currency={data.currency ?? ''} first={index === 0} />
        ))}
      </ul>
      {data?.insights.length ? (
        <p className="border-t px-5 py-2.5 text-faint text-xs sm:px-6" data-testid="insights-engine">
          {data.engine === 'offline' ? t('offline') : t('writtenBy', { engine: data.engine })}
        </p>
      ) : null}
    </Card>
  );
}

function Row({
  insight,
  currency,
  first,
}: {
  readonly insight: Insight;
  readonly currency: string;
  readonly first: boolean;
}): ReactNode {
  const t = useTranslations('insights');
  const format = useFormat();
  const Icon = ICONS[insight.kind] ?? Activity;
  return (
    <li data-testid="insight">
      {/* The engine writes English; saying so lets screen readers and bidirectional text treat it right. */}
      <details className="group" lang="en" open={first}>
        <summary className="flex list-none gap-3 px-5 py-3 hover:bg-ink/3 sm:px-6">
          <Icon className="mt-0.5 size-4 shrink-0 text-accent" aria-hidden />
          <span dir="auto" className="min-w-0 grow text-pretty font-medium text-sm">
            {insight.title}
          </span>
          <ChevronDown
            className="mt-0.5 size-4 shrink-0 text-faint transition-transform group-open:rotate-180"
            aria-hidden
          />
        </summary>
        <div className="px-5 pb-4 ps-12 sm:ps-13">
          <p dir="auto" className="text-pretty text-soft text-sm">
            {insight.text}
          </p>
          <dl className="mt-3 grid gap-1 text-[0.8125rem]" aria-label={t('figures')}>
            {insight.figures.map((figure) => (
              <div key={figure.label} className="flex justify-between gap-4">
                <dt className="min-w-0 text-faint">
                  <bdi>{figure.label}</bdi>
                </dt>
                <dd className="shrink-0 tabular-nums">
                  {figureText(format, figure.value, figure.format, currency)}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      </details>
    </li>
  );
}
