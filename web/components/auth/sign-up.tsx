'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useAccount } from '@/client/me';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useApiForm } from '@/components/use-api-form';
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
    <>
      <h1 className="font-semibold text-[1.75rem] leading-tight tracking-[-0.025em]">{t('signUpTitle')}</h1>
      <p className="mt-1.5 text-soft">{t('signUpText')}</p>
      <form
        noValidate
        method="post"
        onSubmit={submit((input) => signUp({ ...input, email: input.email.trim() }))}
        data-testid="sign-up-form"
      >
        <fieldset disabled={!ready} className="mt-8 grid gap-4 [&_*]:disabled:opacity-100!">
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
          <Button type="submit" tone="primary" size="large" busy={busy} className="mt-2">
            {t('createAccount')}
          </Button>
        </fieldset>
      </form>
      <p className="mt-8 text-sm text-soft">
        {t('haveAccount')}{' '}
        <Link
          href={`/sign-in${query}`}
          className="font-medium text-accent underline-offset-4 hover:underline"
        >
          {t('signIn')}
        </Link>
      </p>
    </>
  );
}
