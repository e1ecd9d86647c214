'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { CopyValue } from '@/components/ui/copy';
import { Field, Input } from '@/components/ui/field';
import { DoneDialog, FormDialog } from '@/components/ui/form-dialog';
import { useApiForm } from '@/components/use-api-form';
import { API_KEYS } from './api-keys';
import { RoleSelect } from './role-select';

/** Makes a key, and shows it the one time it can be seen. */
export function NewApiKey({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useTranslations('apiKeys');
  const required = useTranslations('forms')('required');
  const api = useApi();
  const client = useQueryClient();
  const [key, setKey] = useState<string>();
  const draft = useApiForm({ name: '', role: 'editor' });
  const create = async (values: { name: string; role: string }): Promise<void> => {
    const answer = await api.post<{ key: string }>('/api/auth/api-keys/create', values);
    setKey(answer.key);
    await client.invalidateQueries({ queryKey: API_KEYS });
  };
  if (key)
    return (
      <DoneDialog onClose={onClose} title={t('ready')} description={t('onceOnly')} testId="api-key-ready">
        <CopyValue value={key} label={t('key')} testId="api-key-value" />
      </DoneDialog>
    );
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={create}
      submitLabel={t('create')}
      title={t('new')}
      testId="api-key-form"
    >
      <Field label={t('name')} hint={t('nameHint')} error={draft.errorOf('name')}>
        {(control) => (
          <Input {...control} autoComplete="off" {...draft.form.register('name', { required })} />
        )}
      </Field>
      <Field label={t('role')} error={draft.errorOf('role')}>
        {(control) => <RoleSelect {...control} {...draft.form.register('role')} />}
      </Field>
    </FormDialog>
  );
}
