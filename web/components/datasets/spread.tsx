'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { ColumnProfile } from '@/client/datasets';
import { useFormat } from '@/client/format-context';

/** The middle half of a column's figures between its least and its greatest, as a box plot. */
export function Spread({ column }: { readonly column: ColumnProfile }): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  const [low, middle, high] = column.quartiles;
  const [min, max] = [Number(column.min), Number(column.max)];
  if (low === undefined || middle === undefined || high === undefined || !(max > min)) return null;
  const at = (value: number): string =>
    `${(Math.min(Math.max(value - min, 0), max - min) / (max - min)) * 100}%`;
  return (
    <figure className="grid gap-1">
      <div className="relative h-4" aria-hidden>
        <span className="absolute inset-x-0 top-1/2 h-px bg-edge/50" />
        <span
          className="absolute top-0.5 bottom-0.5 min-w-1 rounded-sm bg-(--chart-2)"
          style={{ insetInlineStart: at(low), width: at(min + (high - low)) }}
        />
        <span
          className="absolute inset-y-0 w-0.5 rounded-full bg-(--chart-1)"
          style={{ insetInlineStart: at(middle) }}
        />
      </div>
      <figcaption className="text-faint text-xs tabular-nums">
        {t('quartiles', {
          low: format.number(low),
          middle: format.number(middle),
          high: format.number(high),
        })}
      </figcaption>
    </figure>
  );
}
