'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { Button } from '@/components/ui/button';
import { CopyValue } from '@/components/ui/copy';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { useApiForm } from '@/components/use-api-form';
import { RoleSelect } from './role-select';

interface Invitation {
  readonly email: string;
  readonly inviteUrl: string;
  readonly expiresAt: string;
}

/** Invites somebody, and shows the link to send them. */
export function Invite({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useTranslations('members');
  const actions = useTranslations('actions');
  const forms = useTranslations('forms');
  const format = useFormat();
  const api = useApi();
  const [made, setMade] = useState<Invitation>();
  const { form, problem, busy, submit, errorOf } = useApiForm({ email: '', role: 'editor' });
  if (made) {
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title={t('invited', { email: made.email })}
        description={t('sendLink', { date: format.date(made.expiresAt) })}
      >
        <CopyValue value={made.inviteUrl} label={t('link')} testId="invite-url" />
        <DialogActions>
          <Button tone="primary" onClick={onClose}>
            {actions('done')}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('invite')}
      description={t('inviteText')}
      testId="invite-form"
    >
      <form
        noValidate
        className="grid gap-4"
        onSubmit={submit(async (values) =>
          setMade(await api.post<Invitation>('/api/tenants/members/add', values)),
        )}
      >
        {problem ? <ProblemNotice error={problem} /> : null}
        <Field label={t('email')} error={errorOf('email')}>
          {(control) => (
            <Input
              {...control}
              type="email"
              autoComplete="off"
              {...form.register('email', { required: forms('required') })}
            />
          )}
        </Field>
        <Field label={t('role')} error={errorOf('role')}>
          {(control) => <RoleSelect {...control} {...form.register('role')} />}
        </Field>
        <DialogActions>
          <Button onClick={onClose}>{actions('cancel')}</Button>
          <Button type="submit" tone="primary" busy={busy}>
            {t('send')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
