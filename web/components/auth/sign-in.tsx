'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useAccount } from '@/client/me';
import { isProblem } from '@/client/problem';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useApiForm } from '@/components/use-api-form';
import { EntryForm } from './entry-form';
import { PasswordInput } from './password-input';
import { useEntry } from './use-entry';

export function SignIn(): ReactNode {
  const t = useTranslations('auth');
  const required = useTranslations('forms')('required');
  const { query, ready } = useEntry();
  const { signIn } = useAccount();
  const { form, problem, busy, submit, errorOf } = useApiForm({ email: '', password: '' });
  return (
    <EntryForm
      title={t('signInTitle')}
      text={t('signInText')}
      ready={ready}
      busy={busy}
      submitLabel={t('signIn')}
      onSubmit={submit(({ email, password }) => signIn(email.trim(), password))}
      testId="sign-in-form"
      other={{ text: t('noAccount'), label: t('signUp'), href: `/sign-up${query}` }}
    >
      {isProblem(problem, 'unauthenticated') ? (
        <p role="alert" data-testid="problem" className="rounded-xl bg-bad-tint px-4 py-3 text-sm">
          {t('wrongCredentials')}
        </p>
      ) : problem ? (
        <ProblemNotice error={problem} />
      ) : null}
      <Field label={t('email')} error={errorOf('email')}>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="username"
            inputMode="email"
            className="h-11"
            {...form.register('email', { required })}
          />
        )}
      </Field>
      <Field label={t('password')} error={errorOf('password')}>
        {(control) => (
          <PasswordInput
            {...control}
            className="h-11"
            autoComplete="current-password"
            {...form.register('password', { required })}
          />
        )}
      </Field>
    </EntryForm>
  );
}
