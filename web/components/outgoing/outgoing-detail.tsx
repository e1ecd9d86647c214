'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { OUTGOING, OUTGOING_PATH, type OutgoingEndpoint, useOutgoingEndpoint } from '@/client/outgoing';
import { etagOf, keys } from '@/client/records';
import { CheckField } from '@/components/ui/check-field';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { EndpointForm, EndpointPage } from '@/components/webhooks/endpoint-page';
import { Attempts } from './attempts';
import { OutgoingActions } from './outgoing-actions';
import { OutgoingFields, type OutgoingValues, outgoingData, outgoingValues } from './outgoing-fields';

/** One outgoing endpoint: every call that was made, and what it is sent. */
export function OutgoingDetail({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('outgoing');
  return (
    <EndpointPage
      query={useOutgoingEndpoint(id)}
      up={{ href: '/webhooks/outgoing', label: t('title') }}
      title={({ url }) => url}
      text={({ description }) => description}
      actions={(endpoint) => <OutgoingActions endpoint={endpoint} />}
    >
      {(endpoint) => (
        <>
          <Disabled endpoint={endpoint} />
          <Attempts endpointId={id} />
          <EditForm key={endpoint.version} endpoint={endpoint} />
        </>
      )}
    </EndpointPage>
  );
}

/** Says since when nothing is sent any more, and why. */
function Disabled({ endpoint }: { readonly endpoint: OutgoingEndpoint }): ReactNode {
  const t = useTranslations('outgoing');
  const format = useFormat();
  if (endpoint.active) return null;
  return (
    <p role="status" className="rounded-xl bg-bad-tint px-4 py-3 text-sm" data-testid="disabled">
      {t('disabledSince', {
        when: format.dateTime(endpoint.disabledAt ?? endpoint.updatedAt),
        reason: endpoint.disabledReason ?? '',
      })}
    </p>
  );
}

function EditForm({ endpoint }: { readonly endpoint: OutgoingEndpoint }): ReactNode {
  const t = useTranslations('outgoing');
  const save = useTranslations('forms')('save');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const draft = useApiForm<OutgoingValues>(outgoingValues(endpoint));
  const update = async (values: OutgoingValues): Promise<void> => {
    // In a merge patch null takes away what was left empty.
    const cleared = { description: null, where: null, changedFields: null };
    const patch = { ...cleared, ...outgoingData(values) };
    await api.patch(`${OUTGOING_PATH}/${endpoint.id}`, patch, etagOf(endpoint));
    toast({ text: t('saved') });
    await client.invalidateQueries({ queryKey: keys.collection(OUTGOING) });
  };
  return (
    <EndpointForm of={draft} onSubmit={update} words={{ title: t('configuration'), save }}>
      <OutgoingFields />
      <CheckField label={t('activeLabel')} {...draft.form.register('active')} />
    </EndpointForm>
  );
}
