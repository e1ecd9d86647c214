'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Cell } from '@/client/analytics';
import { type Exploration, questionOf } from '@/client/exploration';
import { useAnswer } from '@/client/explorer';
import { type Filter, isRange, type MetricInfo, type MetricQuery } from '@/client/metric-query';
import { useAnswerWords } from '@/components/chart/words';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Skeleton } from '@/components/ui/surface';
import { CheckList } from './picker';

const OFFERED = 200;

/** The values a filter lets through; none for a range. */
export const valuesOf = (filter: Filter | undefined): readonly Cell[] => {
  if (filter === undefined || isRange(filter)) return [];
  return Array.isArray(filter) ? (filter as readonly Cell[]) : [filter as Cell];
};

interface Props {
  readonly dimension: string;
  readonly filter: Filter | undefined;
  readonly onChange: (filter: Filter | undefined) => void;
  readonly catalogue: readonly MetricInfo[];
  readonly exploration: Exploration;
}

/** Picks values of a dimension from those that matter most in the chosen period, or types others. */
export function FilterValues({ dimension, filter, onChange, catalogue, exploration }: Props): ReactNode {
  const t = useTranslations('explore');
  const words = useAnswerWords();
  const [question] = useState(() => membersQuestion(dimension, catalogue, exploration));
  const { data, error, isPlaceholderData } = useAnswer(question);
  if (error) return <ProblemNotice error={error} />;
  if (!data || isPlaceholderData) return <Skeleton className="m-2 h-32" />;
  const type = data.columns.find(({ name }) => name === dimension)?.type;
  if (type === 'number') return <RangeFields filter={filter} onChange={onChange} />;

  const chosen = valuesOf(filter);
  const known = data.rows.map((row) => row[dimension] ?? null);
  const all = [...new Map([...known, ...chosen].map((value) => [JSON.stringify(value), value])).entries()];
  const choose = (values: readonly Cell[]): void => onChange(values.length === 0 ? undefined : values);
  return (
    <CheckList
      label={words.dimension(dimension)}
      options={all.map(([key, value]) => ({ key, label: words.member(dimension, value) }))}
      chosen={chosen.map((value) => JSON.stringify(value))}
      onToggle={(key, on) => {
        const value = JSON.parse(key) as Cell;
        choose(on ? [...chosen, value] : chosen.filter((other) => other !== value));
      }}
      after={(text, found) =>
        type === 'text' && text !== '' && found === 0 ? (
          <Button tone="link" className="m-2" onClick={() => choose([...chosen, text])}>
            {t('useValue', { value: text })}
          </Button>
        ) : null
      }
    />
  );
}

/** Asks for the members of a dimension, greatest first, by a metric that is asked for; amounts are told by currency. */
function membersQuestion(
  dimension: string,
  catalogue: readonly MetricInfo[],
  exploration: Exploration,
): MetricQuery | undefined {
  const own = catalogue.filter(({ name }) => exploration.metrics.includes(name));
  const metric = own.find(({ format }) => format !== 'money') ?? own[0];
  if (!metric) return undefined;
  const { [dimension]: _own, ...filters } = exploration.filters;
  const { period, from, to } = exploration;
  const byCurrency = metric.format === 'money' && metric.dimensions.includes('currency');
  const dimensions = [...new Set([dimension, ...(byCurrency ? ['currency'] : [])])];
  const question = questionOf({ metrics: [metric.name], dimensions, filters, period, from, to }, Date.now());
  return question && { ...question, limit: OFFERED };
}

interface RangeProps {
  readonly filter: Filter | undefined;
  readonly onChange: (filter: Filter | undefined) => void;
}

function RangeFields({ filter, onChange }: RangeProps): ReactNode {
  const t = useTranslations('explore');
  const range = filter !== undefined && isRange(filter) ? filter : {};
  const set = (bound: 'gte' | 'lte', text: string): void => {
    const { [bound]: _old, ...other } = range;
    const next = text === '' ? other : { ...other, [bound]: Number(text) };
    onChange(Object.keys(next).length === 0 ? undefined : next);
  };
  return (
    <div className="grid grid-cols-2 gap-3 p-2">
      {(['gte', 'lte'] as const).map((bound) => (
        <Field key={bound} label={t(bound === 'gte' ? 'atLeast' : 'atMost')}>
          {(control) => (
            <Input
              {...control}
              type="number"
              step="any"
              defaultValue={range[bound]}
              onBlur={({ target }) => set(bound, target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') set(bound, event.currentTarget.value);
              }}
            />
          )}
        </Field>
      ))}
    </div>
  );
}
