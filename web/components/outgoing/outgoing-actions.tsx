'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Send } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { OUTGOING, OUTGOING_PATH, type OutgoingEndpoint } from '@/client/outgoing';
import { keys } from '@/client/records';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { CopyValue } from '@/components/ui/copy';
import { Field, Input, Select } from '@/components/ui/field';
import { DoneDialog, FormDialog } from '@/components/ui/form-dialog';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { useRouter } from '@/i18n/navigation';

type Asked = 'recover' | 'rotate' | 'delete';

/** What can be done with an endpoint: test it, make up for what it missed, change its secret, delete it. */
export function OutgoingActions({ endpoint }: { readonly endpoint: OutgoingEndpoint }): ReactNode {
  const t = useTranslations('outgoing');
  const more = useTranslations('records')('more');
  const api = useApi();
  const client = useQueryClient();
  const router = useRouter();
  const toast = useToast();
  const problemText = useProblemText();
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  const test = async (): Promise<void> => {
    try {
      await api.post(`${OUTGOING_PATH}/test`, { id: endpoint.id });
      toast({ text: t('testSent') });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    }
  };
  const remove = async (): Promise<void> => {
    await api.delete(`${OUTGOING_PATH}/${endpoint.id}`);
    await client.invalidateQueries({ queryKey: keys.lists(OUTGOING) });
    router.push('/webhooks/outgoing');
  };
  return (
    <>
      <Button onClick={test} disabled={!endpoint.active} data-testid="send-test">
        <Send aria-hidden />
        {t('test')}
      </Button>
      <Menu>
        <MenuTrigger asChild>
          <Button aria-label={more} data-testid="outgoing-more">
            <Ellipsis aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem disabled={!endpoint.active} onSelect={() => setAsked('recover')}>
            {t('recover')}
          </MenuItem>
          <MenuItem onSelect={() => setAsked('rotate')}>{t('rotate')}</MenuItem>
          <MenuItem onSelect={() => setAsked('delete')}>{t('delete')}</MenuItem>
        </MenuContent>
      </Menu>
      {asked === 'recover' ? <Recover endpoint={endpoint} onClose={close} /> : null}
      {asked === 'rotate' ? <Rotate endpoint={endpoint} onClose={close} /> : null}
      <Confirm
        open={asked === 'delete'}
        onOpenChange={close}
        title={t('deleteTitle')}
        text={t('deleteText')}
        confirmLabel={t('delete')}
        onConfirm={remove}
        danger
      />
    </>
  );
}

interface AskProps {
  readonly endpoint: OutgoingEndpoint;
  readonly onClose: () => void;
}

/** `2026-01-31T09:30`, in the reader's own time, as `datetime-local` wants it. */
function localTime(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

function Recover({ endpoint, onClose }: AskProps): ReactNode {
  const t = useTranslations('outgoing');
  const required = useTranslations('forms')('required');
  const api = useApi();
  const toast = useToast();
  const draft = useApiForm({ since: localTime(new Date(endpoint.disabledAt ?? Date.now() - 86_400_000)) });
  const recover = async ({ since }: { since: string }): Promise<void> => {
    await api.post(`${OUTGOING_PATH}/recover`, { id: endpoint.id, since: new Date(since).toISOString() });
    toast({ text: t('recovering') });
    onClose();
  };
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={recover}
      submitLabel={t('recoverSubmit')}
      title={t('recover')}
      description={t('recoverText')}
    >
      <Field label={t('since')} error={draft.errorOf('since')}>
        {(control) => (
          <Input {...control} type="datetime-local" {...draft.form.register('since', { required })} />
        )}
      </Field>
    </FormDialog>
  );
}

function Rotate({ endpoint, onClose }: AskProps): ReactNode {
  const t = useTranslations('outgoing');
  const api = useApi();
  const client = useQueryClient();
  const [secret, setSecret] = useState<string>();
  const draft = useApiForm({ overlapHours: '24' });
  const rotate = async ({ overlapHours }: { overlapHours: string }): Promise<void> => {
    const answer = await api.post<{ secret: string }>(`${OUTGOING_PATH}/rotate-secret`, {
      id: endpoint.id,
      overlapHours: Number(overlapHours),
    });
    setSecret(answer.secret);
    await client.invalidateQueries({ queryKey: keys.one(OUTGOING, endpoint.id) });
  };
  if (secret)
    return (
      <DoneDialog onClose={onClose} title={t('newSecret')} description={t('onceOnly')}>
        <CopyValue value={secret} label={t('secret')} testId="outgoing-secret" />
      </DoneDialog>
    );
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={rotate}
      submitLabel={t('rotate')}
      title={t('rotate')}
      description={t('rotateText')}
    >
      <Field label={t('overlap')}>
        {(control) => (
          <Select {...control} {...draft.form.register('overlapHours')}>
            {[0, 1, 24, 72, 168].map((hours) => (
              <option key={hours} value={hours}>
                {t('overlapHours', { hours })}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}
