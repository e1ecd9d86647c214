'use client';

import { Send } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type OutgoingEndpoint, useOutgoing } from '@/client/outgoing';
import { Badge } from '@/components/ui/badge';
import { EndpointList, EndpointRow } from '@/components/webhooks/endpoint-list';
import { NewOutgoing } from './new-outgoing';

/** Addresses of other systems that are told what changes. */
export function Outgoing(): ReactNode {
  const t = useTranslations('outgoing');
  return (
    <EndpointList
      words={{
        title: t('title'),
        text: t('text'),
        add: t('new'),
        none: t('none'),
        noneText: t('noneText'),
      }}
      icon={<Send />}
      query={useOutgoing()}
      testId="outgoing"
      row={(endpoint) => <Row key={endpoint.id} endpoint={endpoint} />}
      dialog={(close) => <NewOutgoing onClose={close} />}
    />
  );
}

function Row({ endpoint }: { readonly endpoint: OutgoingEndpoint }): ReactNode {
  const t = useTranslations('outgoing');
  return (
    <EndpointRow href={`/webhooks/outgoing/${endpoint.id}`} createdAt={endpoint.createdAt}>
      <span className="min-w-0 grow basis-60">
        <bdi dir="ltr" className="block truncate font-medium">
          {endpoint.url}
        </bdi>
        <span className="block truncate text-faint text-xs">
          {endpoint.description ?? endpoint.events.join(', ')}
        </span>
      </span>
      <Badge tone={endpoint.active ? 'good' : 'bad'}>{t(endpoint.active ? 'active' : 'disabled')}</Badge>
    </EndpointRow>
  );
}
