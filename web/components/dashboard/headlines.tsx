'use client';

import { ArrowDownRight, ArrowRight, ArrowUpRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Figure } from '@/client/analytics';
import type { Format } from '@/client/format';
import { useFormat } from '@/client/format-context';
import { useMetricLabel } from '@/client/metric-label';
import { cn } from '@/components/ui/cn';

/** A figure in its format; a dash where there is none. */
export const figureText = (
  format: Format,
  value: number | null,
  kind: Figure['format'],
  currency: string,
): string => {
  if (value === null) return '–';
  if (kind === 'money') return format.amount(value, currency);
  return kind === 'percent' ? format.share(value) : format.number(value);
};

/** The figures one looks at first, each beside the period before. */
export const Headlines = ({
  figures,
  currency,
}: {
  readonly figures: readonly Figure[];
  readonly currency: string;
}): ReactNode => (
  <dl className="grid grid-cols-2 gap-3 sm:gap-5 xl:grid-cols-4" data-testid="headlines">
    {figures.map((figure) => (
      <Headline key={figure.metric} figure={figure} currency={currency} />
    ))}
  </dl>
);

function Headline({ figure, currency }: { readonly figure: Figure; readonly currency: string }): ReactNode {
  const t = useTranslations('dashboard');
  const format = useFormat();
  const label = useMetricLabel();
  const { change, previous } = figure;
  const Icon = !change ? ArrowRight : change > 0 ? ArrowUpRight : ArrowDownRight;
  return (
    <div
      className="min-w-0 rounded-2xl border bg-surface px-4 py-4 sm:px-5"
      data-testid={`figure-${figure.metric}`}
    >
      <dt className="truncate text-[0.8125rem] text-soft">{label(figure.metric, figure.label)}</dt>
      <dd>
        <span
          data-testid={`value-${figure.metric}`}
          data-value={figure.value ?? undefined}
          className="mt-1 block truncate font-semibold text-[1.375rem] tabular-nums leading-tight tracking-[-0.025em] sm:text-[1.625rem]"
        >
          {figureText(format, figure.value, figure.format, currency)}
        </span>
        <span className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-0.5 text-xs">
          {change === null ? (
            <span className="text-faint">{t('nothingBefore')}</span>
          ) : (
            <>
              <span
                className={cn(
                  'inline-flex items-center gap-0.5 font-medium tabular-nums',
                  change > 0 ? 'text-good' : change < 0 ? 'text-bad' : 'text-soft',
                )}
              >
                <Icon className="size-3.5 rtl:-scale-x-100" aria-hidden />
                <span dir="ltr">{format.change(change)}</span>
              </span>
              <span className="truncate text-faint">
                {t('before', { value: figureText(format, previous, figure.format, currency) })}
              </span>
            </>
          )}
        </span>
      </dd>
    </div>
  );
}
