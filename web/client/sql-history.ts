'use client';

import { useState } from 'react';
import { useMe } from './me';

export interface PastQuery {
  readonly sql: string;
  /** RFC 3339 */
  readonly at: string;
}

const KEPT = 50;
const keyOf = (user: string, tenant: string): string => `sql-history ${user} ${tenant}`;

/** The queries so far with one more, newest first, each once. */
export const withQueryFirst = (past: readonly PastQuery[], query: PastQuery): PastQuery[] =>
  [query, ...past.filter(({ sql }) => sql !== query.sql)].slice(0, KEPT);

export interface SqlHistory {
  readonly past: readonly PastQuery[];
  readonly add: (sql: string) => void;
  readonly clear: () => void;
}

/** One's own queries in this organisation. They stay in this browser. */
export function useSqlHistory(): SqlHistory {
  const { data: me } = useMe();
  const key = me && keyOf(me.user.id, me.tenant.id);
  const [changed, setChanged] = useState(0);
  const past = key ? read(key) : [];
  const write = (next: readonly PastQuery[]): void => {
    if (!key) return;
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // A full store keeps what it has.
    }
    setChanged(changed + 1);
  };
  return {
    past,
    add: (sql) => write(withQueryFirst(past, { sql, at: new Date().toISOString() })),
    clear: () => write([]),
  };
}

function read(key: string): readonly PastQuery[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(found)
      ? found.filter((item): item is PastQuery => typeof item?.sql === 'string')
      : [];
  } catch {
    return [];
  }
}
