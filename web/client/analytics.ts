'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import { ANALYTICS } from './live-provider';

export const GRAINS = ['day', 'week', 'month', 'quarter', 'year'] as const;
export type Grain = (typeof GRAINS)[number];
export type FigureFormat = 'money' | 'number' | 'percent';
export type Cell = string | number | boolean | null;

/** An answer of the warehouse. Money is in major units. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly label: string; readonly type: string }[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** A headline figure beside the one of the period before. */
export interface Figure {
  readonly metric: string;
  readonly label: string;
  readonly format: FigureFormat;
  readonly value: number | null;
  readonly previous: number | null;
  /** Relative to `previous`; 0.1 is a tenth more. */
  readonly change: number | null;
}

export interface Dashboard {
  readonly currency: string | null;
  readonly currencies: readonly string[];
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  readonly grain: Grain;
  readonly dataRange: { readonly first: string; readonly last: string } | null;
  readonly figures: readonly Figure[];
  readonly revenueOverTime: Table;
  readonly topProducts: Table;
  readonly revenueByCountry: Table;
  readonly topCustomers: Table;
  readonly engine: string;
}

export interface DashboardQuery {
  readonly from?: string;
  readonly to?: string;
  readonly grain?: Grain;
  readonly currency?: string;
}

export function useDashboard(query: DashboardQuery): UseQueryResult<Dashboard> {
  const api = useApi();
  return useQuery({
    queryKey: [...ANALYTICS, 'dashboard', query],
    queryFn: ({ signal }) => api.get<Dashboard>('/api/analytics/dashboard', { ...query }, signal),
    placeholderData: keepPreviousData,
  });
}

export type InsightKind = 'change' | 'driver' | 'customers' | 'concentration' | 'anomaly';

/** A finding in plain sentences, with the figures they rest on. Money in major units, percent as a share. */
export interface Insight {
  readonly id: string;
  readonly kind: InsightKind;
  readonly title: string;
  readonly text: string;
  readonly figures: readonly {
    readonly label: string;
    readonly value: number;
    readonly format: FigureFormat;
  }[];
}

export interface InsightAnswer {
  /** Who wrote the text; `offline` for the built-in sentences. */
  readonly engine: string;
  readonly currency: string | null;
  /** Null when there is not enough data to compare two periods. */
  readonly period: { readonly from: string; readonly to: string } | null;
  readonly insights: readonly Insight[];
}

export function useInsights(query: Pick<DashboardQuery, 'from' | 'to'>): UseQueryResult<InsightAnswer> {
  const api = useApi();
  const period = query.from && query.to ? { from: query.from, to: query.to } : {};
  return useQuery({
    queryKey: [...ANALYTICS, 'insights', period],
    queryFn: ({ signal }) => api.get<InsightAnswer>('/api/insights/latest', period, signal),
    placeholderData: keepPreviousData,
  });
}
