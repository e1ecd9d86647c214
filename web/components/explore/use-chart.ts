'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from '@/client/context';
import { CHARTS } from '@/client/explorer';
import type { Chart } from '@/client/metric-query';
import { keys } from '@/client/records';

/** A saved chart; undefined asks for none. */
export function useChart(id: string | undefined): UseQueryResult<Chart> {
  const api = useApi();
  return useQuery({
    queryKey: keys.one(CHARTS, id ?? ''),
    queryFn: ({ signal }) => api.get<Chart>(`/api/analytics/charts/${id}`, undefined, signal),
    enabled: id !== undefined,
    // A link may name a chart that was deleted: what it asked is in the address all the same.
    retry: false,
  });
}
