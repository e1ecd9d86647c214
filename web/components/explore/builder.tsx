'use client';

import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { sharedDimensions } from '@/client/exploration';
import type { MetricInfo } from '@/client/metric-query';
import { useAnswerWords } from '@/components/chart/words';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/surface';
import { Chip, ChipText } from './chip';
import { Filters } from './filters';
import { CheckList, PickerPopover } from './picker';
import { TimeRow } from './time-row';
import type { ExplorationState } from './use-exploration';

interface Props extends ExplorationState {
  readonly catalogue: readonly MetricInfo[];
}

/** What is asked: metrics, what they are split by, which rows count, and when. */
export function Builder({ catalogue, exploration, change }: Props): ReactNode {
  const t = useTranslations('explore');
  const words = useAnswerWords();
  const metricNamed = (name: string): string => {
    const metric = catalogue.find((each) => each.name === name);
    return metric ? words.metric(metric) : name;
  };
  const { metrics, dimensions } = exploration;
  return (
    <Card aria-label={t('question')} className="divide-y" data-testid="builder">
      <Row label={t('metrics')}>
        <Chosen
          names={metrics}
          labelOf={metricNamed}
          onChange={(next) => change({ metrics: next })}
          addLabel={t('addMetric')}
          testId="add-metric"
          options={catalogue.map((metric) => ({
            key: metric.name,
            label: words.metric(metric),
            hint: metric.description,
            group: t(metric.custom ? 'ownMetrics' : `formats.${metric.format}`),
          }))}
        />
      </Row>
      {metrics.length > 0 ? (
        <>
          <Row label={t('splitBy')}>
            <Chosen
              names={dimensions}
              labelOf={words.dimension}
              onChange={(next) => change({ dimensions: next })}
              addLabel={t('addDimension')}
              testId="add-dimension"
              options={sharedDimensions(catalogue, metrics).map((name) => ({
                key: name,
                label: words.dimension(name),
              }))}
            />
          </Row>
          <Row label={t('filters')}>
            <Filters catalogue={catalogue} exploration={exploration} change={change} />
          </Row>
          <TimeRow exploration={exploration} change={change} />
        </>
      ) : null}
    </Card>
  );
}

const Row = ({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode => (
  <div className="grid gap-x-4 gap-y-2 px-5 py-3 sm:grid-cols-[7.5rem_minmax(0,1fr)] sm:px-6">
    <p className="pt-1.5 font-medium text-[0.8125rem] text-soft">{label}</p>
    <div className="flex min-w-0 flex-wrap items-center gap-2">{children}</div>
  </div>
);

interface ChosenProps {
  readonly names: readonly string[];
  readonly labelOf: (name: string) => string;
  readonly onChange: (names: readonly string[]) => void;
  readonly addLabel: string;
  readonly testId: string;
  readonly options: React.ComponentProps<typeof CheckList>['options'];
}

function Chosen({ names, labelOf, onChange, addLabel, testId, options }: ChosenProps): ReactNode {
  const t = useTranslations('explore');
  return (
    <>
      {names.map((name) => (
        <Chip
          key={name}
          removeLabel={t('remove', { what: labelOf(name) })}
          onRemove={() => onChange(names.filter((other) => other !== name))}
        >
          <ChipText>
            <bdi>{labelOf(name)}</bdi>
          </ChipText>
        </Chip>
      ))}
      <PickerPopover
        label={addLabel}
        trigger={
          <Button size="small" data-testid={testId}>
            <Plus aria-hidden />
            {addLabel}
          </Button>
        }
      >
        <CheckList
          label={addLabel}
          options={options}
          chosen={names}
          onToggle={(name, on) => onChange(on ? [...names, name] : names.filter((other) => other !== name))}
        />
      </PickerPopover>
    </>
  );
}
