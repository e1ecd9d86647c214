/** Where the SQL of DuckDB and of BigQuery differs, as far as journeys need it beside the metric compiler's dialect. */
export interface JourneyDialect {
  /** A time or a date as whole microseconds since 1970, so that windows are plain sums. */
  micros(expression: string): string;
  /** Number of the UTC day, week (from Monday) or month a time lies in, counted from the one that 1970-01-01 lies in. */
  periodNumber(expression: string, grain: CohortGrain): string;
  /** Whole division of two whole numbers that are not negative. */
  divide(dividend: string, divisor: string): string;
  text(expression: string): string;
}

export const COHORT_GRAINS = ['day', 'week', 'month'] as const;
export type CohortGrain = (typeof COHORT_GRAINS)[number];

const duckdb: JourneyDialect = {
  micros: (expression) => `epoch_us(CAST(${expression} AS TIMESTAMP))`,
  periodNumber: (expression, grain) => {
    const day = `CAST(${expression} AS DATE)`;
    // DuckDB's own difference of weeks is wrong by one where it passes 1970.
    if (grain === 'week') return `date_diff('day', DATE '1969-12-29', date_trunc('week', ${day})) // 7`;
    return `date_diff('${grain}', DATE '1970-01-01', ${day})`;
  },
  divide: (dividend, divisor) => `(${dividend}) // (${divisor})`,
  text: (expression) => `CAST(${expression} AS VARCHAR)`,
};

const bigquery: JourneyDialect = {
  micros: (expression) => `UNIX_MICROS(CAST(${expression} AS TIMESTAMP))`,
  periodNumber: (expression, grain) =>
    `DATE_DIFF(CAST(${expression} AS DATE), DATE '1970-01-01', ${grain === 'week' ? 'ISOWEEK' : grain.toUpperCase()})`,
  divide: (dividend, divisor) => `DIV(${dividend}, ${divisor})`,
  text: (expression) => `CAST(${expression} AS STRING)`,
};

/** @param engine `engine` of the warehouse port */
export const journeyDialectOf = (engine: string): JourneyDialect =>
  engine === 'bigquery' ? bigquery : duckdb;

const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday; its week began on the Monday before. */
const FIRST_MONDAY_MS = -3 * DAY_MS;

/** First moment of a period, in milliseconds. */
export function periodStart(number: number, grain: CohortGrain): number {
  if (grain === 'month') return Date.UTC(1970, number, 1);
  return grain === 'day' ? number * DAY_MS : FIRST_MONDAY_MS + number * 7 * DAY_MS;
}

/** The period a time (milliseconds) lies in. */
export function periodNumberOf(time: number, grain: CohortGrain): number {
  if (grain === 'day') return Math.floor(time / DAY_MS);
  if (grain === 'week') return Math.floor((time - FIRST_MONDAY_MS) / (7 * DAY_MS));
  const date = new Date(time);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}
