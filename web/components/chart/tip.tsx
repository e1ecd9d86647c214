'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Display } from '@/client/metric-query';
import { Mark, type MarkKind } from './marks';
import type { Panel, Point } from './series';
import type { AnswerWords } from './words';

interface Props {
  readonly active: boolean | undefined;
  readonly point: Point | undefined;
  readonly panel: Panel;
  readonly display: Display;
  readonly names: readonly string[];
  readonly words: AnswerWords;
}

interface Entry {
  readonly kind: MarkKind;
  readonly index: number;
  readonly name: string;
  readonly text: string;
}

/** The figures at one place of a chart; read aloud, because the arrow keys move it. */
export function Tip({ active, point, panel, display, names, words }: Props): ReactNode {
  const t = useTranslations('explore');
  if (!active || !point) return null;
  const text = (value: number): string => words.figure(value, panel.metric, panel.currency);
  const metric = words.metric(panel.metric);
  const entries: Entry[] = panel.series.flatMap(({ key }, index) => {
    const value = point.values[key];
    if (typeof value !== 'number') return [];
    return [
      { kind: display === 'line' ? 'line' : 'bar', index, name: names[index] ?? metric, text: text(value) },
    ];
  });
  if (point.previous !== null)
    entries.push({
      kind: 'previous',
      index: 0,
      name: t('beside.previous', { what: metric }),
      text: text(point.previous),
    });
  if (point.forecast !== null && entries.length === 0)
    entries.push({ kind: 'forecast', index: 0, name: t('forecast'), text: text(point.forecast) });
  if (point.band && point.band[0] !== point.band[1])
    entries.push({ kind: 'band', index: 0, name: t('interval'), text: point.band.map(text).join(' – ') });
  return (
    <div
      role="status"
      aria-live="assertive"
      className="max-w-72 rounded-lg border bg-raised px-3 py-2 text-xs shadow-raised"
    >
      <p className="text-faint">
        <bdi>{words.member(panel.axis, point.x)}</bdi>
      </p>
      <ul className="mt-1 grid gap-0.5">
        {entries.map(({ kind, index, name, text: figure }) => (
          <li key={`${kind} ${index}`} className="flex items-center gap-2">
            <Mark kind={kind} index={index} />
            <bdi className="min-w-0 grow truncate text-soft">{name}</bdi>
            <bdi className="ms-2 font-semibold tabular-nums">{figure}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}
