'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useAccount } from '@/client/me';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useApiForm } from '@/components/use-api-form';
import { EntryForm } from './entry-form';
import { PasswordInput } from './password-input';
import { useEntry } from './use-entry';

/** The API's own lower bound for passwords. */
export const SHORTEST_PASSWORD = 10;

export function SignUp(): ReactNode {
  const t = useTranslations('auth');
  const forms = useTranslations('forms');
  const { query, ready } = useEntry();
  const { signUp } = useAccount();
  const { form, problem, busy, submit, errorOf } = useApiForm({
    name: '',
    organization: '',
    email: '',
    password: '',
  });
  const required = { required: forms('required') };
  return (
    <EntryForm
      title={t('signUpTitle')}
      text={t('signUpText')}
      ready={ready}
      busy={busy}
      submitLabel={t('createAccount')}
      onSubmit={submit((input) => signUp({ ...input, email: input.email.trim() }))}
      testId="sign-up-form"
      other={{ text: t('haveAccount'), label: t('signIn'), href: `/sign-in${query}` }}
    >
      {problem ? <ProblemNotice error={problem} /> : null}
      <Field label={t('name')} error={errorOf('name')}>
        {(control) => (
          <Input {...control} autoComplete="name" className="h-11" {...form.register('name', required)} />
        )}
      </Field>
      <Field label={t('organization')} error={errorOf('organization')}>
        {(control) => (
          <Input
            {...control}
            autoComplete="organization"
            className="h-11"
            {...form.register('organization', required)}
          />
        )}
      </Field>
      <Field label={t('email')} error={errorOf('email')}>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="username"
            inputMode="email"
            className="h-11"
            {...form.register('email', {
              ...required,
              pattern: { value: /^\S+@\S+\.\S+$/, message: forms('email') },
            })}
          />
        )}
      </Field>
      <Field
        label={t('password')}
        hint={t('passwordHint', { count: SHORTEST_PASSWORD })}
        error={errorOf('password')}
      >
        {(control) => (
          <PasswordInput
            {...control}
            className="h-11"
            autoComplete="new-password"
            {...form.register('password', {
              ...required,
              minLength: {
                value: SHORTEST_PASSWORD,
                message: t('passwordHint', { count: SHORTEST_PASSWORD }),
              },
            })}
          />
        )}
      </Field>
    </EntryForm>
  );
}
