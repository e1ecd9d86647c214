'use client';

import { ListChecks, Plus, ShieldCheck, Sparkles } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import type { Dataset } from '@/client/datasets';
import { useHasRole } from '@/client/me';
import { RULES_PATH, type Rule, useFailedRules, useRules } from '@/client/quality';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { useProblemText } from '@/components/ui/problem-notice';
import { EmptyState } from '@/components/ui/surface';
import { useToast } from '@/components/ui/toast';
import { FailedRules } from './failed-rules';
import { RuleForm } from './rule-form';
import { RuleRow } from './rule-row';
import { Suggestions } from './suggestions';

/** The name of the tab, with the rules that have failed. */
export function QualityTab({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('quality');
  const failed = useFailedRules().get(dataset.id);
  return (
    <span className="inline-flex items-center gap-1.5">
      {t('title')} <FailedRules count={failed} />
    </span>
  );
}

/** The rules of a dataset, and how they stand. */
export function Quality({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('quality');
  const mayWrite = useHasRole('editor');
  const rules = useRules(dataset.id);
  const [asked, setAsked] = useState<'add' | 'suggest' | Rule>();
  const close = (): void => setAsked(undefined);
  const add = (
    <>
      <Button onClick={() => setAsked('suggest')} data-testid="suggest-rules">
        <Sparkles aria-hidden />
        {t('suggest')}
      </Button>
      <Button tone="primary" onClick={() => setAsked('add')} data-testid="add-rule">
        <Plus aria-hidden />
        {t('add')}
      </Button>
    </>
  );
  return (
    <>
      {mayWrite && rules.data?.length ? (
        <div className="mb-4 flex flex-wrap justify-end gap-2">
          <CheckNow dataset={dataset} />
          {add}
        </div>
      ) : null}
      <CardList
        query={rules}
        testId="rules"
        empty={
          <EmptyState icon={<ShieldCheck />} title={t('none')} text={t('noneText')} testId="no-rules">
            {mayWrite ? add : null}
          </EmptyState>
        }
      >
        {(rule) => <RuleRow key={rule.id} rule={rule} onEdit={() => setAsked(rule)} />}
      </CardList>
      {asked === 'suggest' ? <Suggestions dataset={dataset} onClose={close} /> : null}
      {asked !== undefined && asked !== 'suggest' ? (
        <RuleForm dataset={dataset} {...(asked === 'add' ? {} : { rule: asked })} onClose={close} />
      ) : null}
    </>
  );
}

function CheckNow({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('quality');
  const api = useApi();
  const toast = useToast();
  const problemText = useProblemText();
  const rules = useRules(dataset.id);
  const [busy, setBusy] = useState(false);
  const check = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.post(`${RULES_PATH}/check`, { datasetId: dataset.id });
      await rules.refetch();
    } catch (error) {
      toast({ text: problemText(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} onClick={check} data-testid="check-rules">
      <ListChecks aria-hidden />
      {t('check')}
    </Button>
  );
}
