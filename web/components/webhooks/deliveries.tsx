'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { keys } from '@/client/records';
import { usePages } from '@/client/use-pages';
import { DELIVERIES, type Delivery, useDeliveryContent } from '@/client/webhooks';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { DetailsRow, Verbatim } from '@/components/ui/details-row';
import { MoreButton } from '@/components/ui/more-button';
import { useProblemText } from '@/components/ui/problem-notice';
import { Segmented } from '@/components/ui/segmented';
import { Skeleton } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { STATE_TONES } from './dry-run-result';

const STATES = ['all', 'applied', 'ignored', 'failed', 'rejected'] as const;

/** What arrived at an endpoint, newest first, word for word. */
export function Deliveries({ endpointId }: { readonly endpointId: string }): ReactNode {
  const t = useTranslations('webhooks');
  const labels = useLabels();
  const [state, setState] = useState<(typeof STATES)[number]>('all');
  const pages = usePages<Delivery>(DELIVERIES, {
    endpointId,
    state: state === 'all' ? undefined : state,
    sort: '-createdAt',
  });
  return (
    <section aria-label={t('deliveries')}>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <h2 className="font-semibold text-[0.9375rem]">{t('deliveries')}</h2>
        <div className="max-w-full overflow-x-auto">
          <Segmented
            label={t('deliveryState')}
            value={state}
            onChange={setState}
            options={STATES.map((value) => ({
              value,
              label: value === 'all' ? t('all') : labels.value(value),
            }))}
          />
        </div>
      </div>
      <CardList
        query={pages}
        testId="deliveries"
        empty={<p className="px-6 py-6 text-faint text-sm">{t('noDeliveries')}</p>}
        after={<MoreButton pages={pages} />}
      >
        {(delivery) => <Row key={delivery.id} delivery={delivery} />}
      </CardList>
    </section>
  );
}

function Row({ delivery }: { readonly delivery: Delivery }): ReactNode {
  const format = useFormat();
  const labels = useLabels();
  const [shown, setShown] = useState(false);
  return (
    <DetailsRow
      testId="delivery"
      state={delivery.state}
      onToggle={setShown}
      summary={
        <>
          <span className="min-w-0 grow basis-40">
            <code dir="ltr" className="block truncate font-mono text-[0.8125rem]">
              {delivery.eventType ?? delivery.deliveryId}
            </code>
            {delivery.error ? (
              <span className="block truncate text-faint text-xs">{delivery.error}</span>
            ) : null}
          </span>
          <Badge tone={STATE_TONES[delivery.state]}>{labels.value(delivery.state)}</Badge>
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
      {shown ? <Content delivery={delivery} /> : null}
    </DetailsRow>
  );
}

function Content({ delivery }: { readonly delivery: Delivery }): ReactNode {
  const t = useTranslations('webhooks');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const { data } = useDeliveryContent(delivery.id);
  const [busy, setBusy] = useState(false);
  const replay = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.post('/api/hooks/deliveries/replay', {
        id: delivery.id,
        ...(delivery.state === 'applied' ? { redo: true } : {}),
      });
      await client.invalidateQueries({ queryKey: keys.lists(DELIVERIES) });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {delivery.error ? <p className="rounded-lg bg-bad-tint px-3 py-2 text-sm">{delivery.error}</p> : null}
      {delivery.recordIds?.length ? (
        <p className="text-sm text-soft">{t('wrote', { count: delivery.recordIds.length })}</p>
      ) : null}
      {data ? (
        <div className="grid gap-3 md:grid-cols-2">
          <Verbatim label={t('headers')} text={JSON.stringify(data.headers)} />
          <Verbatim label={t('body')} text={data.body} />
        </div>
      ) : (
        <Skeleton className="h-24" />
      )}
      <p className="text-faint text-xs">
        {t('deliveryId')} <code dir="ltr">{delivery.deliveryId}</code>
      </p>
      <div>
        <Button size="small" busy={busy} onClick={replay}>
          {t('replay')}
        </Button>
      </div>
    </>
  );
}
