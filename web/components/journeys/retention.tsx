'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useFormat } from '@/client/format-context';
import { readRetention } from '@/client/journey-state';
import { type Retention as Data, type RetentionCell, useRetention } from '@/client/journeys';
import type { MetricInfo } from '@/client/metric-query';
import { useBucketLabel } from '@/components/dashboard/use-bucket-label';
import { cn } from '@/components/ui/cn';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Segmented } from '@/components/ui/segmented';
import { Card, CardHeader } from '@/components/ui/surface';
import { Answer } from './parts';
import { RetentionForm } from './retention-form';
import type { DayRange, JourneysState } from './use-journeys';

interface Props {
  readonly catalogue: readonly MetricInfo[];
  readonly journeys: JourneysState;
  readonly range: DayRange;
}

/** Who comes back. */
export function Retention({ catalogue, journeys, range }: Props): ReactNode {
  const state = readRetention(journeys.ask, catalogue);
  const query = useRetention(state && { ...state, ...range });
  if (!state) return null;
  return (
    <>
      <RetentionForm
        {...{ catalogue, state, range }}
        onChange={journeys.setAsk}
        onRange={journeys.setRange}
      />
      <Answer query={query} testId="retention">
        {(data) => <Heat data={data} hasValue={state.value !== undefined} />}
      </Answer>
    </>
  );
}

const SHOWN = ['share', 'returned', 'value'] as const;
type Shown = (typeof SHOWN)[number];

function Heat({ data, hasValue }: { readonly data: Data; readonly hasValue: boolean }): ReactNode {
  const t = useTranslations('journeys');
  const [chosen, setShown] = useState<Shown>('share');
  const shown = chosen === 'value' && !hasValue ? 'share' : chosen;
  const options = SHOWN.filter((name) => name !== 'value' || hasValue);
  return (
    <Card className="overflow-hidden">
      <CardHeader title={t('retention')} hint={t(`retentionHint.${data.grain}`)}>
        <Segmented
          label={t('shown')}
          value={shown}
          onChange={setShown}
          options={options.map((value) => ({ value, label: t(`shows.${value}`) }))}
        />
      </CardHeader>
      <HeatTable data={data} shown={shown} />
    </Card>
  );
}

function HeatTable({ data, shown }: { readonly data: Data; readonly shown: Shown }): ReactNode {
  const t = useTranslations('journeys');
  const format = useFormat();
  const bucket = useBucketLabel(data.grain);
  const largest = Math.max(
    ...data.cohorts.flatMap(({ periods }) => periods.map((cell) => Math.abs(cell[shown] ?? 0))),
    Number.MIN_VALUE,
  );
  const text = (cell: RetentionCell): string => {
    const value = cell[shown];
    if (value === null) return cell.complete ? '–' : '';
    if (shown === 'share') return format.share(value);
    return shown === 'value' && data.currency
      ? format.shortAmount(value, data.currency)
      : format.number(value);
  };
  const head = 'whitespace-nowrap px-2 py-2 text-end font-medium';
  const first =
    'sticky start-0 z-1 whitespace-nowrap bg-surface py-1.5 ps-5 pe-3 text-start font-medium sm:ps-6';
  return (
    // The hidden texts of cells are placed within it, and would else widen the page.
    <ScrollRegion label={t('retention')} className="relative max-h-[75dvh] pe-3 pb-3">
      <table
        className="w-full border-separate border-spacing-0.5 text-[0.8125rem]"
        data-testid="retention-table"
      >
        <caption className="sr-only">{t('retention')}</caption>
        <thead className="text-soft">
          <tr>
            <th scope="col" className={first}>
              {t('cohort')}
            </th>
            <th scope="col" className={head}>
              {t('contacts')}
            </th>
            {data.overall.map(({ period }) => (
              <th key={period} scope="col" className={cn(head, 'min-w-14')}>
                {format.number(period)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr data-testid="retention-overall">
            <th scope="row" className={first}>
              {t('allCohorts')}
            </th>
            <td className="px-2 text-end tabular-nums">
              {format.number(data.cohorts.reduce((sum, { size }) => sum + size, 0))}
            </td>
            {data.overall.map((cell) => (
              <HeatCell
                key={cell.period}
                cell={cell}
                text={text(cell)}
                heat={shown === 'share' ? cell.share : null}
              />
            ))}
          </tr>
          {data.cohorts.map(({ cohort, size, complete, periods }) => (
            <tr key={cohort} data-testid="retention-cohort">
              <th scope="row" className={cn(first, 'font-normal')}>
                {bucket.short(cohort)}
                {complete ? null : <span className="ps-1 text-faint">{t('soFar')}</span>}
              </th>
              <td className="px-2 text-end tabular-nums">{format.number(size)}</td>
              {periods.map((cell) => (
                <HeatCell
                  key={cell.period}
                  cell={cell}
                  text={text(cell)}
                  heat={cell[shown] === null ? null : Math.abs(cell[shown]) / largest}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

interface CellProps {
  readonly cell: RetentionCell;
  readonly text: string;
  /** From 0 to 1; the number itself is always there to read. */
  readonly heat: number | null;
}

function HeatCell({ cell, text, heat }: CellProps): ReactNode {
  const t = useTranslations('journeys');
  if (!cell.complete)
    return (
      <td className="rounded-md px-2 py-1.5 text-end text-faint" title={t('notOver')}>
        <span aria-hidden>·</span>
        <span className="sr-only">{t('notOver')}</span>
      </td>
    );
  return (
    <td
      className="whitespace-nowrap rounded-md px-2 py-1.5 text-end tabular-nums"
      style={{
        background: `color-mix(in oklab, var(--accent) ${Math.round((heat ?? 0) * 38)}%, transparent)`,
      }}
    >
      {text}
    </td>
  );
}
