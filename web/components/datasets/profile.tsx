'use client';

import { ChartColumn } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type ColumnProfile, type Dataset, useProfile } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { Badge } from '@/components/ui/badge';
import { cn } from '@/components/ui/cn';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, EmptyState, Skeleton } from '@/components/ui/surface';
import { PersonalMark } from './quality/personal-mark';
import { Spread } from './spread';

/** How the values of every column are spread. */
export function Profile({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('datasets');
  const { data, error, refetch } = useProfile(dataset);
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-72 rounded-2xl" />;
  if (data.columns.length === 0)
    return (
      <Card>
        <EmptyState icon={<ChartColumn />} title={t('noRows')} text={t('noRowsText')} />
      </Card>
    );
  return (
    <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3" data-testid="profile">
      {data.columns.map((column) => (
        <li key={column.name} className="min-w-0" data-testid="column-profile" data-name={column.name}>
          <ColumnCard
            column={column}
            personal={dataset.columns.some(({ name, pii }) => pii && name === column.name)}
          />
        </li>
      ))}
    </ul>
  );
}

function ColumnCard({
  column,
  personal,
}: {
  readonly column: ColumnProfile;
  /** Says something of people. */
  readonly personal: boolean;
}): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  const total = column.filled + column.empty;
  const top =
    column.type === 'boolean'
      ? column.top.map((value) => t(value === 'true' ? 'true' : 'false'))
      : [...new Set(column.top)];
  const share = total === 0 ? 0 : column.filled / total;
  return (
    <Card className="grid h-full grid-cols-[minmax(0,1fr)] content-start gap-3 p-5">
      <header className="flex items-center justify-between gap-3">
        <h3 className="flex min-w-0 items-center gap-1.5 font-medium font-mono text-[0.8125rem]">
          <bdi className="truncate">{column.name}</bdi>
          {personal ? <PersonalMark /> : null}
        </h3>
        <Badge>{t(`types.${column.type}`)}</Badge>
      </header>
      <div className="grid gap-1">
        <div className="h-1.5 overflow-hidden rounded-full bg-ink/8" aria-hidden>
          <div className="h-full rounded-full bg-(--chart-1)" style={{ width: `${share * 100}%` }} />
        </div>
        <p className="text-faint text-xs">
          {t('filledShare', { share: format.share(share), empty: format.number(column.empty) })}
        </p>
      </div>
      <Figures column={column} />
      <Spread column={column} />
      {column.top.length > 0 && column.distinct < column.filled ? (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-1.5">
          <p className="text-faint text-xs">{t('top')}</p>
          <ul className="flex flex-wrap gap-1.5">
            {top.map((value) => (
              <li
                key={value}
                dir="auto"
                className="max-w-full truncate rounded-md bg-sunken px-2 py-0.5 text-soft text-xs"
              >
                {value}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </Card>
  );
}

/** Of a mean: more would only seem exact. */
const DIGITS = 6;

function Figures({ column }: { readonly column: ColumnProfile }): ReactNode {
  const t = useTranslations('datasets');
  const format = useFormat();
  const numeric = column.type === 'integer' || column.type === 'number';
  const shown = (value: string | null): string =>
    value !== null && numeric ? format.number(Number(value)) : (value ?? '');
  const rounded = (value: number): string => format.number(Number(value.toPrecision(DIGITS)));
  const figures: readonly (readonly [string, string])[] = [
    [t('distinct'), format.number(column.distinct)],
    ...(column.type === 'boolean'
      ? []
      : [[t('min'), shown(column.min)] as const, [t('max'), shown(column.max)] as const]),
    ...(column.mean === null ? [] : [[t('mean'), rounded(column.mean)] as const]),
    ...(column.deviation === null ? [] : [[t('deviation'), rounded(column.deviation)] as const]),
    ...(numeric ? [[t('outliers'), format.number(column.outliers)] as const] : []),
  ];
  return (
    <dl
      className={cn(
        'grid gap-x-4 gap-y-1.5 text-[0.8125rem]',
        numeric ? 'grid-cols-2' : 'grid-cols-[minmax(0,1fr)]',
      )}
    >
      {figures
        .filter(([, value]) => value !== '')
        .map(([label, value]) => (
          <div key={label} className="flex min-w-0 items-baseline justify-between gap-2">
            <dt className="shrink-0 text-faint">{label}</dt>
            <dd dir="auto" className="min-w-0 truncate tabular-nums" title={value}>
              {value}
            </dd>
          </div>
        ))}
    </dl>
  );
}
