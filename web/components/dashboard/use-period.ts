'use client';

import { useSearchParams } from 'next/navigation';
import { type DashboardQuery, GRAINS, type Grain } from '@/client/analytics';

export interface Period {
  readonly query: DashboardQuery;
  /** Without arguments: the period the server finds fitting. */
  readonly setRange: (range?: { from: string; to: string }) => void;
  readonly setGrain: (grain: Grain) => void;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The period lives in the address, so that a view of the dashboard can be shared. */
export function usePeriod(): Period {
  const parameters = useSearchParams();
  const day = (name: string): string | undefined => {
    const value = parameters.get(name);
    return value && DAY.test(value) ? value : undefined;
  };
  const query: DashboardQuery = {
    from: day('from'),
    to: day('to'),
    grain: GRAINS.find((grain) => grain === parameters.get('grain')),
  };
  const show = (next: DashboardQuery): void => {
    const search = new URLSearchParams(
      Object.entries(next).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
    window.history.replaceState(null, '', search.size > 0 ? `?${search}` : location.pathname);
  };
  return {
    query,
    // Another length of time wants another grain: the server picks it.
    setRange: (range) => show({ ...range }),
    setGrain: (grain) => show({ ...query, grain }),
  };
}
