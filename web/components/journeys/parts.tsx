'use client';

import { useTranslations } from 'next-intl';
import { type ComponentProps, type ReactNode, useState } from 'react';
import type { RowSelection } from '@/client/journeys';
import type { MetricInfo } from '@/client/metric-query';
import { shiftDay } from '@/client/periods';
import { SqlText } from '@/components/answers/sql-text';
import { useAnswerWords } from '@/components/chart/words';
import { Filters } from '@/components/explore/filters';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { Field, Input, Select } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Skeleton } from '@/components/ui/surface';
import type { DayRange } from './use-journeys';

interface SelectionProps {
  readonly label: string;
  readonly value: RowSelection | undefined;
  readonly onChange: (value: RowSelection) => void;
  /** Offers to choose none. */
  readonly none?: { readonly label: string; readonly onChoose: () => void };
  readonly metrics: readonly MetricInfo[];
  readonly range: DayRange;
  readonly testId?: string;
  /** Stand beside the metric, and at the end of the line. */
  readonly beside?: ReactNode;
  readonly end?: ReactNode;
}

/** A metric, and which of its rows count. */
export function SelectionField(props: SelectionProps): ReactNode {
  const { label, value, onChange, none, metrics, range, testId, beside, end } = props;
  const words = useAnswerWords(undefined);
  return (
    <div className="flex flex-wrap items-end gap-x-3 gap-y-2">
      <Field label={label} className="min-w-44 max-w-72 grow">
        {(control) => (
          <Select
            {...control}
            data-testid={testId}
            value={value?.metric ?? ''}
            onChange={({ target }) =>
              target.value === '' ? none?.onChoose() : onChange({ metric: target.value, filters: {} })
            }
          >
            {none ? <option value="">{none.label}</option> : null}
            {metrics.map((metric) => (
              <option key={metric.name} value={metric.name}>
                {words.metric(metric)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {beside}
      {value ? (
        <div className="flex min-h-9 min-w-0 flex-wrap items-center gap-2">
          <Filters
            catalogue={metrics}
            exploration={{ metrics: [value.metric], dimensions: [], filters: value.filters, ...range }}
            change={({ filters = {} }) => onChange({ ...value, filters })}
          />
        </div>
      ) : null}
      {end ? <div className="ms-auto">{end}</div> : null}
    </div>
  );
}

interface RangeProps {
  readonly range: DayRange;
  readonly onChange: (range: DayRange) => void;
}

/** First and last day; each counts once it is a whole date. */
export function RangeFields({ range: { from, to }, onChange }: RangeProps): ReactNode {
  const t = useTranslations('explore');
  const last = shiftDay(to, -1);
  const set = (day: string, change: (day: string) => DayRange): void => {
    const next = day === '' || Number.isNaN(Date.parse(day)) ? undefined : change(day);
    if (next && next.from < next.to) onChange(next);
  };
  return (
    <>
      <Day label={t('from')} value={from} onDay={(day) => set(day, (first) => ({ from: first, to }))} />
      <Day
        label={t('to')}
        value={last}
        onDay={(day) => set(day, (end) => ({ from, to: shiftDay(end, 1) }))}
      />
    </>
  );
}

interface DayProps {
  readonly label: string;
  readonly value: string;
  readonly onDay: (day: string) => void;
}

const Day = ({ label, value, onDay }: DayProps): ReactNode => (
  <Field label={label}>
    {(control) => (
      <Input
        {...control}
        key={value}
        type="date"
        defaultValue={value}
        onBlur={({ target }) => target.value !== value && onDay(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onDay(event.currentTarget.value);
        }}
      />
    )}
  </Field>
);

interface WholeProps extends Omit<ComponentProps<'input'>, 'onChange' | 'value'> {
  readonly value: number | undefined;
  readonly min: number;
  readonly max: number;
  readonly onWhole: (value: number | undefined) => void;
}

/** A whole number; it counts when the field is left, and nothing stands for none. */
export const WholeInput = ({ value, min, max, onWhole, ...control }: WholeProps): ReactNode => {
  const commit = (text: string): void => {
    const number = text === '' ? undefined : Math.min(max, Math.max(min, Math.round(Number(text))));
    if (number !== value && !Number.isNaN(number)) onWhole(number);
  };
  return (
    <Input
      {...control}
      key={value ?? ''}
      type="number"
      inputMode="numeric"
      min={min}
      max={max}
      defaultValue={value}
      onBlur={({ target }) => commit(target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit(event.currentTarget.value);
      }}
    />
  );
};

interface AnswerProps<T> {
  readonly query: {
    readonly data: T | undefined;
    readonly error: unknown;
    readonly isPlaceholderData: boolean;
    readonly refetch: () => unknown;
  };
  readonly testId: string;
  readonly children: (answer: T) => ReactNode;
}

/** An answer from loading through failing to what it says, with the SQL it came from. */
export function Answer<T extends { readonly sql: string; readonly elapsedMs: number }>({
  query: { data, error, isPlaceholderData, refetch },
  testId,
  children,
}: AnswerProps<T>): ReactNode {
  const t = useTranslations('explore');
  const [shown, setShown] = useState(false);
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-72 rounded-2xl" />;
  return (
    <div
      className={cn(
        'grid grid-cols-[minmax(0,1fr)] gap-5 transition-opacity',
        isPlaceholderData && 'opacity-60',
      )}
      aria-busy={isPlaceholderData}
      data-testid={testId}
    >
      {children(data)}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
        <p className="flex flex-wrap items-center justify-end gap-3 text-faint text-xs">
          {t('elapsed', { ms: Math.round(data.elapsedMs) })}
          <Button size="small" tone="ghost" aria-expanded={shown} onClick={() => setShown(!shown)}>
            {t(shown ? 'hideSql' : 'showSql')}
          </Button>
        </p>
        {shown ? (
          <div className="overflow-hidden rounded-2xl border">
            <SqlText sql={data.sql} />
          </div>
        ) : null}
      </div>
    </div>
  );
}
