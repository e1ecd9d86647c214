'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import type { FoundColumn, LoadMode } from './datasets';
import { keys } from './records';
import type { AnyRecord, Page } from './types';

export const SOURCES = 'datasets.sources';
export const SOURCES_PATH = '/api/datasets/sources';

export type SourceMode = LoadMode | 'upsert';

export type Schedule =
  | { readonly every: 'minutes'; readonly minutes: number }
  | { readonly every: 'hourly'; readonly minute: number }
  | { readonly every: 'daily'; readonly at: string; readonly timezone: string }
  | { readonly every: 'weekly'; readonly weekday: number; readonly at: string; readonly timezone: string };

/** A place that is read again and again into a dataset. */
export interface Source extends AnyRecord {
  readonly name: string;
  readonly datasetId?: string;
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly schedule?: Schedule;
  readonly mode: SourceMode;
  readonly key?: readonly string[];
  readonly incremental?: {
    readonly field: string;
    readonly kind: 'time' | 'number' | 'text';
    readonly lag?: number;
  };
  readonly active: boolean;
  /** Secrets that are kept for it. */
  readonly secretNames: readonly string[];
  readonly loadId?: string;
  readonly lastRunAt?: string;
  readonly lastState?: 'done' | 'failed' | 'cancelled';
  readonly lastError?: string;
  readonly failures: number;
  readonly pausedReason?: string;
  readonly nextRunAt?: string;
}

/** What the beginning of a source holds. */
export interface SourcePreview {
  readonly layout: { readonly format: string };
  readonly columns: readonly FoundColumn[];
  readonly rows: number;
  readonly warnings: readonly string[];
}

/** What a form of a source says; the API takes it as it is. */
export interface SourceDraft {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly schedule?: Schedule;
  readonly mode: SourceMode;
  readonly key?: readonly string[];
  readonly incremental?: object;
}

export function useSources(datasetId: string, enabled: boolean): UseQueryResult<readonly Source[]> {
  const api = useApi();
  const query = { datasetId, sort: 'name', limit: 100 };
  return useQuery({
    queryKey: keys.list(SOURCES, query),
    queryFn: async ({ signal }) => (await api.get<Page<Source>>(SOURCES_PATH, query, signal)).items,
    enabled,
  });
}

interface EventEndpoint extends AnyRecord {
  readonly name: string;
  /** What its mapping makes; `event` and `mixed` can be read by a source. */
  readonly action?: string;
}

/** Inbound webhooks. */
export function useEventEndpoints(): UseQueryResult<readonly EventEndpoint[]> {
  const api = useApi();
  const query = { limit: 200 };
  return useQuery({
    queryKey: keys.list('hooks.endpoints', query),
    queryFn: async ({ signal }) =>
      (await api.get<Page<EventEndpoint>>('/api/hooks/endpoints', query, signal)).items,
  });
}
