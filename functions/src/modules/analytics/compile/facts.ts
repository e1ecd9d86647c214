import type { Metric } from '../../../kernel/define.ts';
import { columnOf, findColumn, partsOf } from '../columns.ts';
import type { QueryRequest } from '../request.ts';
import { type CompileContext, sqlOf } from './conditions.ts';
import { fromWhere } from './from.ts';
import { Parameters, type Statement } from './parameters.ts';
import { sidesOf } from './sides.ts';
import { metricsOf } from './validate.ts';

/** The metrics of a query whose amounts are each in a currency that their rows tell, as one is not to be added to another. */
function amountsOf({ catalogue }: CompileContext, request: QueryRequest): readonly Metric[] {
  const parts = metricsOf(catalogue, request).flatMap((metric) => partsOf(catalogue, metric));
  return [...new Set(parts)].filter(
    (metric) => metric.currency !== undefined && findColumn(catalogue, metric, metric.currency) !== undefined,
  );
}

/** The currencies that metrics of a query have without asking their rows. */
export function fixedCurrencies({ catalogue }: CompileContext, request: QueryRequest): readonly string[] {
  const parts = metricsOf(catalogue, request).flatMap((metric) => partsOf(catalogue, metric));
  const fixed = parts.flatMap((metric) =>
    metric.currency !== undefined && !findColumn(catalogue, metric, metric.currency) ? [metric.currency] : [],
  );
  return [...new Set(fixed)];
}

/** The currencies among the rows that the amounts of a query are added up from; undefined when it has no amounts. */
export function compileCurrencies(context: CompileContext, request: QueryRequest): Statement | undefined {
  const { catalogue, dialect } = context;
  const amounts = amountsOf(context, request);
  if (amounts.length === 0) return undefined;
  const parameters = new Parameters();
  const compiling = { ...context, parameters };
  const selects = sidesOf(request).flatMap((side) =>
    amounts.map((metric) => {
      const currency = sqlOf(dialect, columnOf(catalogue, metric, metric.currency ?? ''));
      return `SELECT ${currency} AS currency, COUNT(*) AS uses FROM ${fromWhere(compiling, side.request, metric, [])}\nGROUP BY 1`;
    }),
  );
  const sql = `SELECT currency, SUM(uses) AS uses FROM (${selects.join('\nUNION ALL\n')}) AS found\nWHERE currency IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20`;
  return { sql, parameters: parameters.values };
}

/** First and last time among the rows of a metric, as `first` and `last`. */
export function compileExtent(
  context: CompileContext,
  metric: Metric,
  filters: QueryRequest['filters'],
): Statement {
  const parameters = new Parameters();
  const time = sqlOf(context.dialect, columnOf(context.catalogue, metric, metric.time));
  const from = fromWhere({ ...context, parameters }, { filters }, metric, []);
  return {
    sql: `SELECT MIN(${time}) AS first, MAX(${time}) AS last FROM ${from}`,
    parameters: parameters.values,
  };
}
