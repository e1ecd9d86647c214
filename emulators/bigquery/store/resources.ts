/** The resources of the REST API as they are kept (https://cloud.google.com/bigquery/docs/reference/rest). */

import type { SchemaField } from '@mewayz/googlesql';

/** What a client sent is kept, known or not. */
export type Kept = Readonly<Record<string, unknown>>;

export interface DatasetReference {
  readonly projectId: string;
  readonly datasetId: string;
}

export interface TableReference extends DatasetReference {
  readonly tableId: string;
}

export interface Dataset {
  readonly reference: DatasetReference;
  /** `location`, `labels`, `access`, `defaultTableExpirationMs` and whatever else was sent. */
  readonly kept: Kept;
  readonly created: number;
  readonly modified: number;
  readonly version: number;
}

export interface TimePartitioning {
  readonly type: string;
  readonly field?: string;
  readonly expirationMs?: string;
  readonly requirePartitionFilter?: boolean;
}

export interface RangePartitioning {
  readonly field: string;
  readonly range: { readonly start: string; readonly end: string; readonly interval: string };
}

export interface Table {
  readonly reference: TableReference;
  /** The number in the DuckDB table's name, `t12`; 0 for a view. */
  readonly id: number;
  readonly type: 'TABLE' | 'VIEW' | 'MATERIALIZED_VIEW';
  readonly fields: readonly SchemaField[];
  readonly view?: { readonly query: string };
  readonly timePartitioning?: TimePartitioning;
  readonly rangePartitioning?: RangePartitioning;
  readonly clustering?: { readonly fields: readonly string[] };
  readonly requirePartitionFilter: boolean;
  readonly expires?: number;
  readonly kept: Kept;
  readonly created: number;
  readonly modified: number;
  readonly version: number;
}

export const datasetKey = ({ projectId, datasetId }: DatasetReference): string => `${projectId}:${datasetId}`;
export const tableKey = ({ projectId, datasetId, tableId }: TableReference): string =>
  `${projectId}:${datasetId}.${tableId}`;

/** The DuckDB table that holds the rows. */
export const physicalName = ({ id }: Pick<Table, 'id'>): string => `t${id}`;

/** Partitioned by when rows arrive. */
export const isIngestionTime = ({ timePartitioning }: Table): boolean =>
  timePartitioning !== undefined && timePartitioning.field === undefined;

/** The columns a filter on which picks partitions. */
export function partitionColumns(table: Table): string[] {
  if (table.rangePartitioning) return [table.rangePartitioning.field];
  if (!table.timePartitioning) return [];
  return table.timePartitioning.field ? [table.timePartitioning.field] : ['_PARTITIONTIME', '_PARTITIONDATE'];
}
