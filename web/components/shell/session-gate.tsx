'use client';

import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useApi, useSessionState } from '@/client/context';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Skeleton } from '@/components/ui/surface';
import { usePathname, useRouter } from '@/i18n/navigation';

/** Shows its children to who is signed in; takes everybody else to the sign-in page, and back afterwards. */
export function SessionGate({ children }: { readonly children: ReactNode }): ReactNode {
  const { session } = useApi();
  const state = useSessionState();
  const router = useRouter();
  const pathname = usePathname();
  const [error, setError] = useState<unknown>();

  const resume = useCallback(() => {
    setError(undefined);
    session.resume().catch((reason: unknown) => {
      if (session.state() !== 'signed-out') setError(reason);
    });
  }, [session]);

  useEffect(() => {
    resume();
  }, [resume]);

  useEffect(() => {
    if (state !== 'signed-out') return;
    const here = `${pathname}${location.search}`;
    router.replace(here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`);
  }, [state, router, pathname]);

  if (state === 'signed-in') return children;
  if (error) return <ProblemNotice error={error} onRetry={resume} />;
  return <PageSkeleton />;
}

/** The outline of a page, while what is on it is not known yet. */
export const PageSkeleton = (): ReactNode => (
  <div aria-busy="true" data-testid="page-skeleton">
    <Skeleton className="mb-8 h-8 w-52" />
    <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      {['a', 'b', 'c', 'd'].map((key) => (
        <Skeleton key={key} className="h-28 rounded-2xl" />
      ))}
    </div>
    <Skeleton className="mt-4 h-72 rounded-2xl" />
  </div>
);
