'use client';

import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useAccount } from '@/client/me';
import { Button } from '@/components/ui/button';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card } from '@/components/ui/surface';
import { useRouter } from '@/i18n/navigation';

/** Accepts an invitation; who is not signed in yet does that first and comes back. */
export function Join(): ReactNode {
  const t = useTranslations('join');
  const api = useApi();
  const router = useRouter();
  const { switchTenant } = useAccount();
  const token = useSearchParams().get('token') ?? '';
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const accept = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const { tenantId } = await api.post<{ tenantId: string }>('/api/tenants/invitations/accept', { token });
      switchTenant(tenantId);
      router.replace('/');
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Card className="mx-auto mt-10 max-w-md p-8 text-center">
      <h1 className="font-semibold text-xl tracking-[-0.018em]">{t('title')}</h1>
      <p className="mt-2 text-pretty text-sm text-soft">{t('text')}</p>
      {error ? <ProblemNotice error={error} className="mt-5 text-start" /> : null}
      <Button
        tone="primary"
        size="large"
        className="mt-6 w-full"
        busy={busy}
        disabled={token === ''}
        onClick={accept}
        data-testid="accept-invitation"
      >
        {t('accept')}
      </Button>
    </Card>
  );
}
