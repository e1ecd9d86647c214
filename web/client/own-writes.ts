'use client';

import { useQueryClient } from '@tanstack/react-query';

/** Versions this tab wrote itself: their live events need no highlight and no announcement. */
export interface OwnWrites {
  add(id: string, version: number): void;
  has(id: string, version: number): boolean;
}

const KEY = ['own-writes'] as const;
const KEPT = 200;

/** Kept beside the query cache, so that it lives and dies with the session. */
export function useOwnWrites(): OwnWrites {
  const client = useQueryClient();
  const list = (): readonly string[] => client.getQueryData<readonly string[]>(KEY) ?? [];
  return {
    add: (id, version) => void client.setQueryData(KEY, [...list(), `${id}@${version}`].slice(-KEPT)),
    has: (id, version) => list().includes(`${id}@${version}`),
  };
}
