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
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { RotateSecret } from '@/components/webhooks/rotate-secret';
import { SinceDialog } from '@/components/webhooks/since-dialog';
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
  const recover = async (since: string): Promise<void> => {
    await api.post(`${OUTGOING_PATH}/recover`, { id: endpoint.id, since });
    toast({ text: t('recovering') });
    close();
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
      {asked === 'recover' ? (
        <SinceDialog
          title={t('recover')}
          text={t('recoverText')}
          submitLabel={t('recoverSubmit')}
          since={endpoint.disabledAt}
          onSubmit={recover}
          onClose={close}
        />
      ) : null}
      {asked === 'rotate' ? (
        <RotateSecret
          path={`${OUTGOING_PATH}/rotate-secret`}
          collection={OUTGOING}
          id={endpoint.id}
          onClose={close}
        />
      ) : null}
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
