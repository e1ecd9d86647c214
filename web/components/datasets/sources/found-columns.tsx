'use client';

import { TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { DatasetColumn } from '@/client/datasets';
import type { SourcePreview } from '@/client/sources';
import { Badge } from '@/components/ui/badge';

interface Props {
  readonly preview: SourcePreview;
  /** The columns that its rows go into. */
  readonly wanted: readonly DatasetColumn[];
}

/** What a source holds, held against the columns of the dataset. */
export function FoundColumns({ preview, wanted }: Props): ReactNode {
  const t = useTranslations('sources');
  const datasets = useTranslations('datasets');
  const found = new Set(preview.columns.map(({ source }) => source));
  const missing = wanted.filter(({ source }) => !found.has(source));
  const taken = new Set(wanted.map(({ source }) => source));
  return (
    <section
      className="grid grid-cols-[minmax(0,1fr)] gap-2"
      aria-label={t('found')}
      data-testid="source-found"
    >
      <p className="text-soft text-sm">
        {datasets('lookedAt', { count: preview.rows })} ·{' '}
        {datasets('columnCount', { count: preview.columns.length })}
      </p>
      {[
        ...(missing.length > 0
          ? [t('missing', { columns: missing.map(({ source }) => source).join(', ') })]
          : []),
        ...preview.warnings,
      ].map((text) => (
        <p key={text} className="flex gap-2.5 rounded-lg bg-warn-tint px-3 py-2 text-sm">
          <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
          <bdi>{text}</bdi>
        </p>
      ))}
      <ul className="divide-y rounded-lg border text-sm">
        {preview.columns.map(({ source, type, samples }) => (
          <li key={source} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
            <span className="min-w-0 grow basis-32 truncate font-medium">
              <bdi>{source}</bdi>
            </span>
            <span className="text-faint text-xs">{datasets(`types.${type}`)}</span>
            {taken.has(source) ? null : <Badge>{t('leftOut')}</Badge>}
            <span className="min-w-0 basis-full truncate text-faint text-xs">
              <bdi>{samples.slice(0, 3).join(' · ')}</bdi>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
