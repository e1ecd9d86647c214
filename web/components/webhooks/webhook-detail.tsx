'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { FormProvider } from 'react-hook-form';
import { useApi } from '@/client/context';
import { etagOf, keys } from '@/client/records';
import { ENDPOINTS, ENDPOINTS_PATH, useEndpoint, useSenders, type WebhookEndpoint } from '@/client/webhooks';
import { Link } from '@/components/link';
import { PageSkeleton } from '@/components/shell/session-gate';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, CardHeader } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { useRouter } from '@/i18n/navigation';
import { Deliveries } from './deliveries';
import { EndpointFields } from './endpoint-fields';
import { type EndpointValues, endpointData, endpointValues } from './endpoint-values';
import { RotateSecret } from './rotate-secret';
import { SinceDialog } from './since-dialog';

/** One endpoint: its mapping, what arrived, and its secret. */
export function WebhookDetail({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('webhooks');
  const { data, error, refetch } = useEndpoint(id);
  if (!data) return error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : <PageSkeleton />;
  return (
    <>
      <PageHeader
        title={data.name}
        above={
          <Link href="/webhooks" className="hover:underline">
            {t('title')}
          </Link>
        }
      >
        <Actions endpoint={data} />
      </PageHeader>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        <Deliveries endpointId={id} />
        <Card className="max-w-4xl">
          <CardHeader title={t('configuration')} />
          <EditForm key={data.version} endpoint={data} />
        </Card>
      </div>
    </>
  );
}

function EditForm({ endpoint }: { readonly endpoint: WebhookEndpoint }): ReactNode {
  const t = useTranslations('webhooks');
  const forms = useTranslations('forms');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const { form, problem, busy, submit } = useApiForm<EndpointValues>(endpointValues(endpoint));
  const save = async (values: EndpointValues): Promise<void> => {
    const { collection: _fixed, ...data } = endpointData(values);
    await api.patch(`${ENDPOINTS_PATH}/${endpoint.id}`, data, etagOf(endpoint));
    toast({ text: t('saved') });
    await client.invalidateQueries({ queryKey: keys.collection(ENDPOINTS) });
  };
  return (
    <FormProvider {...form}>
      <form noValidate className="px-5 pb-6 sm:px-6" onSubmit={submit(save)}>
        {problem ? <ProblemNotice error={problem} className="mb-4" /> : null}
        <EndpointFields endpointId={endpoint.id} />
        <label className="mt-4 flex items-center gap-2.5 text-sm">
          <input type="checkbox" className="size-5 accent-(--accent)" {...form.register('active')} />
          {t('activeLabel')}
        </label>
        <div className="mt-5">
          <Button type="submit" tone="primary" busy={busy}>
            {forms('save')}
          </Button>
        </div>
      </form>
    </FormProvider>
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
