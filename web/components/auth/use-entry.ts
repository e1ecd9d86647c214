'use client';

import { useEffect, useSyncExternalStore } from 'react';
import { useApi, useSessionState } from '@/client/context';
import { useRouter } from '@/i18n/navigation';

/** Where to go after signing in. Only addresses of this portal count, so that no link can lead elsewhere. */
export const safeNext = (next: string | null): string => (next && /^\/(?![/\\])/.test(next) ? next : '/');

const never = (): (() => void) => () => undefined;

/** The query of the address; empty in the page as it is built, so that the form is part of it. */
const useQueryText = (): string =>
  useSyncExternalStore(
    never,
    () => location.search,
    () => '',
  );

export interface Entry {
  readonly query: string;
  /** False until the page's code runs. A form sent before would put the password into the address. */
  readonly ready: boolean;
}

/** Goes on to the portal as soon as somebody is signed in, also when they already were. */
export function useEntry(): Entry {
  const { session } = useApi();
  const state = useSessionState();
  const router = useRouter();
  const query = useQueryText();
  const ready = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  useEffect(() => {
    // A failure only means that the form is needed.
    session.resume().catch(() => undefined);
  }, [session]);
  useEffect(() => {
    if (state === 'signed-in') router.replace(safeNext(new URLSearchParams(location.search).get('next')));
  }, [state, router]);
  return { query, ready };
}
