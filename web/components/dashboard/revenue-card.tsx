'use client';

import dynamic from 'next/dynamic';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Grain, Table } from '@/client/analytics';
import { useMetricLabel } from '@/client/metric-label';
import { Button } from '@/components/ui/button';
import { Segmented } from '@/components/ui/segmented';
import { Card, CardHeader, Skeleton } from '@/components/ui/surface';
import { SeriesTable } from './series-table';

const loadChart = () => import('./series-chart');

/** Fetches the chart's code ahead of the figures it will show. */
export const preloadChart = (): void => void loadChart();

const SeriesChart = dynamic(() => loadChart().then((module) => module.SeriesChart), {
  ssr: false,
  loading: () => <Skeleton className="mx-5 mb-5 min-h-72 grow rounded-xl" />,
});

interface Props {
  readonly table: Table;
  readonly currency: string;
  readonly grain: Grain;
  readonly onGrain: (grain: Grain) => void;
}

const OFFERED = ['day', 'week', 'month'] as const;

/** Revenue and orders over time, as a chart or as the table behind it. */
export function RevenueCard({ table, currency, grain, onGrain }: Props): ReactNode {
  const t = useTranslations('dashboard');
  const label = useMetricLabel();
  const [metric, setMetric] = useState('revenue');
  const [asTable, setAsTable] = useState(false);
  const metrics = table.columns.filter(({ name }) => name !== 'period');
  const shown = metrics.find(({ name }) => name === metric) ?? metrics[0];
  if (!shown) return null;
  return (
    <Card aria-labelledby="over-time" className="flex flex-col" data-testid="revenue-over-time">
      <CardHeader id="over-time" title={t('overTime', { what: label(shown.name, shown.label) })}>
        <div className="flex flex-wrap items-center gap-2">
          {metrics.length > 1 ? (
            <Segmented
              label={t('metric')}
              value={shown.name}
              onChange={setMetric}
              options={metrics.map(({ name, label: text }) => ({ value: name, label: label(name, text) }))}
            />
          ) : null}
          <Segmented
            label={t('grain')}
            value={grain}
            onChange={onGrain}
            options={(OFFERED.some((name) => name === grain) ? OFFERED : [...OFFERED, grain]).map((name) => ({
              value: name,
              label: t(`grains.${name}`),
            }))}
          />
        </div>
      </CardHeader>
      {asTable ? (
        <SeriesTable table={table} currency={currency} grain={grain} />
      ) : (
        <SeriesChart
          table={table}
          metric={shown.name}
          money={shown.type === 'money'}
          currency={currency}
          grain={grain}
        />
      )}
      <div className="mt-auto border-t px-3 py-1.5">
        <Button
          tone="ghost"
          size="small"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
          data-testid="as-table"
        >
          {t(asTable ? 'showChart' : 'showTable')}
        </Button>
      </div>
    </Card>
  );
}
