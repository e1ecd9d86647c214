'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useAccount } from '@/client/me';
import { isProblem } from '@/client/problem';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useApiForm } from '@/components/use-api-form';
import { PasswordInput } from './password-input';
import { useEntry } from './use-entry';

export function SignIn(): ReactNode {
  const t = useTranslations('auth');
  const required = useTranslations('forms')('required');
  const { query, ready } = useEntry();
  const { signIn } = useAccount();
  const { form, problem, busy, submit, errorOf } = useApiForm({ email: '', password: '' });
  return (
    <>
      <h1 className="font-semibold text-[1.75rem] leading-tight tracking-[-0.025em]">{t('signInTitle')}</h1>
      <p className="mt-1.5 text-soft">{t('signInText')}</p>
      <form
        noValidate
        method="post"
        onSubmit={submit(({ email, password }) => signIn(email.trim(), password))}
        data-testid="sign-in-form"
      >
        <fieldset disabled={!ready} className="mt-8 grid gap-4 [&_*]:disabled:opacity-100!">
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
          <Button type="submit" tone="primary" size="large" busy={busy} className="mt-2">
            {t('signIn')}
          </Button>
        </fieldset>
      </form>
      <p className="mt-8 text-sm text-soft">
        {t('noAccount')}{' '}
        <Link
          href={`/sign-up${query}`}
          className="font-medium text-accent underline-offset-4 hover:underline"
        >
          {t('signUp')}
        </Link>
      </p>
    </>
  );
}
