'use client';

import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import type { Query } from '@/client/api';

export const PAGE_SIZE = 25;
const RESERVED = new Set(['q', 'sort']);

export interface ListState {
  readonly q: string;
  /** `name` or `-name`; undefined is the collection's own order. */
  readonly sort: string | undefined;
  /** Parameter → value, as the API takes them: `total.gte` → `100`. */
  readonly filters: Readonly<Record<string, string>>;
  /** The request for the page that is shown. */
  readonly query: Query;
  /** From 1. */
  readonly page: number;
  readonly set: (change: { q?: string; sort?: string; filters?: Readonly<Record<string, string>> }) => void;
  readonly next: (cursor: string) => void;
  readonly previous: () => void;
}

/**
 * Search, sort and filters live in the address, so that a list can be shared and survives going back.
 * Cursors do not: they are the way through one visit.
 */
export function useListState(defaultSort: string | undefined): ListState {
  const parameters = useSearchParams();
  const text = parameters.toString();
  const [trail, setTrail] = useState<{ readonly of: string; readonly cursors: readonly string[] }>({
    of: '',
    cursors: [],
  });
  const cursors = trail.of === text ? trail.cursors : [];
  const q = parameters.get('q') ?? '';
  const sort = parameters.get('sort') ?? undefined;
  const filters = Object.fromEntries([...parameters].filter(([name]) => !RESERVED.has(name)));
  return {
    q,
    sort,
    filters,
    query: {
      ...filters,
      q: q || undefined,
      sort: q ? sort : (sort ?? defaultSort),
      limit: PAGE_SIZE,
      cursor: cursors.at(-1),
    },
    page: cursors.length + 1,
    set: (change) => {
      const next = { q, sort, filters, ...change };
      const search = new URLSearchParams(Object.entries(next.filters).filter(([, value]) => value !== ''));
      if (next.q) search.set('q', next.q);
      if (next.sort) search.set('sort', next.sort);
      const query = search.toString();
      window.history.replaceState(null, '', query ? `?${query}` : location.pathname);
    },
    next: (cursor) => setTrail({ of: text, cursors: [...cursors, cursor] }),
    previous: () => setTrail({ of: text, cursors: cursors.slice(0, -1) }),
  };
}
