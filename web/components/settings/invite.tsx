'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { CopyValue } from '@/components/ui/copy';
import { Field, Input } from '@/components/ui/field';
import { DoneDialog, FormDialog } from '@/components/ui/form-dialog';
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
  const required = useTranslations('forms')('required');
  const format = useFormat();
  const api = useApi();
  const [made, setMade] = useState<Invitation>();
  const invitation = useApiForm({ email: '', role: 'editor' });
  if (made)
    return (
      <DoneDialog
        onClose={onClose}
        title={t('invited', { email: made.email })}
        description={t('sendLink', { date: format.date(made.expiresAt) })}
      >
        <CopyValue value={made.inviteUrl} label={t('link')} testId="invite-url" />
      </DoneDialog>
    );
  return (
    <FormDialog
      of={invitation}
      onClose={onClose}
      onSubmit={async (values) => setMade(await api.post<Invitation>('/api/tenants/members/add', values))}
      submitLabel={t('send')}
      title={t('invite')}
      description={t('inviteText')}
      testId="invite-form"
    >
      <Field label={t('email')} error={invitation.errorOf('email')}>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="off"
            {...invitation.form.register('email', { required })}
          />
        )}
      </Field>
      <Field label={t('role')} error={invitation.errorOf('role')}>
        {(control) => <RoleSelect {...control} {...invitation.form.register('role')} />}
      </Field>
    </FormDialog>
  );
}
