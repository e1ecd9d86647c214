'use client';

import {
  keepPreviousData,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { Query } from './api';
import type { CollectionInfo } from './collections';
import { useApi } from './context';
import { useOwnWrites } from './own-writes';
import type { AnyRecord, HistoryEntry, Page } from './types';

/** Cache keys. Live events invalidate by their prefixes, so a change refetches exactly what shows it. */
export const keys = {
  collection: (name: string) => ['records', name] as const,
  lists: (name: string) => ['records', name, 'list'] as const,
  list: (name: string, query: Query) => ['records', name, 'list', query] as const,
  one: (name: string, id: string) => ['records', name, 'one', id] as const,
  history: (name: string, id: string) => ['records', name, 'history', id] as const,
};

export const etagOf = (record: Pick<AnyRecord, 'version'>): string => `"${record.version}"`;

export function useRecords(collection: CollectionInfo, query: Query, enabled = true): UseQueryResult<Page> {
  const api = useApi();
  return useQuery({
    queryKey: keys.list(collection.name, query),
    queryFn: ({ signal }) => api.get<Page>(collection.path, query, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useRecord(
  collection: CollectionInfo | undefined,
  id: string | undefined,
): UseQueryResult<AnyRecord> {
  const api = useApi();
  return useQuery({
    queryKey: keys.one(collection?.name ?? '', id ?? ''),
    queryFn: ({ signal }) => api.get<AnyRecord>(`${collection?.path}/${id}`, undefined, signal),
    enabled: Boolean(collection && id),
  });
}

export function useHistory(collection: CollectionInfo, id: string): UseQueryResult<Page<HistoryEntry>> {
  const api = useApi();
  return useQuery({
    queryKey: keys.history(collection.name, id),
    queryFn: ({ signal }) =>
      api.get<Page<HistoryEntry>>(`${collection.path}/${id}/history`, { limit: 50 }, signal),
  });
}

/** Puts a written record into the cache and has what lists it fetched again. */
export function useRemember(collection: CollectionInfo): (record: AnyRecord) => void {
  const client = useQueryClient();
  const own = useOwnWrites();
  return (record) => {
    own.add(record.id, record.version);
    client.setQueryData(keys.one(collection.name, record.id), record);
    void client.invalidateQueries({ queryKey: keys.lists(collection.name) });
    void client.invalidateQueries({ queryKey: keys.history(collection.name, record.id) });
  };
}

export interface Save {
  readonly id?: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The version the edit is based on. */
  readonly version?: number;
}

/** Creates (no id) or patches a record; a patch carries the version it is based on. */
export function useSave(collection: CollectionInfo): UseMutationResult<AnyRecord, Error, Save> {
  const api = useApi();
  const remember = useRemember(collection);
  return useMutation({
    mutationFn: ({ id, data, version }: Save) =>
      id
        ? api.patch<AnyRecord>(
            `${collection.path}/${id}`,
            data,
            version === undefined ? undefined : `"${version}"`,
          )
        : api.post<AnyRecord>(collection.path, data),
    onSuccess: remember,
  });
}

export function useDelete(collection: CollectionInfo): UseMutationResult<void, Error, AnyRecord> {
  const api = useApi();
  const client = useQueryClient();
  const own = useOwnWrites();
  return useMutation({
    mutationFn: (record: AnyRecord) => api.delete(`${collection.path}/${record.id}`, etagOf(record)),
    onSuccess: (_, record) => {
      own.add(record.id, record.version + 1);
      client.removeQueries({ queryKey: keys.one(collection.name, record.id) });
      return client.invalidateQueries({ queryKey: keys.lists(collection.name) });
    },
  });
}

/** A POST below a record: restore, revert, or an action of its module that answers with the record. */
export function useRecordAction(
  collection: CollectionInfo,
): UseMutationResult<AnyRecord, Error, { path: string; body?: unknown }> {
  const api = useApi();
  const remember = useRemember(collection);
  return useMutation({
    mutationFn: ({ path, body }) => api.post<AnyRecord>(path, body ?? {}),
    onSuccess: remember,
  });
}
