'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { additive, type RetentionState, withSubject } from '@/client/journey-state';
import { COHORT_GRAINS } from '@/client/journeys';
import type { MetricInfo } from '@/client/metric-query';
import { CheckField } from '@/components/ui/check-field';
import { Field, Select } from '@/components/ui/field';
import { Card } from '@/components/ui/surface';
import { RangeFields, SelectionField, WholeInput } from './parts';
import type { DayRange } from './use-journeys';

interface Props {
  readonly catalogue: readonly MetricInfo[];
  readonly state: RetentionState;
  readonly range: DayRange;
  readonly onChange: (state: RetentionState) => void;
  readonly onRange: (range: DayRange) => void;
}

/** What makes a cohort, what counts as coming back, and what is added up. */
export function RetentionForm({ catalogue, state, range, onChange, onRange }: Props): ReactNode {
  const t = useTranslations('journeys');
  const metrics = withSubject(catalogue);
  const { value, ...withoutValue } = state;
  return (
    <Card aria-label={t('question')} className="divide-y" data-testid="retention-form">
      <div className="grid gap-x-4 gap-y-4 px-5 py-4 sm:px-6 lg:grid-cols-3">
        <SelectionField
          label={t('startsWith')}
          testId="retention-start"
          value={state.start}
          onChange={(start) => onChange({ ...state, start })}
          {...{ metrics, range }}
        />
        <SelectionField
          label={t('returnsWith')}
          testId="retention-return"
          value={state.return}
          onChange={(back) => onChange({ ...state, return: back })}
          {...{ metrics, range }}
        />
        <SelectionField
          label={t('addsUp')}
          testId="retention-value"
          value={value}
          onChange={(next) => onChange({ ...state, value: next })}
          none={{ label: t('nothing'), onChoose: () => onChange(withoutValue) }}
          metrics={additive(catalogue)}
          range={range}
        />
      </div>
      <div className="grid gap-x-4 gap-y-3 px-5 py-4 sm:grid-cols-2 sm:px-6 lg:grid-cols-5">
        <RangeFields range={range} onChange={onRange} />
        <Field label={t('grain')}>
          {(control) => (
            <Select
              {...control}
              data-testid="retention-grain"
              value={state.grain}
              onChange={({ target }) => {
                const grain = COHORT_GRAINS.find((name) => name === target.value);
                if (grain) onChange({ ...state, grain });
              }}
            >
              {COHORT_GRAINS.map((grain) => (
                <option key={grain} value={grain}>
                  {t(`grains.${grain}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('periods')}>
          {(control) => (
            <WholeInput
              {...control}
              data-testid="retention-periods"
              value={state.periods}
              min={1}
              max={36}
              onWhole={(periods) => onChange({ ...state, periods: periods ?? 12 })}
            />
          )}
        </Field>
        <Field label={t('kind')}>
          {(control) => (
            <Select
              {...control}
              value={state.kind}
              onChange={({ target }) =>
                onChange({ ...state, kind: target.value === 'on' ? 'on' : 'on-or-after' })
              }
            >
              <option value="on">{t('kinds.on')}</option>
              <option value="on-or-after">{t('kinds.after')}</option>
            </Select>
          )}
        </Field>
        <div className="sm:col-span-2 lg:col-span-5">
          <CheckField
            label={t('newOnly')}
            checked={state.newOnly}
            onChange={({ target }) => onChange({ ...state, newOnly: target.checked })}
          />
        </div>
      </div>
    </Card>
  );
}
