'use client';

import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from 'react';
import { Api } from './api';
import type { SessionState } from './session';

const ApiContext = createContext<Api | undefined>(undefined);

export function ApiProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [api] = useState(() => new Api());
  return <ApiContext value={api}>{children}</ApiContext>;
}

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error('useApi needs an ApiProvider above it.');
  return api;
}

export function useSessionState(): SessionState {
  const { session } = useApi();
  return useSyncExternalStore(session.subscribe, session.state, () => 'unknown' as const);
}
