/**
 * A query and its rows, worked out by hand or taken from BigQuery's documentation
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql), never from this engine.
 * INT64 and FLOAT64 are numbers, everything else is as the REST API writes it; a string in place of rows is part of the error.
 */
export type Golden = readonly [sql: string, rows: readonly (readonly unknown[])[] | string];

/** Cases of expressions: each is one query of one row. */
export const expressions = (cases: readonly (readonly [expression: string, value: unknown])[]): Golden[] =>
  cases.map(([expression, value]) => [`SELECT ${expression}`, [[value]]]);

/** Expressions that fail, and a part of what is said. */
export const failures = (cases: readonly (readonly [expression: string, message: string])[]): Golden[] =>
  cases.map(([expression, message]) => [`SELECT ${expression}`, message]);
