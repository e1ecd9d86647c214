import type { BigQuery, QueryResultsOptions, QueryRowsResponse } from '@google-cloud/bigquery';
import { Problem } from '../../kernel/errors.ts';
import type { ColumnType, QueryResult } from '../../kernel/ports/warehouse.ts';
import { withoutZeros } from './times.ts';

const PAGE_ROWS = 10_000;

const COLUMN_TYPES: Readonly<Record<string, ColumnType>> = {
  INTEGER: 'integer',
  INT64: 'integer',
  FLOAT: 'number',
  FLOAT64: 'number',
  NUMERIC: 'number',
  BIGNUMERIC: 'number',
  BOOLEAN: 'boolean',
  BOOL: 'boolean',
  TIMESTAMP: 'timestamp',
  DATE: 'date',
};

/** Runs one SELECT of the metric compiler. `$1` becomes the named parameter `@p1`. */
export async function runQuery(
  client: BigQuery,
  defaultDataset: { readonly projectId: string; readonly datasetId: string },
  sql: string,
  parameters: readonly (string | number | boolean | null)[],
  { timeoutMs, maxRows }: { readonly timeoutMs: number; readonly maxRows: number },
): Promise<QueryResult> {
  if (!/^\s*(?:SELECT|WITH)\b/i.test(sql) || sql.includes(';'))
    throw new TypeError('a warehouse query is one SELECT');
  const started = performance.now();
  const [job] = await client.createQueryJob({
    query: sql.replace(/\$(\d+)/g, '@p$1'),
    params: Object.fromEntries(parameters.map((value, index) => [`p${index + 1}`, value])),
    types: Object.fromEntries(parameters.map((value, index) => [`p${index + 1}`, typeOf(value)])),
    defaultDataset,
    jobTimeoutMs: timeoutMs,
  });
  const rows: Record<string, unknown>[] = [];
  let columns: QueryResult['columns'] = [];
  let page: QueryResultsOptions | null | undefined = {
    maxResults: PAGE_ROWS,
    autoPaginate: false,
    timeoutMs,
    // As numbers, those beyond 2^53 would come rounded.
    wrapIntegers: true,
  };
  while (page) {
    const [found, next, response]: QueryRowsResponse = await job.getQueryResults(page);
    const fields = response?.schema?.fields ?? [];
    columns = fields.map(({ name = '', type = '' }) => ({ name, type: COLUMN_TYPES[type] ?? 'string' }));
    rows.push(...found.map((row: Record<string, unknown>) => mapValues(row, columns)));
    if (rows.length > maxRows)
      throw new Problem(
        'too_large',
        `The answer has more than ${maxRows} rows. Set a limit or use fewer dimensions.`,
      );
    page = next;
  }
  return { columns, rows, elapsedMs: performance.now() - started };
}

const typeOf = (value: string | number | boolean | null): string => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'INT64' : 'FLOAT64';
  return typeof value === 'boolean' ? 'BOOL' : 'STRING';
};

const mapValues = (
  row: Readonly<Record<string, unknown>>,
  columns: QueryResult['columns'],
): Record<string, unknown> =>
  Object.fromEntries(columns.map(({ name, type }) => [name, plain(row[name] ?? null, type)]));

/**
 * The client wraps whole numbers, times and dates as `{ value }`, and exact decimals as objects that print themselves.
 * Whole numbers beyond 2^53 stay text; times have as many decimals as they need.
 */
function plain(value: unknown, type: ColumnType): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const inner = 'value' in value ? value.value : String(value);
  if (type === 'integer') return Number.isSafeInteger(Number(inner)) ? Number(inner) : String(inner);
  if (type === 'timestamp') return withoutZeros(String(inner));
  const number = Number(inner);
  return type === 'number' && !Number.isNaN(number) ? number : inner;
}
