'use client';

import { Plus, Send } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useFormat } from '@/client/format-context';
import { type OutgoingEndpoint, useOutgoing } from '@/client/outgoing';
import { Link } from '@/components/link';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { PageHeader } from '@/components/ui/page-header';
import { EmptyState } from '@/components/ui/surface';
import { WebhookTabs } from '@/components/webhooks/webhook-tabs';
import { NewOutgoing } from './new-outgoing';

/** Addresses of other systems that are told what changes. */
export function Outgoing(): ReactNode {
  const t = useTranslations('outgoing');
  const { data, error, refetch } = useOutgoing();
  const [creating, setCreating] = useState(false);
  const add = (
    <Button tone="primary" onClick={() => setCreating(true)} data-testid="new-outgoing">
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
        testId="outgoing"
        empty={
          <EmptyState icon={<Send />} title={t('none')} text={t('noneText')}>
            {add}
          </EmptyState>
        }
      >
        {(endpoint) => <Row key={endpoint.id} endpoint={endpoint} />}
      </CardList>
      {creating ? <NewOutgoing onClose={() => setCreating(false)} /> : null}
    </>
  );
}

function Row({ endpoint }: { readonly endpoint: OutgoingEndpoint }): ReactNode {
  const format = useFormat();
  return (
    <li>
      <Link
        href={`/webhooks/outgoing/${endpoint.id}`}
        className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3.5 text-sm hover:bg-ink/3 sm:px-6"
      >
        <span className="min-w-0 grow basis-60">
          <bdi dir="ltr" className="block truncate font-medium">
            {endpoint.url}
          </bdi>
          <span className="block truncate text-faint text-xs">
            {endpoint.description ?? endpoint.events.join(', ')}
          </span>
        </span>
        <EndpointBadge endpoint={endpoint} />
        <time className="text-faint text-xs" dateTime={endpoint.createdAt}>
          {format.ago(endpoint.createdAt)}
        </time>
      </Link>
    </li>
  );
}

export function EndpointBadge({ endpoint }: { readonly endpoint: OutgoingEndpoint }): ReactNode {
  const t = useTranslations('outgoing');
  return <Badge tone={endpoint.active ? 'good' : 'bad'}>{t(endpoint.active ? 'active' : 'disabled')}</Badge>;
}
