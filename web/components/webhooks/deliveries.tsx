'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { keys } from '@/client/records';
import { DELIVERIES, type Delivery, useDeliveries, useDeliveryContent } from '@/client/webhooks';
import { toneOf } from '@/components/records/field-value';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { DetailsRow, Verbatim } from '@/components/ui/details-row';
import { ProblemNotice, useProblemText } from '@/components/ui/problem-notice';
import { Skeleton } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';

/** What arrived at an endpoint, newest first, word for word. */
export function Deliveries({ endpointId }: { readonly endpointId: string }): ReactNode {
  const t = useTranslations('webhooks');
  const { data, error, refetch } = useDeliveries(endpointId);
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} className="mx-5 mb-5" />;
  if (!data) return <Skeleton className="mx-6 mb-6 h-16" />;
  if (data.items.length === 0) return <p className="px-6 pb-6 text-faint text-sm">{t('noDeliveries')}</p>;
  return (
    <ul className="divide-y border-t" data-testid="deliveries">
      {data.items.map((delivery) => (
        <Row key={delivery.id} delivery={delivery} />
      ))}
    </ul>
  );
}

function Row({ delivery }: { readonly delivery: Delivery }): ReactNode {
  const t = useTranslations('webhooks');
  const format = useFormat();
  const labels = useLabels();
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const replay = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.post('/api/hooks/deliveries/replay', { id: delivery.id });
      await client.invalidateQueries({ queryKey: keys.lists(DELIVERIES) });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <DetailsRow
      testId="delivery"
      state={delivery.state}
      summary={
        <>
          <code dir="ltr" className="min-w-0 grow truncate font-mono text-[0.8125rem]">
            {delivery.deliveryId}
          </code>
          <Badge tone={delivery.state === 'applied' ? 'good' : toneOf(delivery.state)}>
            {labels.value(delivery.state)}
          </Badge>
          <time
            className="text-faint text-xs"
            dateTime={delivery.createdAt}
            title={format.dateTime(delivery.createdAt)}
          >
            {format.ago(delivery.createdAt)}
          </time>
        </>
      }
    >
      {delivery.error ? <p className="rounded-lg bg-bad-tint px-3 py-2 text-sm">{delivery.error}</p> : null}
      {delivery.recordIds?.length ? (
        <p className="text-sm text-soft">{t('wrote', { count: delivery.recordIds.length })}</p>
      ) : null}
      {shown ? <Content id={delivery.id} /> : null}
      <div className="flex gap-2">
        {shown ? null : (
          <Button size="small" onClick={() => setShown(true)}>
            {t('body')}
          </Button>
        )}
        <Button size="small" busy={busy} onClick={replay}>
          {t('replay')}
        </Button>
      </div>
    </DetailsRow>
  );
}

/** The body is large and read only when it is wanted. */
function Content({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('webhooks');
  const { data, error, refetch } = useDeliveryContent(id);
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  return data ? <Verbatim label={t('body')} text={data.body} /> : <Skeleton className="h-16" />;
}
