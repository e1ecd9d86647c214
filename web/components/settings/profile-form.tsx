'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useApi } from '@/client/context';
import { useRefreshMe } from '@/client/me';
import type { User } from '@/client/types';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';

export function ProfileForm({ user }: { readonly user: User }): ReactNode {
  const t = useTranslations('settings');
  const forms = useTranslations('forms');
  const api = useApi();
  const refresh = useRefreshMe();
  const toast = useToast();
  const { form, problem, busy, submit, errorOf } = useApiForm({ name: user.name });
  const save = async ({ name }: { name: string }): Promise<void> => {
    await api.put('/api/auth/profile', { name });
    await refresh();
    toast({ text: t('saved') });
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={submit(save)}>
      {problem ? <ProblemNotice error={problem} /> : null}
      <Field label={t('name')} error={errorOf('name')}>
        {(control) => (
          <Input
            {...control}
            autoComplete="name"
            {...form.register('name', { required: forms('required') })}
          />
        )}
      </Field>
      <Field label={t('email')} hint={t('emailHint')}>
        {(control) => <Input {...control} value={user.email} readOnly dir="ltr" />}
      </Field>
      <div>
        <Button type="submit" tone="primary" busy={busy}>
          {forms('save')}
        </Button>
      </div>
    </form>
  );
}
