'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { keys } from '@/client/records';
import type { ApiKey, Page } from '@/client/types';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { Confirm } from '@/components/ui/confirm';
import { PageHeader } from '@/components/ui/page-header';
import { EmptyState } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { NewApiKey } from './new-api-key';

export const API_KEYS = keys.lists('auth.api-keys');

/** Keys with which machines call the API. */
export function ApiKeys(): ReactNode {
  const t = useTranslations('apiKeys');
  const api = useApi();
  const [creating, setCreating] = useState(false);
  const list = useQuery({
    queryKey: API_KEYS,
    queryFn: ({ signal }) => api.get<Page<ApiKey>>('/api/auth/api-keys', { limit: 200 }, signal),
    select: ({ items }) => items,
  });
  const add = (
    <Button tone="primary" onClick={() => setCreating(true)} data-testid="new-api-key">
      <Plus aria-hidden />
      {t('new')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} text={t('text')}>
        {list.data?.length ? add : null}
      </PageHeader>
      <CardList
        query={list}
        testId="api-keys"
        empty={
          <EmptyState icon={<KeyRound />} title={t('none')} text={t('noneText')}>
            {add}
          </EmptyState>
        }
      >
        {(key) => <Row key={key.id} apiKey={key} />}
      </CardList>
      {creating ? <NewApiKey onClose={() => setCreating(false)} /> : null}
    </>
  );
}

function Row({ apiKey }: { readonly apiKey: ApiKey }): ReactNode {
  const t = useTranslations('apiKeys');
  const format = useFormat();
  const labels = useLabels();
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => api.post('/api/auth/api-keys/revoke', { id: apiKey.id }),
    onSuccess: async () => {
      toast({ text: t('revoked', { name: apiKey.name }) });
      await client.invalidateQueries({ queryKey: API_KEYS });
    },
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3.5 sm:px-6" data-testid="api-key">
      <div className="min-w-0 grow">
        <p className="flex items-center gap-2 font-medium text-sm">
          <bdi className="truncate">{apiKey.name}</bdi>
          <Badge>{labels.value(apiKey.role)}</Badge>
        </p>
        <p className="mt-0.5 text-faint text-xs">
          <code dir="ltr" className="font-mono">
            {apiKey.prefix}
          </code>{' '}
          · {t('created', { when: format.ago(apiKey.createdAt) })}
          {apiKey.lastUsedAt ? ` · ${t('lastUsed', { when: format.ago(apiKey.lastUsedAt) })}` : ''}
        </p>
      </div>
      <Button
        size="small"
        onClick={() => setAsking(true)}
        aria-label={t('revokeName', { name: apiKey.name })}
      >
        {t('revoke')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('revokeTitle', { name: apiKey.name })}
        text={t('revokeText')}
        confirmLabel={t('revoke')}
        onConfirm={() => revoke.mutateAsync()}
        danger
      />
    </li>
  );
}
