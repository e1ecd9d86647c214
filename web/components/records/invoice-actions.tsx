'use client';

import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import { Ban, Send, WalletCards } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { CollectionInfo } from '@/client/collections';
import { useApi } from '@/client/context';
import { useOwnWrites } from '@/client/own-writes';
import { useRemember } from '@/client/records';
import type { AnyRecord } from '@/client/types';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';

interface Props {
  readonly collection: CollectionInfo;
  readonly record: AnyRecord;
}

/** The life of an invoice: issued, then paid or voided. */
export function InvoiceActions({ collection, record }: Props): ReactNode {
  const t = useTranslations('invoices');
  const toast = useToast();
  const problemText = useProblemText();
  const action = useInvoiceAction(collection, record.id);
  const [voiding, setVoiding] = useState(false);
  const issue = (): void => {
    action
      .mutateAsync('issue')
      .then(() => toast({ text: t('issued') }))
      .catch((error: unknown) => toast({ text: problemText(error), tone: 'bad' }));
  };
  const due = typeof record.due === 'number' ? record.due : 0;
  const open = record.status === 'issued' || record.status === 'partially_paid';
  return (
    <>
      {record.status === 'draft' ? (
        <Button tone="primary" busy={action.isPending} onClick={issue} data-testid="issue">
          <Send className="rtl:-scale-x-100" aria-hidden />
          {t('issue')}
        </Button>
      ) : null}
      {open && due !== 0 ? (
        <Button asChild tone="primary" data-testid="record-payment">
          <Link
            href={`/payments/new?invoiceId=${record.id}&amount=${due}&currency=${String(record.currency ?? '')}`}
          >
            <WalletCards aria-hidden />
            {t('recordPayment')}
          </Link>
        </Button>
      ) : null}
      {open && record.paid === 0 ? (
        <Button onClick={() => setVoiding(true)} data-testid="void">
          <Ban aria-hidden />
          {t('void')}
        </Button>
      ) : null}
      <Confirm
        open={voiding}
        onOpenChange={setVoiding}
        title={t('voidTitle')}
        text={t('voidText')}
        confirmLabel={t('void')}
        onConfirm={() => action.mutateAsync('void')}
        danger
      />
    </>
  );
}

/** Actions answer with a summary of the invoice; the whole of it is read again for the screen. */
function useInvoiceAction(
  collection: CollectionInfo,
  id: string,
): UseMutationResult<AnyRecord, Error, 'issue' | 'void'> {
  const api = useApi();
  const remember = useRemember(collection);
  const own = useOwnWrites();
  return useMutation({
    mutationFn: async (name: 'issue' | 'void') => {
      const { version } = await api.post<{ version: number }>(`${collection.path}/${name}`, { id });
      own.add(id, version);
      return api.get<AnyRecord>(`${collection.path}/${id}`);
    },
    onSuccess: remember,
  });
}
