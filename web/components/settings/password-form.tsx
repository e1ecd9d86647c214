'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useApi } from '@/client/context';
import { PasswordInput } from '@/components/auth/password-input';
import { SHORTEST_PASSWORD } from '@/components/auth/sign-up';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';

export function PasswordForm(): ReactNode {
  const t = useTranslations('settings');
  const auth = useTranslations('auth');
  const forms = useTranslations('forms');
  const api = useApi();
  const toast = useToast();
  const { form, problem, busy, submit, errorOf } = useApiForm({ currentPassword: '', newPassword: '' });
  const required = forms('required');
  const hint = auth('passwordHint', { count: SHORTEST_PASSWORD });
  const save = async (values: { currentPassword: string; newPassword: string }): Promise<void> => {
    await api.post('/api/auth/change-password', values);
    form.reset();
    toast({ text: t('passwordChanged') });
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={submit(save)}>
      {problem ? <ProblemNotice error={problem} /> : null}
      <Field label={t('currentPassword')} error={errorOf('currentPassword')}>
        {(control) => (
          <PasswordInput
            {...control}
            autoComplete="current-password"
            {...form.register('currentPassword', { required })}
          />
        )}
      </Field>
      <Field label={t('newPassword')} hint={hint} error={errorOf('newPassword')}>
        {(control) => (
          <PasswordInput
            {...control}
            autoComplete="new-password"
            {...form.register('newPassword', {
              required,
              minLength: { value: SHORTEST_PASSWORD, message: hint },
            })}
          />
        )}
      </Field>
      <div>
        <Button type="submit" tone="primary" busy={busy}>
          {t('changePassword')}
        </Button>
      </div>
    </form>
  );
}
