'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { keys } from '@/client/records';
import { ENDPOINTS, ENDPOINTS_PATH, type NewEndpoint } from '@/client/webhooks';
import { CopyValue } from '@/components/ui/copy';
import { DoneDialog, FormDialog } from '@/components/ui/form-dialog';
import { useApiForm } from '@/components/use-api-form';
import { EndpointFields } from './endpoint-fields';
import { type EndpointValues, endpointData, endpointValues, present } from './endpoint-values';

/** Makes an endpoint, and shows its address and secret the one time they can be seen. */
export function NewWebhook({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useTranslations('webhooks');
  const api = useApi();
  const client = useQueryClient();
  const [made, setMade] = useState<NewEndpoint>();
  const draft = useApiForm<EndpointValues>(endpointValues());
  const create = async (values: EndpointValues): Promise<void> => {
    setMade(
      await api.post<NewEndpoint>(`${ENDPOINTS_PATH}/create`, {
        ...present(endpointData(values)),
        ...(values.secret ? { secret: values.secret } : {}),
      }),
    );
    await client.invalidateQueries({ queryKey: keys.lists(ENDPOINTS) });
  };
  if (made)
    return (
      <DoneDialog
        onClose={onClose}
        title={t('ready')}
        description={t('onceOnly')}
        wide
        testId="webhook-ready"
      >
        <CopyValue value={made.url} label={t('url')} testId="webhook-url" />
        {made.secret ? (
          <CopyValue value={made.secret} label={t('secret')} testId="webhook-secret" />
        ) : (
          <p className="text-sm text-soft">{t('secretLater')}</p>
        )}
      </DoneDialog>
    );
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={create}
      submitLabel={t('create')}
      title={t('new')}
      description={t('newText')}
      wide
      testId="webhook-form"
    >
      <EndpointFields />
    </FormDialog>
  );
}
