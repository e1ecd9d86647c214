'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import type { Query } from './api';
import { useApi } from './context';
import { keys } from './records';
import type { AnyRecord, Page } from './types';

export interface Pages<T> {
  /** All that was fetched so far; undefined until the first page is there. */
  readonly data: readonly T[] | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
  /** Fetches the next page; undefined at the end. */
  readonly more: (() => void) | undefined;
  readonly loadingMore: boolean;
}

/** A list that grows downwards, page by page. Live changes of the collection refetch what is shown. */
export function usePages<T extends AnyRecord>(collection: string, query: Query = {}): Pages<T> {
  const api = useApi();
  const path = `/api/${collection.replace('.', '/')}`;
  const list = useInfiniteQuery({
    queryKey: keys.list(collection, query),
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<T>>(path, { limit: 25, ...query, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  return {
    data: list.data?.pages.flatMap(({ items }) => items),
    error: list.error,
    refetch: list.refetch,
    more: list.hasNextPage ? () => void list.fetchNextPage() : undefined,
    loadingMore: list.isFetchingNextPage,
  };
}
