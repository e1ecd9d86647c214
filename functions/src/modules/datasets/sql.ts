import type { Ports } from '../../kernel/context.ts';
import { BIGQUERY_WORDS, DUCKDB_WORDS, type SqlWords } from '../../kernel/warehouse/sql-words.ts';
import type { Dataset } from './datasets.collection.ts';

/** Where the SQL of DuckDB and of BigQuery differs, as far as the rows of datasets are asked. */
export interface Dialect extends SqlWords {
  /** Whether a whole text matches a regular expression of RE2. */
  matches(text: string, pattern: string): string;
  /** Between two SELECTs: a column that one of them does not have is empty there. */
  readonly unionByName: string;
  /** The least, those at a quarter, half and three quarters, and the greatest value, as JSON; an estimate. */
  quartiles(number: string): string;
  /** One of those values: at a quarter is 1. */
  quartile(number: string, which: 1 | 2 | 3): string;
  /** The most frequent values as JSON, either as they are or as members `value`; an estimate. */
  mostFrequent(text: string, limit: number): string;
}

const duckdb: Dialect = {
  ...DUCKDB_WORDS,
  matches: (text, pattern) => `regexp_full_match(${text}, ${pattern})`,
  unionByName: 'UNION ALL BY NAME',
  quartiles: (number) => `to_json(approx_quantile(${number}, [0, 0.25, 0.5, 0.75, 1]))::VARCHAR`,
  quartile: (number, which) => `approx_quantile(${number}, ${which / 4})`,
  mostFrequent: (text, limit) => `to_json(approx_top_k(${text}, ${limit}))::VARCHAR`,
};

const bigquery: Dialect = {
  ...BIGQUERY_WORDS,
  matches: (text, pattern) => `REGEXP_CONTAINS(${text}, CONCAT('^(?:', ${pattern}, ')$'))`,
  unionByName: 'FULL OUTER UNION ALL BY NAME',
  quartiles: (number) => `TO_JSON_STRING(APPROX_QUANTILES(${number}, 4))`,
  quartile: (number, which) => `APPROX_QUANTILES(${number}, 4)[SAFE_OFFSET(${which})]`,
  mostFrequent: (text, limit) => `TO_JSON_STRING(APPROX_TOP_COUNT(${text}, ${limit}))`,
};

/** The dialect of the engine that holds the datasets. */
export const dialectOf = ({ datasets }: Pick<Ports, 'datasets'>): Dialect =>
  datasets.engine === 'bigquery' ? bigquery : duckdb;

/** What stands in `FROM` for all rows of a dataset. */
export const relationOf = (ports: Pick<Ports, 'datasets'>, tenantId: string, dataset: Dataset): string =>
  ports.datasets.relation(tenantId, dataset.id, namesOf(dataset), dataset.key);

/** As `relationOf`, with the column `PLACE` to sort by. */
export const numberedOf = (ports: Pick<Ports, 'datasets'>, tenantId: string, dataset: Dataset): string =>
  ports.datasets.numbered(tenantId, dataset.id, namesOf(dataset), dataset.key);

const namesOf = ({ parts }: Dataset): string[] => parts.map(({ name }) => name);
