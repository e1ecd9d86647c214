'use client';

import { Plus, Webhook } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { collectionNamed } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { useEndpoints } from '@/client/webhooks';
import { Link } from '@/components/link';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { PageHeader } from '@/components/ui/page-header';
import { EmptyState } from '@/components/ui/surface';
import { NewWebhook } from './new-webhook';
import { WebhookTabs } from './webhook-tabs';

/** Addresses at which other systems deliver data. */
export function Webhooks(): ReactNode {
  const t = useTranslations('webhooks');
  const format = useFormat();
  const labels = useLabels();
  const { data, error, refetch } = useEndpoints();
  const [creating, setCreating] = useState(false);
  const add = (
    <Button tone="primary" onClick={() => setCreating(true)} data-testid="new-webhook">
      <Plus aria-hidden />
      {t('new')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} text={t('text')}>
        {data?.items.length ? add : null}
      </PageHeader>
      <WebhookTabs />
      <CardList
        query={{ data: data?.items, error, refetch }}
        testId="webhooks"
        empty={
          <EmptyState icon={<Webhook />} title={t('none')} text={t('noneText')}>
            {add}
          </EmptyState>
        }
      >
        {(endpoint) => {
          const collection = endpoint.collection ? collectionNamed(endpoint.collection) : undefined;
          return (
            <li key={endpoint.id}>
              <Link
                href={`/webhooks/${endpoint.id}`}
                className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3.5 text-sm hover:bg-ink/3 sm:px-6"
              >
                <bdi className="min-w-0 grow truncate font-medium">{endpoint.name}</bdi>
                <span className="text-soft">
                  {collection ? labels.many(collection) : endpoint.collection}
                </span>
                <Badge tone={endpoint.active ? 'good' : 'neutral'}>
                  {t(endpoint.active ? 'active' : 'paused')}
                </Badge>
                <time className="text-faint text-xs" dateTime={endpoint.createdAt}>
                  {format.ago(endpoint.createdAt)}
                </time>
              </Link>
            </li>
          );
        }}
      </CardList>
      {creating ? <NewWebhook onClose={() => setCreating(false)} /> : null}
    </>
  );
}
