'use client';

import { useSearchParams } from 'next/navigation';
import { useEffect } from 'react';
import { useApi, useSessionState } from '@/client/context';
import { useRouter } from '@/i18n/navigation';

/** Where to go after signing in. Only addresses of this portal count, so that no link can lead elsewhere. */
export const safeNext = (next: string | null): string => (next && /^\/(?![/\\])/.test(next) ? next : '/');

/** Goes on to the portal as soon as somebody is signed in, also when they already were. */
export function useEntry(): { readonly query: string } {
  const { session } = useApi();
  const state = useSessionState();
  const router = useRouter();
  const parameters = useSearchParams();
  const next = safeNext(parameters.get('next'));
  useEffect(() => {
    // A failure only means that the form is needed.
    session.resume().catch(() => undefined);
  }, [session]);
  useEffect(() => {
    if (state === 'signed-in') router.replace(next);
  }, [state, next, router]);
  const query = parameters.toString();
  return { query: query ? `?${query}` : '' };
}
