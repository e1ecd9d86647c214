import type { Cell, FigureFormat } from './analytics';
import type { AnyRecord } from './types';

export const GRAINS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Grain = (typeof GRAINS)[number];

export interface MetricInfo {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly format: FigureFormat;
  readonly dimensions: readonly string[];
  /** `sum`, `count`, `ratio`, … */
  readonly aggregate?: string;
  /** Whether each row belongs to somebody, so that it can be a step of a journey. */
  readonly hasSubject?: boolean;
  /** Declared by the organisation itself. */
  readonly custom?: boolean;
}

export type FilterRange = Readonly<Partial<Record<'gt' | 'gte' | 'lt' | 'lte', string | number>>>;
export type Filter = Cell | readonly Cell[] | FilterRange;
export type Filters = Readonly<Record<string, Filter>>;

export const isRange = (filter: Filter): filter is FilterRange =>
  typeof filter === 'object' && filter !== null && !Array.isArray(filter);

export const COMPARISONS = ['previous-period', 'previous-year'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Body of `POST /api/analytics/query`. */
export interface MetricQuery {
  readonly metrics: readonly string[];
  readonly dimensions?: readonly string[];
  readonly filters?: Filters;
  readonly grain?: Grain;
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
  /** Needs `from` and `to`. */
  readonly compare?: Comparison;
  /** Needs a grain and no dimensions. */
  readonly forecast?: { readonly periods: number };
  readonly limit?: number;
}

export type AnswerType = 'time' | 'text' | 'number' | 'boolean' | 'money' | 'percent';

export interface AnswerColumn {
  /** A metric's own name, or with `:previous`, `:change`, `:low`, `:high` what stands beside it. */
  readonly name: string;
  readonly label: string;
  readonly type: AnswerType;
  /** Of money; null where each row tells its own in the column `currency`. */
  readonly currency?: string | null;
}

export type AnswerRow = Readonly<Record<string, Cell>>;

/** What a metric query is answered. Money is in major units, percent as a share. */
export interface MetricAnswer {
  /** What was asked. */
  readonly question: MetricQuery;
  readonly columns: readonly AnswerColumn[];
  readonly rows: readonly AnswerRow[];
  readonly truncated: boolean;
  readonly sql: string;
  readonly engine: string;
  readonly elapsedMs: number;
}

export const DISPLAYS = ['table', 'line', 'bar', 'stacked'] as const;
export type Display = (typeof DISPLAYS)[number];

/** A question that was kept under a name. */
export interface Chart extends AnyRecord {
  readonly name: string;
  readonly query: MetricQuery;
  /** One of the moving periods, instead of `from` and `to` of the query. */
  readonly period?: string;
  readonly display: Display;
}

export type FileFormat = 'csv' | 'xlsx';
