'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useLocale } from 'next-intl';
import { Direction } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { ApiProvider } from '@/client/context';
import { ApiProblem } from '@/client/problem';
import { directionOf } from '@/i18n/routing';

const makeClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // Live events say what is stale; time alone does so only after a while.
        staleTime: 30_000,
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 500),
      },
    },
  });

/** What every page stands on: the API, its cache, and the reading direction. */
export function Providers({ children }: { readonly children: ReactNode }): ReactNode {
  const [client] = useState(makeClient);
  const locale = useLocale();
  return (
    <Direction.Provider dir={directionOf(locale)}>
      <ApiProvider>
        <QueryClientProvider client={client}>{children}</QueryClientProvider>
      </ApiProvider>
    </Direction.Provider>
  );
}
