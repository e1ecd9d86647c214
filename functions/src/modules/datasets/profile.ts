import type { Dataset } from './datasets.collection.ts';
import { quoted } from './sql.ts';

type Column = Dataset['columns'][number];

const TOP = 8;
/** Up to so many rows values are counted one by one; beyond, their number is an estimate. */
const COUNTED = 1_000_000;
const isNumeric = ({ type }: Column): boolean => type === 'integer' || type === 'number';

/**
 * One row a column, in their order. The table is read twice: for the quartiles, and for what lies beyond the fences
 * that follow from them (Tukey, Exploratory Data Analysis, 1977).
 */
export function profileSql(columns: readonly Column[], relation: string, total: number): string {
  const parts = columns.map((column, index) => {
    const value = quoted(column.name);
    const figures = isNumeric(column)
      ? `avg(${value})::DOUBLE AS mean, stddev_samp(${value})::DOUBLE AS deviation,
         to_json(approx_quantile(${value}::DOUBLE, [0.25, 0.5, 0.75]))::VARCHAR AS quartiles`
      : `NULL::DOUBLE AS mean, NULL::DOUBLE AS deviation, '[]' AS quartiles`;
    return `SELECT ${index} AS place, count(*) AS total, count(${value}) AS filled, ${total > COUNTED ? `least(approx_count_distinct(${value}), count(${value}))` : `count(DISTINCT ${value})`} AS "distinct",
      min(${value})::VARCHAR AS low, max(${value})::VARCHAR AS high, ${figures},
      to_json(approx_top_k(${value}::VARCHAR, ${TOP}))::VARCHAR AS top, ${outliers(column, value, relation)} AS outliers
      FROM rows`;
  });
  return `WITH rows AS (SELECT * FROM ${relation}) ${parts.join(' UNION ALL ')} ORDER BY place`;
}

function outliers(column: Column, value: string, relation: string): string {
  if (!isNumeric(column)) return '0';
  return `(SELECT count(*) FROM ${relation}, (SELECT approx_quantile(${value}::DOUBLE, 0.25) AS q1, approx_quantile(${value}::DOUBLE, 0.75) AS q3 FROM ${relation})
    WHERE ${value} < q1 - 1.5 * (q3 - q1) OR ${value} > q3 + 1.5 * (q3 - q1))`;
}

/** A row of `profileSql` as the API answers it. */
export function columnProfile({ name, type }: Column, row: Readonly<Record<string, unknown>>) {
  const whole = (value: unknown): number => Math.round(Number(value ?? 0));
  const figure = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  const text = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, 200) : null);
  return {
    name,
    type,
    filled: whole(row.filled),
    empty: whole(row.total) - whole(row.filled),
    distinct: whole(row.distinct),
    min: text(row.low),
    max: text(row.high),
    mean: figure(row.mean),
    deviation: figure(row.deviation),
    quartiles: listOf(row.quartiles).map(Number),
    outliers: whole(row.outliers),
    top: listOf(row.top).map((value) => String(value).slice(0, 200)),
  };
}

function listOf(json: unknown): unknown[] {
  const list: unknown = typeof json === 'string' ? JSON.parse(json) : [];
  return Array.isArray(list) ? list : [];
}
