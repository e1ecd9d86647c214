'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import { ANALYTICS } from './live-provider';
import type { Filters } from './metric-query';

/** Rows of a metric that belong to somebody. */
export interface RowSelection {
  readonly metric: string;
  readonly filters: Filters;
}

interface Range {
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

export const STEPS = { least: 2, most: 10 } as const;

/** Body of `POST /api/analytics/funnel`. */
export interface FunnelQuery extends Range {
  readonly steps: readonly RowSelection[];
  readonly within?: { readonly days: number };
  readonly by?: string;
  readonly order: 'strict' | 'any';
}

export interface FunnelStep {
  readonly metric: string;
  readonly label: string;
  readonly subjects: number;
  readonly share: number | null;
  readonly shareOfPrevious: number | null;
  readonly medianSeconds: number | null;
}

interface Ran {
  readonly sql: string;
  readonly engine: string;
  readonly elapsedMs: number;
}

export interface Funnel extends Ran {
  readonly steps: readonly FunnelStep[];
  readonly members?: readonly { readonly member: string | null; readonly steps: readonly FunnelStep[] }[];
  readonly truncated: boolean;
}

export const COHORT_GRAINS = ['day', 'week', 'month'] as const;
export type CohortGrain = (typeof COHORT_GRAINS)[number];

/** Body of `POST /api/analytics/retention`. */
export interface RetentionQuery extends Range {
  readonly start: RowSelection;
  readonly return: RowSelection;
  readonly value?: RowSelection;
  readonly grain: CohortGrain;
  readonly periods: number;
  readonly kind: 'on' | 'on-or-after';
  readonly newOnly: boolean;
}

export interface RetentionCell {
  readonly period: number;
  readonly returned: number | null;
  readonly share: number | null;
  /** In major units where it is money. */
  readonly value: number | null;
  readonly complete: boolean;
}

export interface Retention extends Ran {
  readonly grain: CohortGrain;
  readonly currency: string | null;
  readonly cohorts: readonly {
    /** First day of the period. */
    readonly cohort: string;
    readonly size: number;
    readonly complete: boolean;
    readonly periods: readonly RetentionCell[];
  }[];
  readonly overall: readonly (RetentionCell & { readonly size: number })[];
}

export const MODELS = ['first', 'last', 'linear', 'position'] as const;
export type Model = (typeof MODELS)[number];

/** Body of `POST /api/analytics/attribution`. */
export interface AttributionQuery extends Range {
  readonly conversion: RowSelection;
  readonly touches: readonly (RowSelection & { readonly dimension: string })[];
  readonly model: readonly Model[];
  readonly lookbackDays: number;
}

export interface AttributionRow {
  readonly model: Model;
  readonly kind: 'channel' | 'other' | 'unattributed';
  readonly channel: string | null;
  readonly conversions: number;
  readonly share: number | null;
  readonly value: number | null;
  readonly valueShare: number | null;
}

export interface Attribution extends Ran {
  readonly currency: string | null;
  readonly total: { readonly conversions: number; readonly value: number | null };
  readonly rows: readonly AttributionRow[];
}

const useJourney = <Answer>(name: string, query: object | undefined): UseQueryResult<Answer> => {
  const api = useApi();
  return useQuery({
    queryKey: [...ANALYTICS, name, query],
    queryFn: ({ signal }) => api.ask<Answer>(`/api/analytics/${name}`, query, signal),
    enabled: query !== undefined,
    placeholderData: keepPreviousData,
  });
};

/** Each asks nothing while its query is undefined; the answer before stays until the next one is there. */
export const useFunnel = (query: FunnelQuery | undefined): UseQueryResult<Funnel> =>
  useJourney('funnel', query);
export const useRetention = (query: RetentionQuery | undefined): UseQueryResult<Retention> =>
  useJourney('retention', query);
export const useAttribution = (query: AttributionQuery | undefined): UseQueryResult<Attribution> =>
  useJourney('attribution', query);
