import type { Metric } from '../../../kernel/define.ts';
import { columnOf } from '../columns.ts';
import { type CompileContext, sqlOf } from './conditions.ts';

/** What a plain metric makes of a group of rows. */
export function aggregate(
  { catalogue, dialect }: Pick<CompileContext, 'catalogue' | 'dialect'>,
  metric: Metric,
): string {
  if (metric.aggregate === 'count') return 'COUNT(*)';
  const column = columnOf(catalogue, metric, metric.field ?? '');
  const sql = sqlOf(dialect, column);
  switch (metric.aggregate) {
    case 'count-distinct':
      return `COUNT(DISTINCT ${sql})`;
    case 'average':
      return `AVG(${sql})`;
    case 'min':
      return `MIN(${sql})`;
    case 'max':
      return `MAX(${sql})`;
    case 'median':
      return dialect.median(sql);
    case 'sum':
      return column.type === 'integer' ? dialect.sumOfIntegers(sql) : `SUM(${sql})`;
    case 'ratio':
      throw new TypeError(`metric ${metric.name} is computed from two others`);
  }
}

/** Whether nothing is 0: sums and counts of no rows. Of anything else it is unknown. */
export const isAdditive = ({ aggregate: kind }: Pick<Metric, 'aggregate'>): boolean =>
  kind === 'sum' || kind === 'count' || kind === 'count-distinct';

/** @param of the SQL that holds a plain metric's value */
export function finalExpression(metric: Metric, of: (name: string) => string): string {
  if (metric.ratio) return `${of(metric.ratio[0])} / NULLIF(${of(metric.ratio[1])}, 0)`;
  return isAdditive(metric) ? `COALESCE(${of(metric.name)}, 0)` : of(metric.name);
}
