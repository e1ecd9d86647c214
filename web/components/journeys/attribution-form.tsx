'use client';

import { Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type AttributionState, channelOf, withSubject } from '@/client/journey-state';
import { MODELS } from '@/client/journeys';
import type { MetricInfo } from '@/client/metric-query';
import { useAnswerWords } from '@/components/chart/words';
import { Button } from '@/components/ui/button';
import { CheckField } from '@/components/ui/check-field';
import { Field, Select } from '@/components/ui/field';
import { Card } from '@/components/ui/surface';
import { RangeFields, SelectionField, WholeInput } from './parts';
import type { DayRange } from './use-journeys';

interface Props {
  readonly catalogue: readonly MetricInfo[];
  readonly state: AttributionState;
  readonly range: DayRange;
  readonly onChange: (state: AttributionState) => void;
  readonly onRange: (range: DayRange) => void;
}

/** What is owed, to which touches, and how it is shared among them. */
export function AttributionForm({ catalogue, state, range, onChange, onRange }: Props): ReactNode {
  const t = useTranslations('journeys');
  const metrics = withSubject(catalogue);
  return (
    <Card aria-label={t('question')} className="divide-y" data-testid="attribution-form">
      <div className="px-5 py-4 sm:px-6">
        <SelectionField
          label={t('conversion')}
          testId="conversion"
          value={state.conversion}
          onChange={(conversion) => onChange({ ...state, conversion })}
          {...{ metrics, range }}
        />
      </div>
      <Touches {...{ metrics, state, range, onChange }} />
      <div className="grid gap-x-4 gap-y-3 px-5 py-4 sm:grid-cols-2 sm:px-6 lg:grid-cols-4">
        <RangeFields range={range} onChange={onRange} />
        <Field label={t('lookback')}>
          {(control) => (
            <WholeInput
              {...control}
              data-testid="lookback"
              value={state.lookbackDays}
              min={1}
              max={3660}
              onWhole={(days) => onChange({ ...state, lookbackDays: days ?? 90 })}
            />
          )}
        </Field>
      </div>
      <fieldset className="px-5 py-4 sm:px-6">
        <legend className="float-start mb-2 w-full font-medium text-[0.8125rem]">{t('models')}</legend>
        <div className="clear-both grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
          {MODELS.map((model) => {
            const chosen = state.model.includes(model);
            return (
              <CheckField
                key={model}
                label={t(`model.${model}`)}
                hint={t(`modelHint.${model}`)}
                checked={chosen}
                disabled={chosen && state.model.length === 1}
                onChange={({ target }) =>
                  onChange({
                    ...state,
                    model: MODELS.filter((name) =>
                      name === model ? target.checked : state.model.includes(name),
                    ),
                  })
                }
              />
            );
          })}
        </div>
      </fieldset>
    </Card>
  );
}

interface TouchesProps extends Pick<Props, 'state' | 'range' | 'onChange'> {
  readonly metrics: readonly MetricInfo[];
}

function Touches({ metrics, state, range, onChange }: TouchesProps): ReactNode {
  const t = useTranslations('journeys');
  const words = useAnswerWords(undefined);
  const { touches } = state;
  const set = (next: AttributionState['touches']): void => onChange({ ...state, touches: next });
  const usable = metrics.filter(({ dimensions }) => dimensions.length > 0);
  const next = usable.find(({ name }) => touches.every(({ metric }) => metric !== name)) ?? usable[0];
  return (
    <>
      <ul className="divide-y">
        {touches.map((touch, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a touch is its place
          <li key={index} className="px-5 py-4 sm:px-6">
            <SelectionField
              label={t('touchNumber', { number: index + 1 })}
              testId={`touch-${index + 1}`}
              value={touch}
              metrics={usable}
              range={range}
              onChange={({ metric, filters }) => {
                const same = metric === touch.metric;
                const dimension = same ? touch.dimension : (channelOf(usable, metric) ?? '');
                set(touches.with(index, { metric, filters, dimension }));
              }}
              beside={
                <Field label={t('channelIs')} className="min-w-36 max-w-56 grow">
                  {(control) => (
                    <Select
                      {...control}
                      value={touch.dimension}
                      onChange={({ target }) =>
                        set(touches.with(index, { ...touch, dimension: target.value }))
                      }
                    >
                      {usable
                        .find(({ name }) => name === touch.metric)
                        ?.dimensions.map((name) => (
                          <option key={name} value={name}>
                            {words.dimension(name)}
                          </option>
                        ))}
                    </Select>
                  )}
                </Field>
              }
              end={
                touches.length > 1 ? (
                  <Button
                    tone="ghost"
                    size="icon"
                    aria-label={t('removeTouch', { number: index + 1 })}
                    onClick={() => set(touches.toSpliced(index, 1))}
                  >
                    <Trash2 aria-hidden />
                  </Button>
                ) : null
              }
            />
          </li>
        ))}
      </ul>
      {next && touches.length < 10 ? (
        <div className="px-5 py-3 sm:px-6">
          <Button
            size="small"
            onClick={() =>
              set([
                ...touches,
                { metric: next.name, filters: {}, dimension: channelOf(usable, next.name) ?? '' },
              ])
            }
          >
            <Plus aria-hidden />
            {t('addTouch')}
          </Button>
        </div>
      ) : null}
    </>
  );
}
