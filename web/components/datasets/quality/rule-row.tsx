'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { useFormat } from '@/client/format-context';
import { useHasRole } from '@/client/me';
import { isAboutRows, RULES, RULES_PATH, type Rule } from '@/client/quality';
import { etagOf, keys } from '@/client/records';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { DetailsRow } from '@/components/ui/details-row';
import { useProblemText } from '@/components/ui/problem-notice';
import { useToast } from '@/components/ui/toast';
import { FailingRows } from './failing-rows';
import { columnsOf } from './rule-values';

/** One rule: what it asks, how it stands, and the rows that break it. */
export function RuleRow({ rule, onEdit }: { readonly rule: Rule; readonly onEdit: () => void }): ReactNode {
  const t = useTranslations('quality');
  const format = useFormat();
  const mayWrite = useHasRole('editor');
  const [open, setOpen] = useState(false);
  const about = [t(`kinds.${rule.kind}`), columnsOf(rule)].filter(Boolean).join(' · ');
  return (
    <DetailsRow
      testId="rule"
      state={rule.state}
      onToggle={setOpen}
      summary={
        <>
          <span className="min-w-0 grow basis-52">
            <span className="block truncate font-medium">
              <bdi>{rule.name}</bdi>
            </span>
            {about === rule.name ? null : (
              <span className="block truncate text-faint text-xs">
                <bdi>{about}</bdi>
              </span>
            )}
          </span>
          {rule.blocking ? <Badge>{t('blocks')}</Badge> : null}
          <Finding rule={rule} />
          <Badge tone={toneOf(rule)}>{t(rule.enabled ? `states.${rule.state}` : 'off')}</Badge>
          {rule.checkedAt ? (
            <time
              className="text-faint text-xs"
              dateTime={rule.checkedAt}
              title={format.dateTime(rule.checkedAt)}
            >
              {format.ago(rule.checkedAt)}
            </time>
          ) : null}
        </>
      }
    >
      {rule.message ? (
        <p dir="auto" className="rounded-lg bg-warn-tint px-3 py-2 text-sm">
          {rule.message}
        </p>
      ) : null}
      {rule.state === 'failed' && isAboutRows(rule) && open ? <FailingRows rule={rule} /> : null}
      {rule.state === 'failed' && rule.kind === 'freshness' ? (
        <p className="text-sm text-soft">{t('stale', { hours: format.number(rule.hours ?? 0) })}</p>
      ) : null}
      {mayWrite ? <Actions rule={rule} onEdit={onEdit} /> : null}
    </DetailsRow>
  );
}

function toneOf({ enabled, state, severity }: Rule): Tone {
  if (!enabled || state === 'new') return 'neutral';
  if (state === 'passed') return 'good';
  return state === 'failed' && severity === 'error' ? 'bad' : 'warn';
}

/** Rows that break the rule, or what was measured against what was expected. */
function Finding({ rule }: { readonly rule: Rule }): ReactNode {
  const t = useTranslations('quality');
  const format = useFormat();
  const { state, failing = 0, total = 0, measured, expected, kind } = rule;
  if (state === 'new' || state === 'unchecked' || kind === 'freshness') return null;
  if (isAboutRows(rule))
    return failing === 0 ? null : (
      <span className="text-soft tabular-nums" data-testid="failing-count">
        {t('failingOf', { failing: format.number(failing), total: format.number(total) })}
      </span>
    );
  if (measured === undefined) return null;
  const shown = (value: number): string => {
    const rounded = format.number(Number(value.toPrecision(4)));
    return kind === 'drift' && rule.measure !== 'mean' ? `${rounded} %` : rounded;
  };
  return (
    <span className="text-soft tabular-nums">
      {expected === undefined
        ? shown(measured)
        : t('measuredOf', { measured: shown(measured), expected: shown(expected) })}
    </span>
  );
}

function Actions({ rule, onEdit }: { readonly rule: Rule; readonly onEdit: () => void }): ReactNode {
  const t = useTranslations('quality');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const path = `${RULES_PATH}/${rule.id}`;
  const act = (work: () => Promise<unknown>) => async (): Promise<void> => {
    try {
      await work();
      await client.invalidateQueries({ queryKey: keys.lists(RULES) });
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    }
  };
  const restore = act(() => api.post(`${path}/restore`));
  const remove = act(async () => {
    await api.delete(path);
    toast({
      text: t('deleted', { name: rule.name }),
      action: { label: t('undo'), run: () => void restore() },
    });
  });
  return (
    <div className="flex flex-wrap gap-2">
      <Button size="small" onClick={onEdit}>
        {t('edit')}
      </Button>
      <Button size="small" onClick={act(() => api.patch(path, { enabled: !rule.enabled }, etagOf(rule)))}>
        {t(rule.enabled ? 'switchOff' : 'switchOn')}
      </Button>
      <Button size="small" onClick={remove}>
        {t('delete')}
      </Button>
    </div>
  );
}
