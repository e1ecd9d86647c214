'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useApi } from '@/client/context';
import type { Dataset } from '@/client/datasets';
import { RULES, RULES_PATH, type RuleDefinition, useSuggestions } from '@/client/quality';
import { keys } from '@/client/records';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { FormDialog } from '@/components/ui/form-dialog';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Skeleton } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { columnsOf } from './rule-values';

interface Props {
  readonly dataset: Dataset;
  readonly onClose: () => void;
}

/** Rules that the rows keep to already, to be taken or left. */
export function Suggestions({ dataset, onClose }: Props): ReactNode {
  const t = useTranslations('quality');
  const actions = useTranslations('actions');
  const { data, error, refetch } = useSuggestions(dataset);
  if (data && data.items.length > 0) return <Choice dataset={dataset} items={data.items} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('suggest')}
      description={t('suggestText')}
      testId="suggestions"
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton className="h-24" /> : null}
      {data ? <p className="text-sm text-soft">{t('noSuggestions')}</p> : null}
      <DialogActions>
        <Button onClick={onClose}>{actions('close')}</Button>
      </DialogActions>
    </Dialog>
  );
}

function Choice({
  dataset,
  items,
  onClose,
}: Props & { readonly items: readonly RuleDefinition[] }): ReactNode {
  const t = useTranslations('quality');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const draft = useApiForm<{ taken: boolean[] }>({ taken: items.map(() => true) });
  /** In the reader's language: the platform has only an English name for it. */
  const nameOf = (item: RuleDefinition): string =>
    [t(`kinds.${item.kind}`), columnsOf(item)].filter(Boolean).join(' · ').slice(0, 120);
  const save = async ({ taken }: { taken: boolean[] }): Promise<void> => {
    const wanted = items.filter((_, index) => taken[index]);
    for (const item of wanted)
      await api.post(RULES_PATH, { datasetId: dataset.id, ...item, name: nameOf(item) });
    await api.post(`${RULES_PATH}/check`, { datasetId: dataset.id }).catch(() => undefined);
    await client.invalidateQueries({ queryKey: keys.lists(RULES) });
    await client.invalidateQueries({ queryKey: ['datasets', 'suggestions', dataset.id] });
    toast({ text: t('added', { count: wanted.length }) });
    onClose();
  };
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={save}
      submitLabel={t('take')}
      title={t('suggest')}
      description={t('suggestText')}
      testId="suggestions"
    >
      <ScrollRegion label={t('suggest')} className="max-h-80 rounded-lg border py-1">
        {items.map((item, index) => (
          <label
            key={`${item.kind} ${columnsOf(item)}`}
            data-testid="suggestion"
            className="flex items-start gap-2.5 px-3 py-1.5 text-sm hover:bg-ink/4 max-md:py-2"
          >
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-(--accent)"
              {...draft.form.register(`taken.${index}`)}
            />
            <span className="min-w-0">
              <span className="block">{t(`kinds.${item.kind}`)}</span>
              <span className="block truncate text-faint text-xs">
                <Detail of={item} />
              </span>
            </span>
          </label>
        ))}
      </ScrollRegion>
    </FormDialog>
  );
}

function Detail({ of: item }: { readonly of: RuleDefinition }): ReactNode {
  const t = useTranslations('quality');
  const { kind, min, values = [], pattern, hours } = item;
  const rest =
    kind === 'range' || kind === 'row-count'
      ? `≥ ${min}`
      : kind === 'accepted-values'
        ? values.join(', ')
        : kind === 'freshness'
          ? t('withinHours', { hours: hours ?? 0 })
          : (pattern ?? '');
  return (
    <>
      <bdi className="font-mono">{columnsOf(item)}</bdi> <bdi>{rest}</bdi>
    </>
  );
}
