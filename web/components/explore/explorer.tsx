'use client';

import { ChartColumn, ChartNoAxesCombined, Save } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useState } from 'react';
import { explorationOf, questionOf, writeExploration } from '@/client/exploration';
import { useMetrics } from '@/client/explorer';
import { useHasRole } from '@/client/me';
import { displaysOf } from '@/components/chart/series';
import { useAnswerWords } from '@/components/chart/words';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, EmptyState, Skeleton } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { Builder } from './builder';
import { preloadPanel, Result } from './result';
import { SaveChanges, SaveChart } from './save-chart';
import { useChart } from './use-chart';
import { useExploration } from './use-exploration';

/** Any figure by any dimension over any time. */
export function Explorer(): ReactNode {
  const t = useTranslations('explore');
  const charts = useTranslations('charts');
  const mayWrite = useHasRole('editor');
  const toast = useToast();
  const { data: catalogue, error, refetch } = useMetrics();
  const { exploration, change } = useExploration(catalogue);
  const { data: chart } = useChart(exploration.chart);
  const [saving, setSaving] = useState(false);
  const words = useAnswerWords();
  useEffect(preloadPanel, []);
  const question = catalogue && questionOf(exploration, Date.now());
  const display = exploration.display ?? suggested(exploration);
  const title = useTitle(exploration.metrics, exploration.dimensions, catalogue ?? [], words);
  return (
    <>
      <PageHeader title={chart?.name ?? t('title')} text={chart ? title : t('text')}>
        <Button asChild>
          <Link href="/charts">
            <ChartNoAxesCombined aria-hidden />
            {charts('title')}
          </Link>
        </Button>
        {mayWrite && chart && writeExploration(explorationOf(chart)) !== writeExploration(exploration) ? (
          <SaveChanges chart={chart} exploration={exploration} display={display} />
        ) : null}
        {mayWrite && question ? (
          <Button tone="primary" onClick={() => setSaving(true)} data-testid="save-as-chart">
            <Save aria-hidden />
            {charts('save')}
          </Button>
        ) : null}
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} className="mb-5" /> : null}
      {!catalogue && !error ? <Skeleton className="h-48 rounded-2xl" /> : null}
      {catalogue ? (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
          <Builder {...{ catalogue, exploration, change }} />
          {question ? (
            <Result {...{ question, exploration, change }} title={chart?.name ?? title} />
          ) : (
            <Card>
              <EmptyState icon={<ChartColumn />} title={t('begin')} text={t('beginText')}>
                {catalogue.slice(0, 4).map((metric) => (
                  <Button
                    key={metric.name}
                    onClick={() => change({ metrics: [metric.name], grain: 'month' })}
                  >
                    {words.metric(metric)}
                  </Button>
                ))}
              </EmptyState>
            </Card>
          )}
        </div>
      ) : null}
      {saving ? (
        <SaveChart
          exploration={exploration}
          display={display}
          suggestion={title}
          onClose={() => setSaving(false)}
          onSaved={({ id, name }) => {
            setSaving(false);
            toast({ text: charts('saved', { name }) });
            change({ chart: id, display });
          }}
        />
      ) : null}
    </>
  );
}

/** How an answer to this will be shown when nobody has chosen. */
const suggested = ({ metrics, dimensions, grain }: ReturnType<typeof useExploration>['exploration']) =>
  displaysOf(
    {
      columns: [
        ...(grain ? [{ name: 'period', label: '', type: 'time' as const }] : []),
        ...dimensions.map((name) => ({ name, label: '', type: 'text' as const })),
      ],
    },
    metrics,
  )[0] ?? 'table';

function useTitle(
  metrics: readonly string[],
  dimensions: readonly string[],
  catalogue: NonNullable<ReturnType<typeof useMetrics>['data']>,
  words: ReturnType<typeof useAnswerWords>,
): string {
  const t = useTranslations('explore');
  const { list } = useFormatter();
  const what = metrics.map((name) => {
    const metric = catalogue.find((each) => each.name === name);
    return metric ? words.metric(metric) : name;
  });
  const by = list(dimensions.map(words.dimension));
  return by ? t('titleBy', { what: list(what), by }) : list(what);
}
