'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useWatch } from 'react-hook-form';
import { useApi } from '@/client/context';
import type { Dataset } from '@/client/datasets';
import { RULE_KINDS, RULES, RULES_PATH, type Rule } from '@/client/quality';
import { etagOf, keys } from '@/client/records';
import { CheckField } from '@/components/ui/check-field';
import { Field, Input, Select } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { useToast } from '@/components/ui/toast';
import { useApiForm } from '@/components/use-api-form';
import { RuleFields } from './rule-fields';
import { type RuleValues, ruleData, ruleValues, withoutNulls } from './rule-values';

interface Props {
  readonly dataset: Dataset;
  /** To be changed; a new one without. */
  readonly rule?: Rule;
  readonly onClose: () => void;
}

/** A rule is made or changed; it is checked at once where there are rows. */
export function RuleForm({ dataset, rule, onClose }: Props): ReactNode {
  const t = useTranslations('quality');
  const forms = useTranslations('forms');
  const api = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const draft = useApiForm<RuleValues>(ruleValues(rule));
  const { register, control } = draft.form;
  const [kind, severity, column] = useWatch({ control, name: ['kind', 'severity', 'column'] });
  const type = dataset.columns.find(({ name }) => name === column)?.type;
  const save = async (values: RuleValues): Promise<void> => {
    const data = ruleData(values, type);
    const saved = rule
      ? await api.patch<Rule>(`${RULES_PATH}/${rule.id}`, data, etagOf(rule))
      : await api.post<Rule>(RULES_PATH, { datasetId: dataset.id, ...withoutNulls(data) });
    // What is known of it before the next load; that it could not be found out now stands with the rule.
    if (dataset.rows > 0)
      await api
        .post(`${RULES_PATH}/check`, { datasetId: dataset.id, ruleId: saved.id })
        .catch(() => undefined);
    await client.invalidateQueries({ queryKey: keys.lists(RULES) });
    toast({ text: t('saved') });
    onClose();
  };
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={save}
      submitLabel={forms('save')}
      title={t(rule ? 'edit' : 'add')}
      testId="rule-form"
      wide
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t('kind')} hint={t(`kindHints.${kind}`)} error={draft.errorOf('kind')}>
          {(field) => (
            <Select {...field} {...register('kind')}>
              {RULE_KINDS.map((value) => (
                <option key={value} value={value}>
                  {t(`kinds.${value}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('name')} error={draft.errorOf('name')}>
          {(field) => (
            <Input {...field} maxLength={120} {...register('name', { required: forms('required') })} />
          )}
        </Field>
      </div>
      <RuleFields dataset={dataset} kind={kind} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t('severity')} error={draft.errorOf('severity')}>
          {(field) => (
            <Select {...field} {...register('severity')}>
              <option value="error">{t('severities.error')}</option>
              <option value="warning">{t('severities.warning')}</option>
            </Select>
          )}
        </Field>
      </div>
      {severity === 'error' && kind !== 'freshness' ? (
        <CheckField label={t('blocking')} hint={t('blockingHint')} {...register('blocking')} />
      ) : null}
    </FormDialog>
  );
}
