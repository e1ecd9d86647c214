'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import { isProblem } from './problem';

export type TableKind = 'collection' | 'elements' | 'history' | 'dataset';

/** A table that may be asked in SQL. */
export interface SqlTable {
  readonly name: string;
  readonly label: string;
  readonly kind: TableKind;
  readonly columns: readonly SqlColumn[];
}

export interface SqlColumn {
  readonly name: string;
  /** As GoogleSQL names it: `INT64`, `TIMESTAMP`, `ARRAY<STRING>`. */
  readonly type: string;
}

export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlAnswer {
  readonly columns: readonly SqlColumn[];
  readonly rows: readonly SqlRow[];
  readonly truncated: boolean;
  readonly sql: string;
  readonly engine: string;
  readonly elapsedMs: number;
}

export const ROW_LIMITS = [100, 1_000, 10_000] as const;

export const isNumeric = (type: string): boolean => /^(INT64|FLOAT64|(BIG)?NUMERIC)/i.test(type);

export function useSqlTables(enabled: boolean): UseQueryResult<readonly SqlTable[]> {
  const api = useApi();
  return useQuery({
    queryKey: ['sql', 'tables'],
    queryFn: async ({ signal }) =>
      (await api.get<{ items: readonly SqlTable[] }>('/api/analytics/tables', {}, signal)).items,
    enabled,
    staleTime: 60_000,
  });
}

export interface SqlPosition {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Where in the query an error is, when it says so: `… [2:15]` or `line 2, column 15`. */
export function positionOf(error: unknown): SqlPosition | undefined {
  if (!isProblem(error)) return undefined;
  for (const text of [...error.errors.map(({ message }) => message), error.message]) {
    const [, line, column] = /\[(\d+):(\d+)\]/.exec(text) ?? /line (\d+),? column (\d+)/i.exec(text) ?? [];
    if (line && column) return { line: Number(line), column: Number(column) };
  }
  return undefined;
}
