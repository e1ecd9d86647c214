'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useFormat } from '@/client/format-context';
import { readAttribution } from '@/client/journey-state';
import { type AttributionRow, type Attribution as Data, type Model, useAttribution } from '@/client/journeys';
import type { MetricInfo } from '@/client/metric-query';
import { cn } from '@/components/ui/cn';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Segmented } from '@/components/ui/segmented';
import { Card, CardHeader } from '@/components/ui/surface';
import { AttributionForm } from './attribution-form';
import { Answer } from './parts';
import type { DayRange, JourneysState } from './use-journeys';

interface Props {
  readonly catalogue: readonly MetricInfo[];
  readonly journeys: JourneysState;
  readonly range: DayRange;
}

/** To which channels conversions are owed. */
export function Attribution({ catalogue, journeys, range }: Props): ReactNode {
  const state = readAttribution(journeys.ask, catalogue);
  const query = useAttribution(state && { ...state, ...range });
  if (!state) return null;
  return (
    <>
      <AttributionForm
        {...{ catalogue, state, range }}
        onChange={journeys.setAsk}
        onRange={journeys.setRange}
      />
      <Answer query={query} testId="attribution">
        {(data) => <Credits data={data} />}
      </Answer>
    </>
  );
}

type Shown = 'conversions' | 'value';

const KINDS: readonly AttributionRow['kind'][] = ['channel', 'other', 'unattributed'];

function Credits({ data }: { readonly data: Data }): ReactNode {
  const t = useTranslations('journeys');
  const models = [...new Set(data.rows.map(({ model }) => model))];
  const [shown, setShown] = useState<Shown>('conversions');
  const [chosen, setModel] = useState<Model>();
  const model = models.find((name) => name === chosen) ?? models[0];
  const hasValue = data.total.value !== null;
  return (
    <>
      {hasValue ? (
        <div>
          <Segmented<Shown>
            label={t('shown')}
            value={shown}
            onChange={setShown}
            options={[
              { value: 'conversions', label: t('conversions') },
              { value: 'value', label: t('value') },
            ]}
          />
        </div>
      ) : null}
      <Card aria-label={t('attribution')}>
        <CardHeader title={t('attribution')} hint={model ? t(`modelHint.${model}`) : undefined}>
          {models.length > 1 && model ? (
            <div className="max-w-full overflow-x-auto">
              <Segmented
                label={t('models')}
                value={model}
                onChange={setModel}
                options={models.map((value) => ({ value, label: t(`model.${value}`) }))}
              />
            </div>
          ) : null}
        </CardHeader>
        <Bars
          rows={data.rows.filter((row) => row.model === model)}
          shown={hasValue ? shown : 'conversions'}
          currency={data.currency}
        />
      </Card>
      <ByModel data={data} models={models} shown={hasValue ? shown : 'conversions'} />
    </>
  );
}

/** What a row is called, and its figure. */
function useRowWords(shown: Shown, currency: string | null) {
  const t = useTranslations('journeys');
  const format = useFormat();
  return {
    name: ({ kind, channel }: Pick<AttributionRow, 'kind' | 'channel'>): string =>
      kind === 'channel' ? (channel ?? '') : t(`rows.${kind}`),
    figure: (row: Pick<AttributionRow, 'conversions' | 'value'>): string => {
      if (shown === 'conversions') return format.number(Math.round(row.conversions * 100) / 100);
      if (row.value === null) return '–';
      return currency ? format.amount(row.value, currency) : format.number(row.value);
    },
  };
}

interface BarsProps {
  readonly rows: readonly AttributionRow[];
  readonly shown: Shown;
  readonly currency: string | null;
}

function Bars({ rows, shown, currency }: BarsProps): ReactNode {
  const format = useFormat();
  const words = useRowWords(shown, currency);
  const figure = (row: AttributionRow): number => row[shown] ?? 0;
  const greatest = Math.max(...rows.map((row) => Math.abs(figure(row))), Number.MIN_VALUE);
  return (
    <ol className="grid grid-cols-[minmax(0,1fr)] gap-3 px-5 pb-5 sm:px-6">
      {rows.map((row) => {
        const share = shown === 'conversions' ? row.share : row.valueShare;
        return (
          <li key={`${row.kind} ${row.channel}`} data-testid="attribution-bar" className="text-sm">
            <p className="flex items-baseline justify-between gap-3">
              <bdi className={cn('min-w-0 truncate', row.kind !== 'channel' && 'text-soft')}>
                {words.name(row)}
              </bdi>
              <span className="shrink-0 tabular-nums">
                {words.figure(row)}
                {share === null ? null : <span className="text-soft"> · {format.share(share)}</span>}
              </span>
            </p>
            <span aria-hidden className="mt-1 block h-2 overflow-hidden rounded-full bg-ink/6">
              <span
                className={cn(
                  'block h-full rounded-full',
                  figure(row) < 0 ? 'bg-bad' : row.kind === 'channel' ? 'bg-accent' : 'bg-edge',
                )}
                style={{ width: `${(Math.abs(figure(row)) / greatest) * 100}%` }}
              />
            </span>
          </li>
        );
      })}
    </ol>
  );
}

interface ByModelProps {
  readonly data: Data;
  readonly models: readonly Model[];
  readonly shown: Shown;
}

/** Every channel by every model, so that models can be compared. */
function ByModel({ data, models, shown }: ByModelProps): ReactNode {
  const t = useTranslations('journeys');
  const words = useRowWords(shown, data.currency);
  // A model names only the channels it credits, so what stands below them is brought there.
  const rows = data.rows.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  const channels = [...Map.groupBy(rows, ({ kind, channel }) => `${kind} ${channel}`).entries()];
  const cell = 'whitespace-nowrap py-2 ps-3 text-end tabular-nums';
  return (
    <Card>
      <CardHeader title={t('byModel')} />
      <ScrollRegion label={t('byModel')} className="max-h-[70dvh] px-5 pb-4 sm:px-6">
        <table className="w-full text-sm" data-testid="attribution-table">
          <thead className="border-b text-[0.8125rem] text-soft">
            <tr>
              <th scope="col" className="py-2 pe-3 text-start font-medium">
                {t('channel')}
              </th>
              {models.map((model) => (
                <th key={model} scope="col" className={cn(cell, 'font-medium')}>
                  {t(`model.${model}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y">
            {channels.map(([key, rows]) => (
              <tr key={key} data-testid="attribution-row">
                <th scope="row" className="py-2 pe-3 text-start font-normal">
                  <bdi>{rows[0] ? words.name(rows[0]) : ''}</bdi>
                </th>
                {models.map((model) => {
                  const row = rows.find((each) => each.model === model);
                  return (
                    <td key={model} className={cell}>
                      {row ? words.figure(row) : words.figure({ conversions: 0, value: 0 })}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
          <tfoot className="border-t font-semibold">
            <tr data-testid="attribution-total">
              <th scope="row" className="py-2 pe-3 text-start">
                {t('total')}
              </th>
              {models.map((model) => (
                <td key={model} className={cell}>
                  {words.figure(data.total)}
                </td>
              ))}
            </tr>
          </tfoot>
        </table>
      </ScrollRegion>
    </Card>
  );
}
