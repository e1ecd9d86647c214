'use client';

import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Api } from './api';
import { useApi, useSessionState } from './context';
import { isProblem } from './problem';
import type { Me, Role, SignedIn } from './types';
import { ROLES } from './types';

const ME = ['me'] as const;

/** Who is signed in, where, and as what. */
export function useMe(): UseQueryResult<Me> {
  const api = useApi();
  const state = useSessionState();
  return useQuery({
    queryKey: ME,
    queryFn: () => readMe(api),
    enabled: state === 'signed-in',
    staleTime: 300_000,
  });
}

/** A tenant remembered on this device may be one the caller has left since: then the default one counts. */
async function readMe(api: Api): Promise<Me> {
  try {
    return await api.get<Me>('/api/auth/me');
  } catch (error) {
    if (!api.tenant || !isProblem(error) || error.status < 400 || error.status >= 500 || error.status === 429)
      throw error;
    api.tenant = undefined;
    return api.get<Me>('/api/auth/me');
  }
}

export const useRefreshMe = (): (() => Promise<void>) => {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ME });
};

/** Whether the caller has at least this role; false until it is known. */
export function useHasRole(role: Role): boolean {
  const { data } = useMe();
  return data !== undefined && ROLES.indexOf(data.role) >= ROLES.indexOf(role);
}

export interface Account {
  signIn(email: string, password: string): Promise<void>;
  signUp(input: { name: string; email: string; organization: string; password: string }): Promise<void>;
  signOut(): Promise<void>;
  switchTenant(id: string): void;
}

export function useAccount(): Account {
  const api = useApi();
  const client = useQueryClient();
  const start = async (path: string, body: unknown): Promise<void> => {
    const answer = await api.post<SignedIn>(path, body, { anonymous: true });
    client.clear();
    api.tenant = undefined;
    api.session.accept(answer);
  };
  return {
    signIn: (email, password) => start('/api/auth/login', { email, password }),
    signUp: (input) => start('/api/auth/register', input),
    signOut: async () => {
      // The cookie goes with this call; whatever it answers, this browser is signed out.
      await api.post('/api/auth/logout').catch(() => undefined);
      api.tenant = undefined;
      api.session.end();
      client.clear();
    },
    switchTenant: (id) => {
      api.tenant = id;
      // What is on screen belongs to the other organisation: gone at once, and fetched again.
      void client.resetQueries();
    },
  };
}
