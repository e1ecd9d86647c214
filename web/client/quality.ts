'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import type { Dataset, RowsPage } from './datasets';
import { keys } from './records';
import type { AnyRecord, Page } from './types';
import { type Pages, usePages } from './use-pages';

export const RULE_KINDS = [
  'not-null',
  'unique',
  'range',
  'accepted-values',
  'pattern',
  'referential',
  'row-count',
  'drift',
  'freshness',
] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

export const MEASURES = ['mean', 'empty-share', 'value-share'] as const;
export type Measure = (typeof MEASURES)[number];

/** What a dataset's rows have to be like. */
export interface RuleDefinition {
  readonly name: string;
  readonly kind: RuleKind;
  readonly column?: string;
  readonly columns?: readonly string[];
  /** The share of rows that may break it. */
  readonly tolerance?: number;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly values?: readonly string[];
  readonly pattern?: string;
  readonly target?: { readonly datasetId: string; readonly column: string };
  readonly measure?: Measure;
  readonly value?: string;
  /** Percent. */
  readonly maxChange?: number;
  readonly hours?: number;
}

export interface Rule extends RuleDefinition, AnyRecord {
  readonly name: string;
  readonly datasetId: string;
  readonly severity: 'warning' | 'error';
  readonly blocking: boolean;
  readonly enabled: boolean;
  readonly state: 'new' | 'passed' | 'failed' | 'unchecked';
  readonly checkedAt?: string;
  readonly loadId?: string;
  readonly failing?: number;
  readonly total?: number;
  readonly measured?: number;
  readonly expected?: number;
  readonly message?: string;
}

export const RULES = 'datasets.rules';
export const RULES_PATH = '/api/datasets/rules';
/** As many as a dataset may have. */
const MAX_RULES = 100;

export const useRules = (datasetId: string): Pages<Rule> =>
  usePages<Rule>(RULES, { datasetId, sort: 'createdAt', limit: MAX_RULES });

/** Whether a rule looks at single rows, of which some can be shown. */
export const isAboutRows = ({ kind }: Pick<Rule, 'kind'>): boolean =>
  kind !== 'row-count' && kind !== 'drift' && kind !== 'freshness';

/** Failed rules by dataset; those of a list are few. */
export function useFailedRules(): ReadonlyMap<string, number> {
  const api = useApi();
  const query = { state: 'failed', limit: 200 };
  const { data } = useQuery({
    queryKey: keys.list(RULES, query),
    queryFn: ({ signal }) => api.get<Page<Rule>>(RULES_PATH, query, signal),
  });
  const counts = new Map<string, number>();
  for (const { datasetId, enabled } of data?.items ?? [])
    if (enabled) counts.set(datasetId, (counts.get(datasetId) ?? 0) + 1);
  return counts;
}

/** Some of the rows that break a rule; every check has its own. */
export function useFailingRows({ id, version }: Rule, enabled: boolean): UseQueryResult<RowsPage> {
  const api = useApi();
  return useQuery({
    queryKey: ['datasets', 'failing', id, version],
    queryFn: ({ signal }) => api.get<RowsPage>(`${RULES_PATH}/failing`, { id }, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Rules that the rows keep to already. */
export function useSuggestions({
  id,
  version,
}: Dataset): UseQueryResult<{ readonly items: readonly RuleDefinition[] }> {
  const api = useApi();
  return useQuery({
    queryKey: ['datasets', 'suggestions', id, version],
    queryFn: ({ signal }) => api.get(`${RULES_PATH}/suggestions`, { datasetId: id }, signal),
  });
}

export interface LineageNode {
  readonly id: string;
  readonly kind: 'source' | 'load' | 'dataset' | 'rule' | 'metric' | 'chart';
  readonly label: string;
  readonly state?: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'new' | 'passed' | 'unchecked';
  readonly at?: string;
}

export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export function useLineage({ id, version }: Dataset): UseQueryResult<Lineage> {
  const api = useApi();
  return useQuery({
    queryKey: ['datasets', 'lineage', id, version],
    queryFn: ({ signal }) => api.get<Lineage>('/api/analytics/lineage', { dataset: id }, signal),
    placeholderData: keepPreviousData,
  });
}
