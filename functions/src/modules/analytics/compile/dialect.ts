import type { ColumnType } from '../../../kernel/ports/warehouse.ts';
import {
  BIGQUERY_WORDS,
  DUCKDB_WORDS,
  type SqlWords,
  tenantKey,
} from '../../../kernel/warehouse/sql-words.ts';

/** Where the SQL of DuckDB and of BigQuery differs, as far as the metric compiler needs it. */
export interface Dialect extends SqlWords {
  /** Condition that holds rows of a table of all tenants to one. @param tenant the parameter that is its id */
  isTenant(alias: string, tenant: string): string;
  /** Start of the bucket, as what is cheapest to group by. See `Bucketing`. */
  bucket(expression: string, type: ColumnType, bucketing: Bucketing): string;
  /** The start of a bucket as text: `YYYY-MM-DD`, of hours `YYYY-MM-DDTHH:00`. */
  bucketText(bucket: string, grain: Grain): string;
  /** Whether a time is a 29 February. */
  isLeapDay(expression: string, type: ColumnType, timezone: string): string;
  /** A sum of whole numbers, as a whole number. */
  sumOfIntegers(expression: string): string;
  /** The middle value, or the mean of the two in the middle; exact. */
  median(expression: string): string;
}

export const GRAINS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Grain = (typeof GRAINS)[number];

/** So many days or months. */
export interface Shift {
  readonly unit: 'day' | 'month';
  readonly count: number;
}

/** Which bucket a time falls into. */
export interface Bucketing {
  readonly grain: Grain;
  /** IANA name. Buckets are those of its calendar and wall clock; dates without a time have no zone. Weeks begin on Monday. */
  readonly timezone: string;
  /** Put into the bucket that comes so much later. */
  readonly later?: Shift | undefined;
}

/** Times are stored as UTC without a zone. */
const duckdbLocal = (expression: string, type: ColumnType, timezone: string): string =>
  type === 'date' || timezone === 'UTC'
    ? expression
    : `timezone(${DUCKDB_WORDS.text(timezone)}, timezone('UTC', ${expression}))`;

const duckdb: Dialect = {
  ...DUCKDB_WORDS,
  // `$tenant` is what the blocks of the file are told apart by: only those with the tenant's rows are read.
  isTenant: (alias, tenant) => `${alias}.tenant_id = ${tenant} AND ${alias}."$tenant" = ${tenantKey(tenant)}`,
  bucket: (expression, type, { grain, timezone, later }) => {
    const local = duckdbLocal(expression, type, timezone);
    const start = grain === 'day' ? `CAST(${local} AS DATE)` : `date_trunc('${grain}', ${local})`;
    return later ? `${start} + INTERVAL ${later.count} ${later.unit}` : start;
  },
  bucketText: (bucket, grain) => `strftime(${bucket}, '${grain === 'hour' ? '%Y-%m-%dT%H:00' : '%Y-%m-%d'}')`,
  isLeapDay: (expression, type, timezone) =>
    `strftime(${duckdbLocal(expression, type, timezone)}, '%m-%d') = '02-29'`,
  sumOfIntegers: (expression) => `CAST(SUM(${expression}) AS BIGINT)`,
  median: (expression) => `MEDIAN(${expression})`,
};

const bigqueryDate = (expression: string, type: ColumnType, timezone: string): string =>
  type === 'date'
    ? expression
    : `DATE(${expression}${timezone === 'UTC' ? '' : `, ${BIGQUERY_WORDS.text(timezone)}`})`;

const bigquery: Dialect = {
  ...BIGQUERY_WORDS,
  isTenant: (alias, tenant) => `${alias}.tenant_id = ${tenant}`,
  bucket: (expression, type, { grain, timezone, later }) => {
    if (grain === 'hour') {
      const local =
        type === 'date'
          ? `DATETIME(${expression})`
          : `DATETIME(${expression}${timezone === 'UTC' ? '' : `, ${BIGQUERY_WORDS.text(timezone)}`})`;
      const start = `DATETIME_TRUNC(${local}, HOUR)`;
      return later ? `DATETIME_ADD(${start}, INTERVAL ${later.count} ${later.unit.toUpperCase()})` : start;
    }
    const unit = grain === 'week' ? 'ISOWEEK' : grain.toUpperCase();
    const start = `DATE_TRUNC(${bigqueryDate(expression, type, timezone)}, ${unit})`;
    return later ? `DATE_ADD(${start}, INTERVAL ${later.count} ${later.unit.toUpperCase()})` : start;
  },
  bucketText: (bucket, grain) =>
    grain === 'hour' ? `FORMAT_DATETIME('%FT%H:00', ${bucket})` : `FORMAT_DATE('%F', ${bucket})`,
  isLeapDay: (expression, type, timezone) =>
    `FORMAT_DATE('%m-%d', ${bigqueryDate(expression, type, timezone)}) = '02-29'`,
  sumOfIntegers: (expression) => `SUM(${expression})`,
  // PERCENTILE_CONT is a window function only, and APPROX_QUANTILES an estimate.
  median: (expression) => {
    const sorted = `ARRAY_AGG(${expression} IGNORE NULLS ORDER BY ${expression})`;
    const at = (place: string): string => `${sorted}[SAFE_OFFSET(DIV(${place}, 2))]`;
    return `(${at(`COUNT(${expression}) - 1`)} + ${at(`COUNT(${expression})`)}) / 2`;
  },
};

/** @param engine `engine` of the warehouse port */
export const dialectOf = (engine: string): Dialect => (engine === 'bigquery' ? bigquery : duckdb);
