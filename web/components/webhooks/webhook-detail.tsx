'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { FormProvider } from 'react-hook-form';
import { useApi } from '@/client/context';
import { etagOf, keys } from '@/client/records';
import { ENDPOINTS, ENDPOINTS_PATH, useEndpoint, type WebhookEndpoint } from '@/client/webhooks';
import { Link } from '@/components/link';
import { PageSkeleton } from '@/components/shell/session-gate';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { CopyValue } from '@/components/ui/copy';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, CardHeader } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { useRouter } from '@/i18n/navigation';
import { Deliveries } from './deliveries';
import { EndpointFields, type EndpointValues, endpointData, endpointValues } from './endpoint-fields';

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
      <div className="grid gap-5">
        <Card>
          <CardHeader title={t('deliveries')} hint={t('deliveriesText')} />
          <Deliveries endpointId={id} />
        </Card>
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
    await api.patch(
      `${ENDPOINTS_PATH}/${endpoint.id}`,
      { ...data, key: values.key || null },
      etagOf(endpoint),
    );
    toast({ text: t('saved') });
    await client.invalidateQueries({ queryKey: keys.collection(ENDPOINTS) });
  };
  return (
    <FormProvider {...form}>
      <form noValidate className="px-5 pb-6 sm:px-6" onSubmit={submit(save)}>
        {problem ? <ProblemNotice error={problem} className="mb-4" /> : null}
        <EndpointFields existing />
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
  const actions = useTranslations('actions');
  const api = useApi();
  const client = useQueryClient();
  const router = useRouter();
  const [asking, setAsking] = useState<'rotate' | 'delete'>();
  const [secret, setSecret] = useState<string>();
  const rotate = async (): Promise<void> => {
    const answer = await api.post<{ secret: string }>(`${ENDPOINTS_PATH}/rotate-secret`, { id: endpoint.id });
    setSecret(answer.secret);
    await client.invalidateQueries({ queryKey: keys.one(ENDPOINTS, endpoint.id) });
  };
  const remove = async (): Promise<void> => {
    await api.delete(`${ENDPOINTS_PATH}/${endpoint.id}`);
    await client.invalidateQueries({ queryKey: keys.lists(ENDPOINTS) });
    router.push('/webhooks');
  };
  return (
    <>
      <Button onClick={() => setAsking('rotate')}>{t('rotate')}</Button>
      <Button onClick={() => setAsking('delete')}>{t('delete')}</Button>
      <Confirm
        open={asking === 'rotate'}
        onOpenChange={() => setAsking(undefined)}
        title={t('rotateTitle')}
        text={t('rotateText')}
        confirmLabel={t('rotate')}
        onConfirm={rotate}
        danger
      />
      <Confirm
        open={asking === 'delete'}
        onOpenChange={() => setAsking(undefined)}
        title={t('deleteTitle', { name: endpoint.name })}
        text={t('deleteText')}
        confirmLabel={t('delete')}
        onConfirm={remove}
        danger
      />
      <Dialog
        open={secret !== undefined}
        onOpenChange={() => setSecret(undefined)}
        title={t('newSecret')}
        description={t('onceOnly')}
      >
        <CopyValue value={secret ?? ''} label={t('secret')} testId="webhook-secret" />
        <DialogActions>
          <Button tone="primary" onClick={() => setSecret(undefined)}>
            {actions('done')}
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
