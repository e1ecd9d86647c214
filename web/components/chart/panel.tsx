'use client';

import { useLocale, useTranslations } from 'next-intl';
import { type ReactNode, useId } from 'react';
import type { Display } from '@/client/metric-query';
import { directionOf } from '@/i18n/routing';
import { Legend, type LegendItem } from './legend';
import { Plot } from './plot';
import { type Panel, PERIOD } from './series';
import type { AnswerWords } from './words';

interface Props {
  readonly panel: Panel;
  readonly display: Exclude<Display, 'table'>;
  readonly words: AnswerWords;
}

/** One metric as a chart: its name, what the marks mean, and the marks. */
export function ChartPanel({ panel, display, words }: Props): ReactNode {
  const t = useTranslations('explore');
  const rtl = directionOf(useLocale()) === 'rtl';
  const id = useId();
  const metric = words.metric(panel.metric);
  const title = panel.currency ? `${metric} (${panel.currency})` : metric;
  const names = panel.series.map(({ members }) =>
    members.length === 0
      ? metric
      : members.map(({ dimension, value }) => words.member(dimension, value)).join(' · '),
  );
  const legend: LegendItem[] = [
    ...panel.series.map(({ key }, index) => ({
      key,
      index,
      kind: display === 'line' ? ('line' as const) : ('bar' as const),
      name: names[index] ?? metric,
    })),
    ...(panel.compared
      ? [
          {
            key: 'previous',
            index: 0,
            kind: 'previous' as const,
            name: t('beside.previous', { what: metric }),
          },
        ]
      : []),
    ...(panel.forecasted && display === 'line'
      ? [
          { key: 'forecast', index: 0, kind: 'forecast' as const, name: t('forecast') },
          { key: 'band', index: 0, kind: 'band' as const, name: t('interval') },
        ]
      : []),
  ];
  return (
    <figure aria-labelledby={id} data-panel className="min-w-0">
      <figcaption className="mb-3 grid gap-2 px-1">
        <span id={id} data-panel-title className="font-medium text-sm">
          {panel.axis === PERIOD ? title : t('titleBy', { what: title, by: words.dimension(panel.axis) })}
        </span>
        {legend.length > 1 ? <Legend items={legend} /> : null}
      </figcaption>
      <Plot panel={panel} display={display} words={words} names={names} rtl={rtl} />
      {panel.hidden.series + panel.hidden.points > 0 ? (
        <p className="mt-2 px-1 text-faint text-xs">
          {t('hidden', { count: panel.hidden.series + panel.hidden.points })}
        </p>
      ) : null}
    </figure>
  );
}
