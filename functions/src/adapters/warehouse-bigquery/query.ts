import type { BigQuery, QueryResultsOptions, QueryRowsResponse } from '@google-cloud/bigquery';
import { Problem } from '../../kernel/errors.ts';
import type { ColumnType, QueryResult } from '../../kernel/ports/warehouse.ts';

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
  };
  while (page) {
    const [found, next, response]: QueryRowsResponse = await job.getQueryResults(page);
    const fields = response?.schema?.fields ?? [];
    columns = fields.map(({ name = '', type = '' }) => ({ name, type: COLUMN_TYPES[type] ?? 'string' }));
    rows.push(...found.map((row: Record<string, unknown>) => mapValues(row)));
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

const mapValues = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));

/** The client wraps times and dates as `{ value }` and exact decimals as objects that print themselves. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('value' in value) return value.value;
  const number = Number(value);
  return Number.isNaN(number) ? String(value) : number;
}
