'use client';

import { Route } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { useMetrics } from '@/client/explorer';
import { JOURNEYS, withSubject } from '@/client/journey-state';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, EmptyState, Skeleton } from '@/components/ui/surface';
import { TabList } from '@/components/ui/tab-list';
import { Attribution } from './attribution';
import { Funnel } from './funnel';
import { Retention } from './retention';
import { useJourneys } from './use-journeys';

const SCREENS = { funnel: Funnel, retention: Retention, attribution: Attribution } as const;

/** The way contacts take through everything that is known of them. */
export function Journeys(): ReactNode {
  const t = useTranslations('journeys');
  const journeys = useJourneys();
  const { data: catalogue, error, refetch } = useMetrics();
  const { range } = journeys;
  const ready = catalogue !== undefined && range !== undefined;
  return (
    <>
      <PageHeader title={t('title')} text={t('text')} />
      <Tabs.Root
        value={journeys.journey}
        onValueChange={(value) => {
          const next = JOURNEYS.find((name) => name === value);
          if (next) journeys.show(next);
        }}
      >
        <TabList label={t('title')} tabs={JOURNEYS.map((name) => ({ name, label: t(name) }))} />
        {error ? <ProblemNotice error={error} onRetry={() => void refetch()} className="mb-5" /> : null}
        {!ready && !error ? <Skeleton className="h-64 rounded-2xl" /> : null}
        {ready && withSubject(catalogue).length === 0 ? (
          <Card>
            <EmptyState icon={<Route />} title={t('noMetrics')} text={t('noMetricsText')} />
          </Card>
        ) : null}
        {ready && withSubject(catalogue).length > 0
          ? JOURNEYS.map((name) => {
              const Screen = SCREENS[name];
              return (
                <Tabs.Content key={name} value={name} className="grid grid-cols-[minmax(0,1fr)] gap-5">
                  <Screen {...{ catalogue, journeys, range }} />
                </Tabs.Content>
              );
            })
          : null}
      </Tabs.Root>
    </>
  );
}
