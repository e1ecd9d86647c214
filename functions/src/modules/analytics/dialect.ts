/** Where the SQL of DuckDB and of BigQuery differs, as far as the metric compiler needs it. */
export interface Dialect {
  quote(name: string): string;
  /** First day of the bucket as `YYYY-MM-DD`, in UTC; weeks begin on Monday. */
  bucket(expression: string, grain: Grain): string;
  /** A sum of whole numbers, as a whole number. */
  sumOfIntegers(expression: string): string;
}

export const GRAINS = ['day', 'week', 'month', 'quarter', 'year'] as const;
export type Grain = (typeof GRAINS)[number];

const duckdb: Dialect = {
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  bucket: (expression, grain) => `strftime(date_trunc('${grain}', ${expression}), '%Y-%m-%d')`,
  sumOfIntegers: (expression) => `CAST(SUM(${expression}) AS BIGINT)`,
};

const bigquery: Dialect = {
  quote: (name) => `\`${name.replaceAll('`', '')}\``,
  bucket: (expression, grain) =>
    `FORMAT_DATE('%F', DATE_TRUNC(DATE(${expression}), ${grain === 'week' ? 'ISOWEEK' : grain.toUpperCase()}))`,
  sumOfIntegers: (expression) => `SUM(${expression})`,
};

/** @param engine `engine` of the warehouse port */
export const dialectOf = (engine: string): Dialect => (engine === 'bigquery' ? bigquery : duckdb);
