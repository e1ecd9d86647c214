'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { collectionNamed } from '@/client/collections';
import { useLabels } from '@/client/labels';
import type { FieldError } from '@/client/problem';
import type { DryRun } from '@/client/webhooks';
import { Badge, type Tone } from '@/components/ui/badge';
import { Verbatim } from '@/components/ui/details-row';

export const STATE_TONES: Readonly<Record<string, Tone>> = {
  applied: 'good',
  received: 'info',
  ignored: 'neutral',
  failed: 'bad',
  rejected: 'bad',
};

/** What would become of a delivery. */
export function DryRunResult({ result }: { readonly result: DryRun }): ReactNode {
  const t = useTranslations('webhooks');
  const labels = useLabels();
  return (
    <section
      aria-label={t('result')}
      data-testid="dry-run"
      data-state={result.state}
      className="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border bg-surface p-3"
    >
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <Badge tone={STATE_TONES[result.state]}>{t(`wouldBe.${result.state}`)}</Badge>
        <span className="text-soft">
          {result.verified === null ? t('unchecked') : t(result.verified ? 'verified' : 'notVerified')}
        </span>
      </p>
      {result.reason ? <p className="text-bad text-sm">{result.reason}</p> : null}
      <Errors errors={result.errors} />
      {result.operations.map((operation, index) => {
        const collection = collectionNamed(operation.collection);
        const what = collection ? labels.one(collection) : operation.collection;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the operations of one answer never move
          <div key={index} className="grid grid-cols-[minmax(0,1fr)] gap-2">
            <Verbatim
              label={t(operation.existed ? 'wouldChange' : `would.${operation.action}`, { what })}
              text={JSON.stringify(operation.data)}
            />
            <Errors errors={operation.errors} />
          </div>
        );
      })}
    </section>
  );
}

const Errors = ({ errors }: { readonly errors: readonly FieldError[] }): ReactNode =>
  errors.length > 0 ? (
    <ul className="grid gap-1 text-bad text-sm">
      {errors.map(({ path, message }) => (
        <li key={`${path} ${message}`}>
          {path ? <code dir="ltr">{path}: </code> : null}
          {message}
        </li>
      ))}
    </ul>
  ) : null;
