'use client';

import { CircleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { ApiProblem } from '@/client/problem';
import { Button } from './button';
import { cn } from './cn';

/** What to say about an error, in the reader's language where we have words for it, else as the API put it. */
export function useProblemText(): (error: unknown) => string {
  const t = useTranslations('problems');
  const known: Readonly<Record<string, string>> = {
    offline: t('offline'),
    rate_limited: t('rate_limited'),
    unavailable: t('unavailable'),
    internal: t('internal'),
    forbidden: t('forbidden'),
    unsupported_media_type: t('unsupported_media_type'),
  };
  return (error) => {
    if (!(error instanceof ApiProblem)) return t('internal');
    return known[error.code] ?? error.message;
  };
}

/** Details of one error that are worth reading. */
const SHOWN = 5;

interface Props {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly className?: string;
}

/** An error in place: what happened, the request id to quote, and a way on. */
export function ProblemNotice({ error, onRetry, className }: Props): ReactNode {
  const t = useTranslations('problems');
  const text = useProblemText();
  const requestId = error instanceof ApiProblem ? error.requestId : undefined;
  const details =
    error instanceof ApiProblem
      ? error.errors.filter(({ message }) => message !== error.message).slice(0, SHOWN)
      : [];
  return (
    <div
      role="alert"
      data-testid="problem"
      className={cn('flex gap-3 rounded-xl bg-bad-tint px-4 py-3 text-sm', className)}
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 grow">
        <p className="text-pretty break-words text-ink">{text(error)}</p>
        {details.length > 0 ? (
          <ul className="mt-1 list-disc ps-4 text-soft">
            {details.map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                {path ? (
                  <code dir="ltr" className="font-mono text-xs">
                    {path}
                  </code>
                ) : null}{' '}
                {message}
              </li>
            ))}
          </ul>
        ) : null}
        {requestId ? (
          <p className="mt-0.5 text-soft text-xs">
            {t('requestId')} <code className="select-all break-all font-mono">{requestId}</code>
          </p>
        ) : null}
      </div>
      {onRetry ? (
        <Button size="small" onClick={onRetry}>
          {t('retry')}
        </Button>
      ) : null}
    </div>
  );
}
