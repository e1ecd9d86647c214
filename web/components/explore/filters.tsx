'use client';

import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { type Exploration, sharedDimensions } from '@/client/exploration';
import { type Filter, isRange, type MetricInfo } from '@/client/metric-query';
import { useAnswerWords } from '@/components/chart/words';
import { Button } from '@/components/ui/button';
import { Chip } from './chip';
import { FilterValues, valuesOf } from './filter-values';
import { PickerPopover } from './picker';
import type { ExplorationState } from './use-exploration';

interface Props extends ExplorationState {
  readonly catalogue: readonly MetricInfo[];
}

const SHOWN = 3;

/** Which rows count. */
export function Filters({ catalogue, exploration, change }: Props): ReactNode {
  const t = useTranslations('explore');
  const words = useAnswerWords();
  const [adding, setAdding] = useState(false);
  const [dimension, setDimension] = useState<string>();
  const { filters, metrics } = exploration;
  const set = (name: string, filter: Filter | undefined): void => {
    const { [name]: _old, ...others } = filters;
    change({ filters: filter === undefined ? others : { ...filters, [name]: filter } });
  };
  const free = sharedDimensions(catalogue, metrics).filter((name) => !(name in filters));
  const text = (name: string, filter: Filter): string => {
    if (isRange(filter))
      return t('range', { from: String(filter.gte ?? '…'), to: String(filter.lte ?? '…') });
    const values = valuesOf(filter).map((value) => words.member(name, value));
    const more = values.length - SHOWN;
    return more > 0
      ? t('andMore', { values: values.slice(0, SHOWN).join(', '), count: more })
      : values.join(', ');
  };
  const values = (name: string): ReactNode => (
    <FilterValues
      key={name}
      dimension={name}
      filter={filters[name]}
      onChange={(filter) => set(name, filter)}
      catalogue={catalogue}
      exploration={exploration}
    />
  );
  // A filter that was just begun stays in the card it was begun in.
  const listed = Object.entries(filters).filter(([name]) => !(adding && name === dimension));
  return (
    <>
      {listed.map(([name, filter]) => (
        <Chip
          key={name}
          removeLabel={t('remove', { what: words.dimension(name) })}
          onRemove={() => set(name, undefined)}
        >
          <PickerPopover
            label={words.dimension(name)}
            trigger={
              <button
                type="button"
                data-testid="filter"
                className="min-w-0 truncate rounded-s-lg py-1.5 ps-2.5 pe-1 text-start hover:text-accent"
              >
                <span className="text-soft">{words.dimension(name)}: </span>
                <bdi className="font-medium">{text(name, filter)}</bdi>
              </button>
            }
          >
            {values(name)}
          </PickerPopover>
        </Chip>
      ))}
      <PickerPopover
        label={t('addFilter')}
        open={adding}
        onOpenChange={(open) => {
          setAdding(open);
          setDimension(undefined);
        }}
        trigger={
          <Button size="small" data-testid="add-filter">
            <Plus aria-hidden />
            {t('addFilter')}
          </Button>
        }
      >
        {dimension === undefined ? (
          <DimensionList names={free} labelOf={words.dimension} onChoose={setDimension} />
        ) : (
          <>
            <p className="px-2 pt-1 pb-2 font-medium text-sm">{words.dimension(dimension)}</p>
            {values(dimension)}
          </>
        )}
      </PickerPopover>
    </>
  );
}

interface ListProps {
  readonly names: Exploration['dimensions'];
  readonly labelOf: (name: string) => string;
  readonly onChoose: (name: string) => void;
}

const DimensionList = ({ names, labelOf, onChoose }: ListProps): ReactNode => (
  <ul className="grid overflow-y-auto">
    {names.map((name) => (
      <li key={name}>
        <button
          type="button"
          onClick={() => onChoose(name)}
          className="w-full rounded-lg px-2.5 py-2 text-start text-sm hover:bg-ink/5"
        >
          {labelOf(name)}
        </button>
      </li>
    ))}
  </ul>
);
