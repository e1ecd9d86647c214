'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { Button } from '@/components/ui/button';
import { CopyValue } from '@/components/ui/copy';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useApiForm } from '@/components/use-api-form';
import { API_KEYS } from './api-keys';
import { RoleSelect } from './role-select';

/** Makes a key, and shows it the one time it can be seen. */
export function NewApiKey({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useTranslations('apiKeys');
  const actions = useTranslations('actions');
  const forms = useTranslations('forms');
  const api = useApi();
  const client = useQueryClient();
  const [key, setKey] = useState<string>();
  const { form, problem, busy, submit, errorOf } = useApiForm({ name: '', role: 'editor' });
  const create = async (values: { name: string; role: string }): Promise<void> => {
    const answer = await api.post<{ key: string }>('/api/auth/api-keys/create', values);
    setKey(answer.key);
    await client.invalidateQueries({ queryKey: API_KEYS });
  };
  if (key) {
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title={t('ready')}
        description={t('onceOnly')}
        testId="api-key-ready"
      >
        <CopyValue value={key} label={t('key')} testId="api-key-value" />
        <DialogActions>
          <Button tone="primary" onClick={onClose}>
            {actions('done')}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={onClose} title={t('new')} testId="api-key-form">
      <form noValidate className="grid gap-4" onSubmit={submit(create)}>
        {problem ? <ProblemNotice error={problem} /> : null}
        <Field label={t('name')} hint={t('nameHint')} error={errorOf('name')}>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              {...form.register('name', { required: forms('required') })}
            />
          )}
        </Field>
        <Field label={t('role')} error={errorOf('role')}>
          {(control) => <RoleSelect {...control} {...form.register('role')} />}
        </Field>
        <DialogActions>
          <Button onClick={onClose}>{actions('cancel')}</Button>
          <Button type="submit" tone="primary" busy={busy}>
            {t('create')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
