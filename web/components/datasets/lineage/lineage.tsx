'use client';

import { useLocale, useTranslations } from 'next-intl';
import { type ReactNode, useId } from 'react';
import type { Dataset } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { type LineageNode, useLineage } from '@/client/quality';
import { Badge, type Tone } from '@/components/ui/badge';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Card, CardHeader, Skeleton } from '@/components/ui/surface';
import { directionOf } from '@/i18n/routing';
import { layOut } from './layout';
import { Picture } from './picture';

const KINDS = ['source', 'load', 'dataset', 'rule', 'metric', 'chart'] as const;

/** Where the rows come from and what is made of them: a picture, and the same as a list. */
export function LineageView({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('quality');
  const locale = useLocale();
  const format = useFormat();
  const { data, error, refetch } = useLineage(dataset);
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-72 rounded-2xl" />;
  // What came without a name is called by its time.
  const nodes = data.nodes.map((node) =>
    node.label === node.id && node.at ? { ...node, label: format.dateTime(node.at) } : node,
  );
  const picture = layOut({ ...data, nodes });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4" data-testid="lineage">
      <Card>
        <CardHeader title={t('lineage')} hint={t('lineageText')} />
        <ScrollRegion label={t('lineage')} className="px-5 pb-5 sm:px-6">
          <Picture
            of={picture}
            mirrored={directionOf(locale) === 'rtl'}
            label={t('lineageOf', { name: dataset.name })}
          />
        </ScrollRegion>
        {picture.olderLoads > 0 ? (
          <p className="px-5 pb-4 text-faint text-xs sm:px-6">
            {t('olderLoads', { count: picture.olderLoads })}
          </p>
        ) : null}
      </Card>
      <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        {KINDS.map((kind) => {
          const own = nodes.filter((node) => node.kind === kind);
          return own.length === 0 ? null : <NodeList key={kind} kind={kind} nodes={own} />;
        })}
      </div>
    </div>
  );
}

const TONES: Readonly<Record<string, Tone>> = {
  done: 'good',
  passed: 'good',
  running: 'info',
  unchecked: 'warn',
  failed: 'bad',
};

/** The nodes of one kind, as the picture has them. */
function NodeList({
  kind,
  nodes,
}: {
  readonly kind: LineageNode['kind'];
  readonly nodes: readonly LineageNode[];
}): ReactNode {
  const t = useTranslations('quality');
  const format = useFormat();
  const id = useId();
  return (
    <Card>
      <h3 id={id} className="px-5 pt-4 pb-2 font-semibold text-sm">
        {t(`nodes.${kind}`)}
      </h3>
      <ul aria-labelledby={id} className="divide-y border-t text-sm">
        {nodes.map(({ id: node, label, state, at }) => (
          <li key={node} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-5 py-2">
            <bdi className="min-w-0 grow truncate">{label}</bdi>
            {state ? <Badge tone={TONES[state] ?? 'neutral'}>{t(`nodeStates.${state}`)}</Badge> : null}
            {at ? (
              <time className="text-faint text-xs" dateTime={at} title={format.dateTime(at)}>
                {format.ago(at)}
              </time>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}
