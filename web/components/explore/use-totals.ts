'use client';

import { useAnswer } from '@/client/explorer';
import type { MetricAnswer, MetricQuery } from '@/client/metric-query';

/**
 * The same question without period and dimensions: totals that are right for every kind of metric, also for distinct
 * counts and averages, which cannot be added up, and for answers that were cut off. One line a currency.
 */
export function useTotals(question: MetricQuery, answer: MetricAnswer): MetricAnswer | undefined {
  const { dimensions = [], grain, forecast: _ahead, ...rest } = question;
  const split = dimensions.length > 0 || grain !== undefined;
  const { data, isPlaceholderData } = useAnswer(
    split && answer.rows.length > 1
      ? { ...rest, dimensions: dimensions.filter((name) => name === 'currency') }
      : undefined,
  );
  return split && !isPlaceholderData ? data : undefined;
}
