'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { isLoading, LOADS_PATH, type Load } from '@/client/datasets';
import { ProgressBar } from '@/components/imports/progress-bar';
import { Button } from '@/components/ui/button';
import { useProblemText } from '@/components/ui/problem-notice';
import { Card } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';

/** The latest load while it runs, and why it failed when it did. */
export function CurrentLoad({ load }: { readonly load: Load }): ReactNode {
  const t = useTranslations('datasets');
  if (isLoading(load))
    return (
      <Card className="mb-5 flex flex-wrap items-end gap-4 px-5 py-4 sm:px-6" data-testid="current-load">
        <div className="min-w-0 grow basis-48">
          <ProgressBar
            label={load.state === 'queued' ? t('waiting') : t('loading', { file: load.fileName ?? '' })}
            share={load.progress > 0 ? load.progress / 100 : undefined}
          />
        </div>
        <CancelLoad id={load.id} />
      </Card>
    );
  if (load.state !== 'failed') return null;
  return (
    <p role="status" className="mb-5 rounded-xl bg-bad-tint px-4 py-3 text-sm" data-testid="load-failed">
      {t('loadFailed', { file: load.fileName ?? '', reason: load.error ?? '' })}
    </p>
  );
}

export function CancelLoad({ id }: { readonly id: string }): ReactNode {
  const t = useTranslations('datasets');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const cancel = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.post(`${LOADS_PATH}/cancel`, { id });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size="small" busy={busy} onClick={cancel} data-testid="cancel-load">
      {t('cancelLoad')}
    </Button>
  );
}
