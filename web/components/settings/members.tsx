'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useLabels } from '@/client/labels';
import { useHasRole, useMe } from '@/client/me';
import { keys } from '@/client/records';
import { useMembers } from '@/client/tenant';
import type { Member } from '@/client/types';
import { initials } from '@/components/shell/user-menu';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { Confirm } from '@/components/ui/confirm';
import { PageHeader } from '@/components/ui/page-header';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { Invite } from './invite';
import { RoleSelect } from './role-select';

/** Who belongs to the organisation, and as what. */
export function Members(): ReactNode {
  const t = useTranslations('members');
  const members = useMembers();
  const admin = useHasRole('admin');
  const [inviting, setInviting] = useState(false);
  return (
    <>
      <PageHeader title={t('title')} text={t('text')}>
        {admin ? (
          <Button tone="primary" onClick={() => setInviting(true)} data-testid="invite">
            <UserPlus aria-hidden />
            {t('invite')}
          </Button>
        ) : null}
      </PageHeader>
      <CardList query={members} testId="members">
        {(member) => <Row key={member.id} member={member} admin={admin} />}
      </CardList>
      {inviting ? <Invite onClose={() => setInviting(false)} /> : null}
    </>
  );
}

function Row({ member, admin }: { readonly member: Member; readonly admin: boolean }): ReactNode {
  const t = useTranslations('members');
  const labels = useLabels();
  const { data: me } = useMe();
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const [asking, setAsking] = useState(false);
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: keys.lists('tenants.members') });
  const setRole = useMutation({
    mutationFn: (role: string) => api.post('/api/tenants/members/set-role', { id: member.id, role }),
    onSuccess: () => toast({ text: t('roleChanged', { name: member.name }) }),
    onError: (error) => toast({ text: problemText(error), tone: 'bad' }),
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: () => api.post('/api/tenants/members/remove', { id: member.id }),
    onSuccess: async () => {
      toast({ text: t('removed', { name: member.name }) });
      await refresh();
    },
  });
  const self = member.id === me?.user.id;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3.5 sm:px-6" data-testid="member">
      <span
        aria-hidden
        className="grid size-9 shrink-0 place-items-center rounded-full bg-accent-tint font-semibold text-accent-strong text-xs"
      >
        {initials(member.name || member.email)}
      </span>
      <div className="min-w-0 grow">
        <p className="truncate font-medium text-sm">
          <bdi>{member.name}</bdi>
          {self ? <span className="font-normal text-faint"> · {t('you')}</span> : null}
        </p>
        <p className="truncate text-faint text-xs">
          <bdi>{member.email}</bdi>
        </p>
      </div>
      {admin && !self ? (
        <>
          <RoleSelect
            aria-label={t('roleOf', { name: member.name })}
            value={member.role}
            disabled={setRole.isPending}
            onChange={({ target }) => setRole.mutate(target.value)}
          />
          <Button
            size="small"
            onClick={() => setAsking(true)}
            aria-label={t('removeName', { name: member.name })}
          >
            {t('remove')}
          </Button>
        </>
      ) : (
        <Badge>{labels.value(member.role)}</Badge>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('removeTitle', { name: member.name })}
        text={t('removeText')}
        confirmLabel={t('remove')}
        onConfirm={() => remove.mutateAsync()}
        danger
      />
    </li>
  );
}
