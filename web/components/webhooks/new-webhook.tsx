'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { FormProvider } from 'react-hook-form';
import { useApi } from '@/client/context';
import { keys } from '@/client/records';
import { ENDPOINTS, ENDPOINTS_PATH, type NewEndpoint } from '@/client/webhooks';
import { Button } from '@/components/ui/button';
import { CopyValue } from '@/components/ui/copy';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useApiForm } from '@/components/use-api-form';
import { EndpointFields, type EndpointValues, endpointData, endpointValues } from './endpoint-fields';

/** Makes an endpoint, and shows its address and secret the one time they can be seen. */
export function NewWebhook({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useTranslations('webhooks');
  const actions = useTranslations('actions');
  const api = useApi();
  const client = useQueryClient();
  const [made, setMade] = useState<NewEndpoint>();
  const { form, problem, busy, submit } = useApiForm<EndpointValues>(endpointValues());
  const create = async (values: EndpointValues): Promise<void> => {
    setMade(await api.post<NewEndpoint>(`${ENDPOINTS_PATH}/create`, endpointData(values)));
    await client.invalidateQueries({ queryKey: keys.lists(ENDPOINTS) });
  };
  if (made) {
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title={t('ready')}
        description={t('onceOnly')}
        wide
        testId="webhook-ready"
      >
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <CopyValue value={made.url} label={t('url')} testId="webhook-url" />
          <CopyValue value={made.secret} label={t('secret')} testId="webhook-secret" />
        </div>
        <DialogActions>
          <Button tone="primary" onClick={onClose}>
            {actions('done')}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('new')}
      description={t('newText')}
      wide
      testId="webhook-form"
    >
      <FormProvider {...form}>
        <form noValidate onSubmit={submit(create)}>
          {problem ? <ProblemNotice error={problem} className="mb-4" /> : null}
          <EndpointFields />
          <DialogActions>
            <Button onClick={onClose}>{actions('cancel')}</Button>
            <Button type="submit" tone="primary" busy={busy}>
              {t('create')}
            </Button>
          </DialogActions>
        </form>
      </FormProvider>
    </Dialog>
  );
}
