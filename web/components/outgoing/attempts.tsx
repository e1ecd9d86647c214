'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { ATTEMPTS, type Attempt } from '@/client/outgoing';
import { usePages } from '@/client/use-pages';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { DetailsRow, Verbatim } from '@/components/ui/details-row';
import { MoreButton } from '@/components/ui/more-button';
import { useProblemText } from '@/components/ui/problem-notice';
import { Segmented } from '@/components/ui/segmented';
import { useToast } from '@/components/ui/toast';

const OUTCOMES = ['all', 'failed', 'delivered'] as const;

/** Every call that was made to an endpoint, newest first. */
export function Attempts({ endpointId }: { readonly endpointId: string }): ReactNode {
  const t = useTranslations('outgoing');
  const [outcome, setOutcome] = useState<(typeof OUTCOMES)[number]>('all');
  const pages = usePages<Attempt>(ATTEMPTS, {
    endpointId,
    outcome: outcome === 'all' ? undefined : outcome,
    sort: '-createdAt',
  });
  return (
    <section aria-label={t('attempts')}>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <h2 className="font-semibold text-[0.9375rem]">{t('attempts')}</h2>
        <Segmented
          label={t('outcome')}
          value={outcome}
          onChange={setOutcome}
          options={OUTCOMES.map((value) => ({ value, label: t(`outcomes.${value}`) }))}
        />
      </div>
      <CardList
        query={pages}
        testId="attempts"
        empty={<p className="px-6 py-6 text-faint text-sm">{t('noAttempts')}</p>}
        after={<MoreButton pages={pages} />}
      >
        {(attempt) => <Row key={attempt.id} attempt={attempt} />}
      </CardList>
    </section>
  );
}

function Row({ attempt }: { readonly attempt: Attempt }): ReactNode {
  const t = useTranslations('outgoing');
  const format = useFormat();
  const labels = useLabels();
  return (
    <DetailsRow
      testId="attempt"
      state={attempt.outcome}
      summary={
        <>
          <code dir="ltr" className="min-w-0 grow truncate font-mono text-[0.8125rem]">
            {attempt.event}
          </code>
          <span className="text-faint text-xs tabular-nums">
            {t('took', { number: attempt.number, ms: format.number(attempt.durationMs) })}
          </span>
          <Badge tone={attempt.outcome === 'delivered' ? 'good' : 'bad'}>
            {attempt.responseStatus ?? labels.value(attempt.outcome)}
          </Badge>
          <time
            className="text-faint text-xs"
            dateTime={attempt.createdAt}
            title={format.dateTime(attempt.createdAt)}
          >
            {format.ago(attempt.createdAt)}
          </time>
        </>
      }
    >
      <Exchange attempt={attempt} />
    </DetailsRow>
  );
}

/** What was sent, what came back, and the way to send it again. */
function Exchange({ attempt }: { readonly attempt: Attempt }): ReactNode {
  const t = useTranslations('outgoing');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const resend = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.post('/api/webhooks/attempts/resend', { id: attempt.id });
      toast({ text: t('resent') });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {attempt.error ? <p className="rounded-lg bg-bad-tint px-3 py-2 text-sm">{attempt.error}</p> : null}
      <div className="grid gap-3 md:grid-cols-2">
        <div className="grid min-w-0 content-start gap-3">
          <Verbatim label={t('requestHeaders')} text={JSON.stringify(attempt.requestHeaders)} />
          <Verbatim label={t('requestBody')} text={attempt.requestBody} />
        </div>
        <div className="grid min-w-0 content-start gap-3">
          {attempt.responseHeaders ? (
            <Verbatim label={t('responseHeaders')} text={JSON.stringify(attempt.responseHeaders)} />
          ) : null}
          {attempt.responseBody === undefined ? null : (
            <Verbatim label={t('responseBody')} text={attempt.responseBody} />
          )}
        </div>
      </div>
      <p className="text-faint text-xs">
        {t('message')} <code dir="ltr">{attempt.messageId}</code>
      </p>
      <div>
        <Button size="small" busy={busy} onClick={resend}>
          {t('resend')}
        </Button>
      </div>
    </>
  );
}
