'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect } from 'react';
import { type Dashboard as Data, useDashboard, useInsights } from '@/client/analytics';
import { useMe } from '@/client/me';
import { cn } from '@/components/ui/cn';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Skeleton } from '@/components/ui/surface';
import { BarList } from './bar-list';
import { FirstSteps } from './first-steps';
import { Headlines } from './headlines';
import { Insights } from './insights';
import { PeriodPicker } from './period-picker';
import { preloadChart, RevenueCard } from './revenue-card';
import { usePeriod } from './use-period';

/** The state of the business on one page. */
export function Dashboard(): ReactNode {
  const t = useTranslations('dashboard');
  const { data: me } = useMe();
  const period = usePeriod();
  const { data, error, isPlaceholderData, refetch } = useDashboard(period.query);
  // Both are needed below, and neither has to wait for the figures.
  useInsights(period.query);
  useEffect(preloadChart, []);
  const empty = data !== undefined && data.dataRange === null;
  return (
    <>
      <PageHeader
        title={t('title')}
        text={me ? t('text', { organisation: me.tenant.name }) : <Skeleton className="mt-1 h-4 w-56" />}
      >
        {data && !empty ? <PeriodPicker data={data} period={period} /> : null}
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} className="mb-5" /> : null}
      {!data && !error ? <DashboardSkeleton /> : null}
      {empty ? <FirstSteps /> : null}
      {data && !empty ? <Figures data={data} period={period} dimmed={isPlaceholderData} /> : null}
    </>
  );
}

interface FiguresProps {
  readonly data: Data;
  readonly period: ReturnType<typeof usePeriod>;
  /** The figures belong to the period before. */
  readonly dimmed: boolean;
}

function Figures({ data, period, dimmed }: FiguresProps): ReactNode {
  const t = useTranslations('dashboard');
  const currency = data.currency ?? '';
  return (
    <div
      className={cn('grid gap-5 transition-opacity', dimmed && 'opacity-60')}
      aria-busy={dimmed}
      data-testid="dashboard"
    >
      <Headlines figures={data.figures} currency={currency} />
      <div className="grid gap-5 xl:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
        <RevenueCard
          table={data.revenueOverTime}
          currency={currency}
          grain={data.grain}
          onGrain={period.setGrain}
        />
        <Insights query={period.query} />
      </div>
      <div className="grid items-start gap-5 md:grid-cols-2 xl:grid-cols-3">
        <BarList
          title={t('topProducts')}
          testId="top-products"
          table={data.topProducts}
          dimension="product"
          labelColumn="description"
          currency={currency}
          href={(sku) => `/products?sku=${encodeURIComponent(sku)}`}
        />
        <BarList
          title={t('byCountry')}
          testId="by-country"
          table={data.revenueByCountry}
          dimension="country"
          currency={currency}
          href={(country) => `/invoices?country=${encodeURIComponent(country)}`}
        />
        <BarList
          title={t('topCustomers')}
          testId="top-customers"
          table={data.topCustomers}
          dimension="customer"
          currency={currency}
          href={(customer) => `/invoices?customerId=${encodeURIComponent(customer)}`}
        />
      </div>
    </div>
  );
}

const DashboardSkeleton = (): ReactNode => (
  <div className="grid gap-5" aria-busy="true" data-testid="dashboard-skeleton">
    <div className="grid grid-cols-2 gap-3 sm:gap-5 xl:grid-cols-4">
      {['a', 'b', 'c', 'd'].map((key) => (
        <Skeleton key={key} className="h-[7.25rem] rounded-2xl" />
      ))}
    </div>
    <div className="grid gap-5 xl:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
      <Skeleton className="h-[24rem] rounded-2xl" />
      <Skeleton className="h-[24rem] rounded-2xl" />
    </div>
  </div>
);
