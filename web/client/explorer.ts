'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import { ANALYTICS } from './live-provider';
import type { MetricAnswer, MetricInfo, MetricQuery } from './metric-query';

export const CHARTS = 'analytics.charts';

/** What the organisation declared itself comes first, then amounts. */
const placeOf = ({ custom, format }: MetricInfo): number => (custom ? 0 : format === 'money' ? 1 : 2);

export function useMetrics(): UseQueryResult<readonly MetricInfo[]> {
  const api = useApi();
  return useQuery({
    queryKey: ['metrics'],
    queryFn: async ({ signal }) => {
      const { items } = await api.get<{ items: readonly MetricInfo[] }>('/api/analytics/metrics', {}, signal);
      return items.toSorted((a, b) => placeOf(a) - placeOf(b));
    },
    staleTime: 60_000,
  });
}

/** Asks for metrics; undefined asks nothing. The answer before stays on screen until the next one is there. */
export function useAnswer(query: MetricQuery | undefined): UseQueryResult<MetricAnswer> {
  const api = useApi();
  return useQuery({
    queryKey: [...ANALYTICS, 'query', query],
    queryFn: async ({ signal }) => ({
      ...(await api.ask<Omit<MetricAnswer, 'question'>>('/api/analytics/query', query, signal)),
      question: query ?? { metrics: [] },
    }),
    enabled: query !== undefined,
    placeholderData: keepPreviousData,
  });
}
