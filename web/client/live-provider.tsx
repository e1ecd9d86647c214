'use client';

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { collectionNamed } from './collections';
import { useApi } from './context';
import { useLabels } from './labels';
import { followLive, type LiveState } from './live';
import { useMe } from './me';
import { type OwnWrites, useOwnWrites } from './own-writes';
import { keys } from './records';
import type { LiveEvent } from './types';

interface Live {
  readonly state: LiveState;
  /** Ids of records that others have just changed. */
  readonly changed: ReadonlySet<string>;
}

const LiveContext = createContext<Live>({ state: 'connecting', changed: new Set() });

export const useLive = (): Live => useContext(LiveContext);

/** Query keys of everything that is computed from records. */
export const ANALYTICS = ['analytics'] as const;

/** Events are gathered this long, in ms, so that an import does not refetch a list a thousand times. */
const GATHER = 250;
const HIGHLIGHT = 2_600;
/** The warehouse follows the change log by a moment: figures are fetched soon, and once more when all has settled. */
const FIGURES_SOON = 1_000;
const FIGURES_SETTLED = 3_000;

/** Refetches figures after changes, at a pace a burst cannot speed up. */
function figuresRefresher(client: QueryClient): { touch: () => void; stop: () => void } {
  let soon: ReturnType<typeof setTimeout> | undefined;
  let settled: ReturnType<typeof setTimeout> | undefined;
  const refresh = (): void => void client.invalidateQueries({ queryKey: ANALYTICS });
  return {
    touch: () => {
      soon ??= setTimeout(() => {
        soon = undefined;
        refresh();
      }, FIGURES_SOON);
      clearTimeout(settled);
      settled = setTimeout(refresh, FIGURES_SETTLED);
    },
    stop: () => {
      clearTimeout(soon);
      clearTimeout(settled);
    },
  };
}

/** Invalidates what a batch of events makes stale: the lists of their collections, and just their records. */
function invalidate(client: QueryClient, events: readonly LiveEvent[]): void {
  for (const name of new Set(events.map(({ collection }) => collection)))
    void client.invalidateQueries({ queryKey: keys.lists(name) });
  for (const { collection, recordId } of events) {
    void client.invalidateQueries({ queryKey: keys.one(collection, recordId) });
    void client.invalidateQueries({ queryKey: keys.history(collection, recordId) });
  }
}

/** Keeps what is on screen true: follows the change stream while somebody is signed in. */
export function LiveProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const api = useApi();
  const client = useQueryClient();
  const own = useOwnWrites();
  const { data: me } = useMe();
  const [state, setState] = useState<LiveState>('connecting');
  const [foreign, setForeign] = useState<readonly LiveEvent[]>([]);
  const tenantId = me?.tenant.id;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `own` reads the query client, which never changes.
  useEffect(() => {
    if (!tenantId) return;
    const ending = new AbortController();
    const figures = figuresRefresher(client);
    let pending: LiveEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      timer = undefined;
      const batch = pending;
      pending = [];
      invalidate(client, batch);
      setForeign(byOthers(batch, own));
    };
    void followLive(api, {
      signal: ending.signal,
      onState: setState,
      onGap: () => void client.invalidateQueries(),
      onEvent: (event) => {
        pending.push(event);
        timer ??= setTimeout(flush, GATHER);
        figures.touch();
      },
    });
    return () => {
      ending.abort();
      clearTimeout(timer);
      figures.stop();
    };
  }, [api, client, tenantId]);

  useEffect(() => {
    if (foreign.length === 0) return;
    const timer = setTimeout(() => setForeign([]), HIGHLIGHT);
    return () => clearTimeout(timer);
  }, [foreign]);

  return (
    <LiveContext value={{ state, changed: new Set(foreign.map(({ recordId }) => recordId)) }}>
      {children}
      <Announcement events={foreign} />
    </LiveContext>
  );
}

const byOthers = (events: readonly LiveEvent[], own: OwnWrites): LiveEvent[] =>
  events.filter(({ recordId, version }) => !own.has(recordId, version));

/** Says aloud what others have changed. */
function Announcement({ events }: { readonly events: readonly LiveEvent[] }): ReactNode {
  const t = useTranslations('live');
  const labels = useLabels();
  const names = [...new Set(events.map(({ collection }) => collection))].flatMap((name) => {
    const collection = collectionNamed(name);
    return collection ? [labels.many(collection)] : [];
  });
  return (
    <p aria-live="polite" className="sr-only" data-testid="live-announcement">
      {names.length > 0 ? t('changed', { what: names.join(', ') }) : ''}
    </p>
  );
}
