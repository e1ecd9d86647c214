'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormat } from '@/client/format-context';
import { readFunnel } from '@/client/journey-state';
import { type Funnel as Data, type FunnelStep, useFunnel } from '@/client/journeys';
import type { MetricInfo } from '@/client/metric-query';
import { DataTable } from '@/components/answers/data-table';
import { useAnswerWords } from '@/components/chart/words';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Card, CardHeader } from '@/components/ui/surface';
import { FunnelForm } from './funnel-form';
import { Answer } from './parts';
import { useDuration } from './use-duration';
import type { DayRange, JourneysState } from './use-journeys';

interface Props {
  readonly catalogue: readonly MetricInfo[];
  readonly journeys: JourneysState;
  readonly range: DayRange;
}

/** How many go from step to step. */
export function Funnel({ catalogue, journeys, range }: Props): ReactNode {
  const state = readFunnel(journeys.ask, catalogue);
  const query = useFunnel({ ...state, ...range });
  return (
    <>
      <FunnelForm {...{ catalogue, state, range }} onChange={journeys.setAsk} onRange={journeys.setRange} />
      <Answer query={query} testId="funnel">
        {(data) => (
          <>
            <Bars steps={data.steps} />
            <Numbers steps={data.steps} />
            {data.members && state.by ? <Members data={data} by={state.by} /> : null}
          </>
        )}
      </Answer>
    </>
  );
}

interface StepsProps {
  readonly steps: readonly FunnelStep[];
}

function Bars({ steps }: StepsProps): ReactNode {
  const t = useTranslations('journeys');
  const format = useFormat();
  const words = useAnswerWords(undefined);
  const duration = useDuration();
  return (
    <Card aria-label={t('funnel')}>
      <CardHeader title={t('funnel')} hint={t('funnelHint')} />
      <ol className="grid grid-cols-[minmax(0,1fr)] gap-1 px-5 pb-5 sm:px-6">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          <li key={index} data-testid="funnel-step">
            {index > 0 && step.shareOfPrevious !== null ? (
              <p className="border-s-2 border-edge/30 border-dashed py-1.5 ps-3 text-[0.8125rem] text-soft">
                {t('goOn', { share: format.share(step.shareOfPrevious) })}
                {step.medianSeconds === null ? null : (
                  <> · {t('median', { time: duration(step.medianSeconds) })}</>
                )}
              </p>
            ) : null}
            <p className="flex items-baseline justify-between gap-3 text-sm">
              <bdi className="min-w-0 truncate font-medium">
                {words.metric({ name: step.metric, label: step.label })}
              </bdi>
              <span className="shrink-0 tabular-nums">
                {format.number(step.subjects)}
                {step.share === null ? null : (
                  <span className="text-soft"> · {format.share(step.share)}</span>
                )}
              </span>
            </p>
            <span aria-hidden className="mt-1 block h-7 overflow-hidden rounded-md bg-ink/6">
              <span
                className="block h-full rounded-md bg-accent"
                style={{ width: `${(step.share ?? 0) * 100}%` }}
              />
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Numbers({ steps }: StepsProps): ReactNode {
  const t = useTranslations('journeys');
  const format = useFormat();
  const words = useAnswerWords(undefined);
  const duration = useDuration();
  const share = (value: number | null): string => (value === null ? '–' : format.share(value));
  const heads = [t('contacts'), t('ofFirst'), t('ofPrevious'), t('medianTime')];
  return (
    <Card>
      <CardHeader title={t('numbers')} />
      <ScrollRegion label={t('numbers')} className="px-5 pb-4 sm:px-6">
        <table className="w-full text-sm" data-testid="funnel-table">
          <thead className="border-b text-[0.8125rem] text-soft">
            <tr>
              <th scope="col" className="py-2 pe-3 text-start font-medium">
                {t('step')}
              </th>
              {heads.map((head) => (
                <th key={head} scope="col" className="whitespace-nowrap py-2 ps-3 text-end font-medium">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y">
            {steps.map((step, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
              <tr key={index}>
                <th scope="row" className="py-2 pe-3 text-start font-normal">
                  {format.number(index + 1)}.{' '}
                  <bdi>{words.metric({ name: step.metric, label: step.label })}</bdi>
                </th>
                {[
                  format.number(step.subjects),
                  share(step.share),
                  share(step.shareOfPrevious),
                  step.medianSeconds === null ? '–' : duration(step.medianSeconds),
                ].map((text, place) => (
                  <td key={heads[place]} className="whitespace-nowrap py-2 ps-3 text-end tabular-nums">
                    {text}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Card>
  );
}

function Members({ data, by }: { readonly data: Data; readonly by: string }): ReactNode {
  const t = useTranslations('journeys');
  const format = useFormat();
  const words = useAnswerWords(undefined);
  const title = t('byDimension', { what: words.dimension(by) });
  return (
    <Card className="overflow-hidden">
      <CardHeader title={title} hint={data.truncated ? t('moreMembers') : undefined} />
      <DataTable
        caption={title}
        testId="funnel-members"
        rows={data.members ?? []}
        columns={[
          {
            key: by,
            label: words.dimension(by),
            numeric: false,
            cellOf: ({ member }) => member,
            show: ({ member }) => <bdi>{words.member(by, member)}</bdi>,
          },
          ...data.steps.map((step, index) => ({
            key: `${index}`,
            label: words.metric({ name: step.metric, label: step.label }),
            numeric: true,
            cellOf: ({ steps }: StepsProps) => steps[index]?.subjects ?? 0,
            show: ({ steps }: StepsProps) => (
              <span className="inline-flex gap-1.5">
                <span>{format.number(steps[index]?.subjects ?? 0)}</span>
                {index > 0 && steps[index]?.share != null ? (
                  <span className="text-soft">{format.share(steps[index].share)}</span>
                ) : null}
              </span>
            ),
          })),
        ]}
      />
    </Card>
  );
}
