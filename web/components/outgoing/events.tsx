'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useEvents } from '@/client/outgoing';
import { CardList } from '@/components/ui/card-list';
import { DetailsRow, Verbatim } from '@/components/ui/details-row';
import { Input } from '@/components/ui/field';
import { PageHeader } from '@/components/ui/page-header';
import { WebhookTabs } from '@/components/webhooks/webhook-tabs';

/** The catalogue of events: what each looks like, with an example to copy. */
export function Events(): ReactNode {
  const t = useTranslations('outgoing');
  const { data, error, refetch } = useEvents();
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  return (
    <>
      <PageHeader title={t('catalogue')} text={t('catalogueText')} />
      <WebhookTabs />
      <Input
        type="search"
        className="mb-3 max-w-80"
        value={search}
        aria-label={t('searchEvents')}
        placeholder={t('searchEvents')}
        onChange={({ target }) => setSearch(target.value)}
      />
      <CardList
        query={{ data: data?.filter(({ name }) => name.includes(wanted)), error, refetch }}
        testId="events"
        empty={<p className="px-6 py-6 text-faint text-sm">{t('noEvents')}</p>}
      >
        {({ name, example, schema }) => (
          <DetailsRow
            key={name}
            testId="event"
            summary={
              <code dir="ltr" className="font-mono text-[0.8125rem]">
                {name}
              </code>
            }
          >
            <div className="grid gap-3 md:grid-cols-2">
              <Verbatim label={t('example')} text={JSON.stringify(example)} />
              <Verbatim label={t('schema')} text={JSON.stringify(schema)} />
            </div>
          </DetailsRow>
        )}
      </CardList>
    </>
  );
}
