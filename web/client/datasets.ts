'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Api } from './api';
import { withQuery } from './api';
import { useApi } from './context';
import { ApiProblem } from './problem';
import { keys } from './records';
import { type SendOptions, sendFile } from './send-file';
import type { AnyRecord } from './types';

export const COLUMN_TYPES = ['string', 'integer', 'number', 'boolean', 'timestamp', 'date', 'json'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** How texts are to be read, where that is not the plain way (ISO 8601, decimal point, true/false). */
export type ColumnFormat =
  | { readonly kind: 'number'; readonly decimal: '.' | ',' }
  | { readonly kind: 'date'; readonly pattern: string }
  | { readonly kind: 'timestamp'; readonly pattern: string; readonly timezone?: string }
  | { readonly kind: 'boolean'; readonly yes: string; readonly no: string };

export interface DatasetColumn {
  /** What the file calls it. */
  readonly source: string;
  /** What SQL calls it. */
  readonly name: string;
  readonly type: ColumnType;
  readonly format?: ColumnFormat;
  /** Says something of a person. */
  readonly pii?: boolean;
}

export type PersonalKind =
  | 'email'
  | 'phone'
  | 'name'
  | 'iban'
  | 'card'
  | 'ip-address'
  | 'national-id'
  | 'birth-date';

export interface FoundColumn extends DatasetColumn {
  /** Readings that fit as well. */
  readonly alternatives?: readonly ColumnFormat[];
  readonly samples: readonly string[];
  /** Why it seems to say something of people. */
  readonly personal?: PersonalKind;
  /** Empty cells, of the rows looked at. */
  readonly empty: number;
}

/** A file that was sent, and what was found in it. */
export interface Upload extends AnyRecord {
  readonly fileName?: string;
  readonly layout: { readonly format: string };
  readonly bytes: number;
  /** Rows looked at, from the start of the file. */
  readonly rows: number;
  readonly columns: readonly FoundColumn[];
  readonly warnings: readonly string[];
}

export interface Dataset extends AnyRecord {
  readonly name: string;
  readonly description?: string;
  readonly columns: readonly DatasetColumn[];
  readonly rows: number;
  readonly bytes: number;
  readonly quarantined: number;
  readonly loadedAt?: string;
  /** How long rows are kept: by the age of their load, or by the times in a column. */
  readonly retention?: { readonly days: number; readonly column?: string };
}

export type LoadMode = 'append' | 'replace';

/** One file on its way into a dataset. */
export interface Load extends AnyRecord {
  readonly datasetId: string;
  readonly fileName?: string;
  readonly mode: LoadMode | 'upsert';
  readonly sourceId?: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  /** 0 to 100. */
  readonly progress: number;
  readonly rows?: number;
  readonly quarantined?: number;
  /** Places of the rows that were corrected and loaded again. */
  readonly mended?: readonly number[];
  readonly error?: string;
}

export type Cell = string | number | boolean | null;

export interface RowsPage {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

export interface ColumnProfile {
  readonly name: string;
  readonly type: ColumnType;
  readonly filled: number;
  readonly empty: number;
  readonly distinct: number;
  readonly min: string | null;
  readonly max: string | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly quartiles: readonly number[];
  readonly outliers: number;
  readonly top: readonly string[];
}

/** A row that could not be read, as it stands in the file. */
export interface QuarantinedRow {
  /** Its place in the quarantine, from 0. */
  readonly at: number;
  /** Whether it was corrected and loaded again. */
  readonly mended: boolean;
  readonly line?: number;
  readonly text: string;
  readonly errors: readonly { readonly column?: string; readonly message: string }[];
}

export const DATASETS = 'datasets.datasets';
export const DATASETS_PATH = '/api/datasets/datasets';
export const LOADS = 'datasets.loads';
export const LOADS_PATH = '/api/datasets/loads';

export const ACCEPTED_DATA = '.csv,.tsv,.txt,.ndjson,.jsonl,.json,.xlsx,.parquet,.gz,.zip';

const FORMATS: readonly (readonly [RegExp, string])[] = [
  [/\.(csv|tsv|txt)$/i, 'csv'],
  [/\.(ndjson|jsonl)$/i, 'ndjson'],
  [/\.json$/i, 'json'],
  [/\.xlsx$/i, 'xlsx'],
  [/\.parquet$/i, 'parquet'],
];

/** The format of a file, by its name with or without `.gz`; undefined when unknown. */
export const formatOf = (name: string): string | undefined =>
  FORMATS.find(([pattern]) => pattern.test(name.replace(/\.gz$/i, '')))?.[1];

/** Sends a file; it is kept, and what was found in it is answered. */
export async function uploadData(api: Api, file: File, options: SendOptions): Promise<Upload> {
  const format = formatOf(file.name);
  // What is in an archive says itself what it is.
  if (!format && !/\.zip$/i.test(file.name)) throw new ApiProblem(415, { code: 'unsupported_media_type' });
  const url = withQuery('/api/datasets/uploads/create', {
    ...(format ? { format } : {}),
    fileName: file.name.slice(-300),
  });
  return sendFile(api, url, file, { ...options, headers: { 'content-type': 'application/octet-stream' } });
}

/** Rows of a load that are still set aside. */
export const setAside = ({ quarantined = 0, mended = [] }: Load): number => quarantined - mended.length;

export const isLoading = ({ state }: Pick<Load, 'state'>): boolean =>
  state === 'queued' || state === 'running';

export function useDataset(id: string): UseQueryResult<Dataset> {
  const api = useApi();
  return useQuery({
    queryKey: keys.one(DATASETS, id),
    queryFn: ({ signal }) => api.get<Dataset>(`${DATASETS_PATH}/${id}`, undefined, signal),
  });
}

/** Rows on a page of a dataset's table. */
export const ROWS_PAGE = 50;

/** A page of rows; every version of the dataset has its own. */
export function useRows({ id, version }: Dataset, page: number): UseQueryResult<RowsPage> {
  const api = useApi();
  const query = { id, offset: page * ROWS_PAGE, limit: ROWS_PAGE };
  return useQuery({
    queryKey: ['datasets', 'rows', id, version, page],
    queryFn: ({ signal }) => api.get<RowsPage>(`${DATASETS_PATH}/rows`, query, signal),
    placeholderData: keepPreviousData,
  });
}

export function useProfile({
  id,
  version,
}: Dataset): UseQueryResult<{ readonly columns: readonly ColumnProfile[] }> {
  const api = useApi();
  return useQuery({
    queryKey: ['datasets', 'profile', id, version],
    queryFn: ({ signal }) => api.get(`${DATASETS_PATH}/profile`, { id }, signal),
    placeholderData: keepPreviousData,
  });
}

/** Rows of a load that were set aside, from `offset`. */
export const readQuarantine = async (
  api: Api,
  id: string,
  offset: number,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly QuarantinedRow[]> => {
  const query = { id, offset, limit };
  const path = `${LOADS_PATH}/quarantine`;
  return (await api.get<{ rows: readonly QuarantinedRow[] }>(path, query, signal)).rows;
};
