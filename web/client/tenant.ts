'use client';

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useApi } from './context';
import { useMe } from './me';
import { keys } from './records';
import type { Member, Page, Tenant } from './types';

/** The organisation one works in, with its settings. */
export function useTenant(): UseQueryResult<Tenant> {
  const api = useApi();
  const { data: me } = useMe();
  return useQuery({
    queryKey: ['tenant', me?.tenant.id],
    queryFn: () => api.get<Tenant>('/api/tenants/current'),
    enabled: me !== undefined,
    staleTime: 300_000,
  });
}

export const DEFAULT_CURRENCY = 'GBP';

/** ISO 4217 code that amounts of this organisation are in when they do not say. */
export function useTenantCurrency(): string {
  const { data: me } = useMe();
  const { data } = useTenant();
  return data?.currency ?? me?.tenant.currency ?? DEFAULT_CURRENCY;
}

export function useMembers(enabled = true): UseQueryResult<readonly Member[]> {
  const api = useApi();
  return useQuery({
    queryKey: keys.lists('tenants.members'),
    queryFn: async () => {
      const answer = await api.get<Page<Member> | readonly Member[]>('/api/tenants/members');
      return 'items' in answer ? answer.items : answer;
    },
    enabled,
  });
}
