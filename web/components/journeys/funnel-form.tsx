'use client';

import { Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type FunnelState, withSubject } from '@/client/journey-state';
import { type RowSelection, STEPS } from '@/client/journeys';
import type { MetricInfo } from '@/client/metric-query';
import { useAnswerWords } from '@/components/chart/words';
import { Button } from '@/components/ui/button';
import { Field, Select } from '@/components/ui/field';
import { Card } from '@/components/ui/surface';
import { RangeFields, SelectionField, WholeInput } from './parts';
import type { DayRange } from './use-journeys';

interface Props {
  readonly catalogue: readonly MetricInfo[];
  readonly state: FunnelState;
  readonly range: DayRange;
  readonly onChange: (state: FunnelState) => void;
  readonly onRange: (range: DayRange) => void;
}

/** The steps, how long one may take, and what they are compared by. */
export function FunnelForm({ catalogue, state, range, onChange, onRange }: Props): ReactNode {
  const t = useTranslations('journeys');
  const words = useAnswerWords(undefined);
  const { steps, within, by, order } = state;
  const metrics = withSubject(catalogue);
  const setSteps = (next: readonly RowSelection[]): void => onChange({ ...state, steps: next });
  const dimensions = metrics.find(({ name }) => name === steps[0]?.metric)?.dimensions ?? [];
  const [next] = metrics.filter(({ name }) => steps.every(({ metric }) => metric !== name));
  return (
    <Card aria-label={t('question')} className="divide-y" data-testid="funnel-form">
      <ol className="divide-y">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          <li key={index} className="px-5 py-4 sm:px-6">
            <SelectionField
              label={t('stepNumber', { number: index + 1 })}
              value={step}
              metrics={metrics}
              range={range}
              testId={`step-${index + 1}`}
              onChange={(changed) => setSteps(steps.with(index, changed))}
              end={
                steps.length > STEPS.least ? (
                  <Button
                    tone="ghost"
                    size="icon"
                    aria-label={t('removeStep', { number: index + 1 })}
                    onClick={() => setSteps(steps.toSpliced(index, 1))}
                  >
                    <Trash2 aria-hidden />
                  </Button>
                ) : null
              }
            />
          </li>
        ))}
      </ol>
      {steps.length < STEPS.most ? (
        <div className="px-5 py-3 sm:px-6">
          <Button
            size="small"
            data-testid="add-step"
            onClick={() =>
              setSteps([...steps, { metric: next?.name ?? steps[0]?.metric ?? '', filters: {} }])
            }
          >
            <Plus aria-hidden />
            {t('addStep')}
          </Button>
        </div>
      ) : null}
      <div className="grid gap-x-4 gap-y-3 px-5 py-4 sm:grid-cols-2 sm:px-6 lg:grid-cols-5">
        <RangeFields range={range} onChange={onRange} />
        <Field label={t('within')} hint={within ? undefined : t('noLimit')}>
          {(control) => (
            <WholeInput
              {...control}
              data-testid="within"
              value={within?.days}
              min={1}
              max={3660}
              onWhole={(days) => {
                const { within: _old, ...rest } = state;
                onChange(days === undefined ? rest : { ...rest, within: { days } });
              }}
            />
          )}
        </Field>
        <Field label={t('by')}>
          {(control) => (
            <Select
              {...control}
              data-testid="funnel-by"
              value={by ?? ''}
              onChange={({ target }) => {
                const { by: _old, ...rest } = state;
                onChange(target.value === '' ? rest : { ...rest, by: target.value });
              }}
            >
              <option value="">{t('byNothing')}</option>
              {dimensions.map((name) => (
                <option key={name} value={name}>
                  {words.dimension(name)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('order')}>
          {(control) => (
            <Select
              {...control}
              value={order}
              onChange={({ target }) =>
                onChange({ ...state, order: target.value === 'any' ? 'any' : 'strict' })
              }
            >
              <option value="strict">{t('orders.strict')}</option>
              <option value="any">{t('orders.any')}</option>
            </Select>
          )}
        </Field>
      </div>
    </Card>
  );
}
