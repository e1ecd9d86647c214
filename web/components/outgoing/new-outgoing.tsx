'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { OUTGOING, OUTGOING_PATH } from '@/client/outgoing';
import { keys } from '@/client/records';
import { CopyValue } from '@/components/ui/copy';
import { DoneDialog, FormDialog } from '@/components/ui/form-dialog';
import { useApiForm } from '@/components/use-api-form';
import { OutgoingFields, type OutgoingValues, outgoingData, outgoingValues } from './outgoing-fields';

/** Makes an endpoint, and shows its signing secret the one time it can be seen. */
export function NewOutgoing({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useTranslations('outgoing');
  const api = useApi();
  const client = useQueryClient();
  const [secret, setSecret] = useState<string>();
  const draft = useApiForm<OutgoingValues>(outgoingValues());
  const create = async (values: OutgoingValues): Promise<void> => {
    const made = await api.post<{ secret: string }>(`${OUTGOING_PATH}/create`, outgoingData(values));
    setSecret(made.secret);
    await client.invalidateQueries({ queryKey: keys.lists(OUTGOING) });
  };
  if (secret)
    return (
      <DoneDialog onClose={onClose} title={t('ready')} description={t('onceOnly')} testId="outgoing-ready">
        <CopyValue value={secret} label={t('secret')} testId="outgoing-secret" />
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
      testId="outgoing-form"
    >
      <OutgoingFields />
    </FormDialog>
  );
}
