'use client';

import { Webhook } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { collectionNamed } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { useEndpoints, type WebhookEndpoint } from '@/client/webhooks';
import { Badge } from '@/components/ui/badge';
import { EndpointList, EndpointRow } from './endpoint-list';
import { NewWebhook } from './new-webhook';

/** Addresses at which other systems deliver data. */
export function Webhooks(): ReactNode {
  const t = useTranslations('webhooks');
  return (
    <EndpointList
      words={{
        title: t('title'),
        text: t('text'),
        add: t('new'),
        none: t('none'),
        noneText: t('noneText'),
      }}
      icon={<Webhook />}
      query={useEndpoints()}
      testId="webhook"
      row={(endpoint) => <Row key={endpoint.id} endpoint={endpoint} />}
      dialog={(close) => <NewWebhook onClose={close} />}
    />
  );
}

function Row({ endpoint }: { readonly endpoint: WebhookEndpoint }): ReactNode {
  const t = useTranslations('webhooks');
  const labels = useLabels();
  const collection = endpoint.collection ? collectionNamed(endpoint.collection) : undefined;
  return (
    <EndpointRow href={`/webhooks/${endpoint.id}`} createdAt={endpoint.createdAt}>
      <bdi className="min-w-0 grow truncate font-medium">{endpoint.name}</bdi>
      <span className="text-soft">{collection ? labels.many(collection) : endpoint.collection}</span>
      <Badge tone={endpoint.active ? 'good' : 'neutral'}>{t(endpoint.active ? 'active' : 'paused')}</Badge>
    </EndpointRow>
  );
}
