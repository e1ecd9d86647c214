'use client';

import { useTranslations } from 'next-intl';
import type { Cell } from '@/client/analytics';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { useMetricLabel } from '@/client/metric-label';
import type { AnswerColumn, MetricAnswer } from '@/client/metric-query';
import { useBucketLabel } from '@/components/dashboard/use-bucket-label';

export interface AnswerWords {
  readonly metric: (column: Pick<AnswerColumn, 'name' | 'label'>) => string;
  readonly dimension: (name: string) => string;
  readonly column: (column: Pick<AnswerColumn, 'name' | 'label'>) => string;
  /** A figure of a metric; a dash for none. */
  readonly figure: (value: Cell | undefined, column: AnswerColumn, currency: string | undefined) => string;
  /** The same in few characters, for an axis. */
  readonly tick: (value: number, column: AnswerColumn, currency: string | undefined) => string;
  /** A member of a dimension, or a period. */
  readonly member: (dimension: string, value: Cell | undefined) => string;
  readonly shortPeriod: (value: Cell) => string;
}

const BESIDE = ['previous', 'change', 'low', 'high'] as const;

/** Answers of the warehouse in the reader's language. */
export function useAnswerWords(answer?: Pick<MetricAnswer, 'question' | 'columns'>): AnswerWords {
  const t = useTranslations('explore');
  const format = useFormat();
  const labels = useLabels();
  const metricLabel = useMetricLabel();
  const bucket = useBucketLabel(answer?.question.grain ?? 'day');
  const metric: AnswerWords['metric'] = ({ name, label }) => metricLabel(name, label);
  const member: AnswerWords['member'] = (dimension, value) => {
    if (value === null || value === undefined || value === '') return t('notGiven');
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
    if (typeof value === 'number') return format.number(value);
    if (dimension === 'period') return bucket.long(value);
    return dimension === 'country' ? format.country(value) : value;
  };
  return {
    metric,
    dimension: labels.field,
    column: (column) => {
      if (column.name === 'period') return t('period');
      if (column.name === 'forecast') return t('forecast');
      const [name = '', end] = column.name.split(':');
      const beside = BESIDE.find((known) => known === end);
      if (!beside) return answer?.question.metrics.includes(name) ? metric(column) : labels.field(name);
      const of = answer?.columns.find((other) => other.name === name);
      return t(`beside.${beside}`, { what: of ? metric(of) : name });
    },
    figure: (value, { type, name }, currency) => {
      if (typeof value !== 'number') return '–';
      if (name.endsWith(':change')) return format.change(value);
      if (type === 'percent') return format.share(value);
      return type === 'money' && currency ? format.amount(value, currency) : format.number(value);
    },
    tick: (value, { type }, currency) =>
      type === 'percent'
        ? format.share(value)
        : type === 'money' && currency
          ? format.shortAmount(value, currency)
          : format.shortNumber(value),
    member,
    shortPeriod: (value) => (typeof value === 'string' ? bucket.short(value) : ''),
  };
}
