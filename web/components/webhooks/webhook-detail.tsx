'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { etagOf, keys } from '@/client/records';
import { ENDPOINTS, ENDPOINTS_PATH, useEndpoint, useSenders, type WebhookEndpoint } from '@/client/webhooks';
import { Button } from '@/components/ui/button';
import { CheckField } from '@/components/ui/check-field';
import { Confirm } from '@/components/ui/confirm';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { useRouter } from '@/i18n/navigation';
import { Deliveries } from './deliveries';
import { EndpointFields } from './endpoint-fields';
import { EndpointForm, EndpointPage } from './endpoint-page';
import { type EndpointValues, endpointData, endpointValues } from './endpoint-values';
import { RotateSecret } from './rotate-secret';
import { SinceDialog } from './since-dialog';

/** One endpoint: its mapping, what arrived, and its secret. */
export function WebhookDetail({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('webhooks');
  return (
    <EndpointPage
      query={useEndpoint(id)}
      up={{ href: '/webhooks', label: t('title') }}
      title={({ name }) => name}
      actions={(endpoint) => <Actions endpoint={endpoint} />}
    >
      {(endpoint) => (
        <>
          <Deliveries endpointId={id} />
          <EditForm key={endpoint.version} endpoint={endpoint} />
        </>
      )}
    </EndpointPage>
  );
}

function EditForm({ endpoint }: { readonly endpoint: WebhookEndpoint }): ReactNode {
  const t = useTranslations('webhooks');
  const save = useTranslations('forms')('save');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const draft = useApiForm<EndpointValues>(endpointValues(endpoint));
  const update = async (values: EndpointValues): Promise<void> => {
    const { collection: _fixed, ...data } = endpointData(values);
    await api.patch(`${ENDPOINTS_PATH}/${endpoint.id}`, data, etagOf(endpoint));
    toast({ text: t('saved') });
    await client.invalidateQueries({ queryKey: keys.collection(ENDPOINTS) });
  };
  return (
    <EndpointForm of={draft} onSubmit={update} words={{ title: t('configuration'), save }}>
      <EndpointFields endpointId={endpoint.id} />
      <CheckField label={t('activeLabel')} {...draft.form.register('active')} />
    </EndpointForm>
  );
}

function Actions({ endpoint }: { readonly endpoint: WebhookEndpoint }): ReactNode {
  const t = useTranslations('webhooks');
  const more = useTranslations('records')('more');
  const api = useApi();
  const client = useQueryClient();
  const router = useRouter();
  const toast = useToast();
  const { data: senders } = useSenders();
  const [asked, setAsked] = useState<'rotate' | 'replay' | 'delete'>();
  const close = (): void => setAsked(undefined);
  const sender = senders?.find(({ name }) => name === endpoint.signature.scheme);
  const replay = async (since: string): Promise<void> => {
    await api.post(`${ENDPOINTS_PATH}/replay`, { id: endpoint.id, since, states: ['failed', 'rejected'] });
    toast({ text: t('replaying') });
    close();
  };
  const remove = async (): Promise<void> => {
    await api.delete(`${ENDPOINTS_PATH}/${endpoint.id}`);
    await client.invalidateQueries({ queryKey: keys.lists(ENDPOINTS) });
    router.push('/webhooks');
  };
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button aria-label={more} data-testid="webhook-more">
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => setAsked('replay')}>{t('replayAll')}</MenuItem>
          <MenuItem disabled={sender?.secretFrom === 'none'} onSelect={() => setAsked('rotate')}>
            {t('rotate')}
          </MenuItem>
          <MenuItem onSelect={() => setAsked('delete')}>{t('delete')}</MenuItem>
        </MenuContent>
      </Menu>
      {asked === 'replay' ? (
        <SinceDialog
          title={t('replayAll')}
          text={t('replayAllText')}
          submitLabel={t('replay')}
          onSubmit={replay}
          onClose={close}
        />
      ) : null}
      {asked === 'rotate' ? (
        <RotateSecret
          path={`${ENDPOINTS_PATH}/rotate-secret`}
          collection={ENDPOINTS}
          id={endpoint.id}
          given={sender?.secretFrom === 'sender'}
          onClose={close}
        />
      ) : null}
      <Confirm
        open={asked === 'delete'}
        onOpenChange={close}
        title={t('deleteTitle', { name: endpoint.name })}
        text={t('deleteText')}
        confirmLabel={t('delete')}
        onConfirm={remove}
        danger
      />
    </>
  );
}
