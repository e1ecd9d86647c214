'use client';

import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { type Exploration, readExploration, tidy, writeExploration } from '@/client/exploration';
import type { MetricInfo } from '@/client/metric-query';

export interface ExplorationState {
  readonly exploration: Exploration;
  readonly change: (change: Partial<Exploration>) => void;
}

/**
 * What is explored, kept in the address. Each change is a step one can go back from. The router takes a moment to
 * follow the address; what was chosen is shown, and counts for the next choice, at once.
 */
export function useExploration(catalogue: readonly MetricInfo[] | undefined): ExplorationState {
  const address = useSearchParams().toString();
  const [chosen, setChosen] = useState({ at: address, search: address });
  if (chosen.at !== address) setChosen({ at: address, search: address });
  const search = chosen.at === address ? chosen.search : address;
  const exploration = tidy(readExploration(new URLSearchParams(search)), catalogue);
  return {
    exploration,
    change: (change) => {
      const next = writeExploration(tidy({ ...exploration, ...change }, catalogue));
      setChosen({ at: address, search: next });
      window.history.pushState(null, '', next ? `?${next}` : location.pathname);
    },
  };
}
