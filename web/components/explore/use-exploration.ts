'use client';

import { useSearchParams } from 'next/navigation';
import { type Exploration, readExploration, tidy, writeExploration } from '@/client/exploration';
import type { MetricInfo } from '@/client/metric-query';

export interface ExplorationState {
  readonly exploration: Exploration;
  readonly change: (change: Partial<Exploration>) => void;
}

/** What is explored, kept in the address. Each change is a step one can go back from. */
export function useExploration(catalogue: readonly MetricInfo[] | undefined): ExplorationState {
  const parameters = useSearchParams();
  const exploration = tidy(readExploration(new URLSearchParams(parameters)), catalogue);
  return {
    exploration,
    change: (change) => {
      const search = writeExploration(tidy({ ...exploration, ...change }, catalogue));
      window.history.pushState(null, '', search ? `?${search}` : location.pathname);
    },
  };
}
