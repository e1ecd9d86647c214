import type { BigQuery, Job, QueryResultsOptions, QueryRowsResponse } from '@google-cloud/bigquery';
import { BigQueryError, type Confined, type SqlType, storedField, typeName } from '@mewayz/googlesql';
import { Problem } from '../../kernel/errors.ts';
import type { Answer, AskLimits, Question } from '../../kernel/ports/questions.ts';
import { BoundedRows, exactNumber } from '../analyst/bounded-rows.ts';
import { asProblem, confined, tableOf } from '../analyst/confined.ts';
import { withoutZeros } from './times.ts';

const PAGE_ROWS = 5_000;

/**
 * Runs a question of an analyst. What is sent is written anew from what was read of it, behind a WITH clause that makes
 * its tables: of those, and of tables it makes itself, every name in it was found to be one.
 */
export async function askQuestion(
  client: BigQuery,
  defaultDataset: { readonly projectId: string; readonly datasetId: string },
  question: Question,
  limits: AskLimits,
): Promise<Answer> {
  const started = performance.now();
  const query = confined(question.sql, question.tables);
  const { signal, timeoutMs } = limits;
  signal?.throwIfAborted();
  try {
    const [job] = await client.createQueryJob({
      ...statementOf(question, query),
      defaultDataset,
      jobTimeoutMs: timeoutMs,
    });
    const cancel = (): void => void job.cancel().catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const answer = await readAnswer(job, query, limits);
      return { ...answer, sql: query.googlesql, elapsedMs: performance.now() - started };
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw problemOf(error, timeoutMs);
  }
}

/** The tables stand in front of the query as its WITH clause, which has to be one with its own when that is recursive. */
export function statementOf(
  question: Question,
  { googlesql, reads }: Confined,
): { query: string; params: Record<string, unknown> } {
  const params: Record<string, unknown> = {};
  const tables = [...reads.keys()].map((name, index) => {
    const { sql, parameters } = tableOf(question, name);
    for (const [place, value] of parameters.entries()) params[`t${index}_${place + 1}`] = value;
    return `\`${name}\` AS (${sql.replace(/\$(\d+)/g, `@t${index}_$1`)})`;
  });
  if (tables.length === 0) return { query: googlesql, params };
  const recursive = /^WITH RECURSIVE /i;
  const query = recursive.test(googlesql)
    ? googlesql.replace(recursive, () => `WITH RECURSIVE ${tables.join(', ')}, `)
    : `WITH ${tables.join(', ')} (${googlesql})`;
  return { query, params };
}

async function readAnswer(
  job: Job,
  { columns }: Confined,
  limits: AskLimits,
): Promise<Pick<Answer, 'columns' | 'rows' | 'truncated'>> {
  const bounded = new BoundedRows(limits);
  const { rows } = bounded;
  const heads = columns.map(({ name, type }) => ({ name, type: typeName(type) }));
  let page: QueryResultsOptions | null | undefined = {
    maxResults: Math.min(PAGE_ROWS, limits.maxRows + 1),
    autoPaginate: false,
    wrapIntegers: true,
    timeoutMs: limits.timeoutMs,
  };
  while (page) {
    const [found, next]: QueryRowsResponse = await job.getQueryResults(page);
    for (const values of found as Record<string, unknown>[]) {
      const row = Object.fromEntries(columns.map(({ name, type }) => [name, plainValue(values[name], type)]));
      if (!bounded.add(row)) return { columns: heads, rows, truncated: true };
    }
    page = next;
  }
  return { columns: heads, rows, truncated: false };
}

/** What the client makes of a value, as JSON that loses none of it. */
function plainValue(value: unknown, type: SqlType): unknown {
  if (type.kind === 'ARRAY')
    return Array.isArray(value) ? value.map((item) => plainValue(item, type.element)) : [];
  if (value === null || value === undefined) return null;
  if (type.kind === 'STRUCT') {
    const fields = value as Readonly<Record<string, unknown>>;
    const names = type.fields.map((_, index) => storedField(type.fields, index));
    return Object.fromEntries(
      type.fields.map((field, index) => [
        names[index] ?? '',
        plainValue(fields[names[index] ?? ''], field.type),
      ]),
    );
  }
  if (typeof value === 'boolean') return value;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  const text = String(typeof value === 'object' && 'value' in value ? value.value : value);
  if (type.kind === 'FLOAT64') return Number.isFinite(Number(text)) ? Number(text) : text;
  if (type.kind === 'TIMESTAMP') return withoutZeros(text);
  return exactNumber(text, type) ?? text;
}

/** An error of the API (https://cloud.google.com/bigquery/docs/error-messages), for the one who asked. */
function problemOf(error: unknown, timeoutMs: number): unknown {
  const { errors = [], message = '' } = error as {
    errors?: { reason?: string; message?: string }[];
    message?: string;
  };
  const reason = errors[0]?.reason;
  const said = errors[0]?.message ?? message;
  if (reason === 'resourcesExceeded' || reason === 'responseTooLarge')
    return asProblem(new BigQueryError(reason, said, { cause: error }));
  if (reason === 'invalidQuery') return asProblem(new BigQueryError(reason, said, { cause: error }));
  if (reason !== 'stopped' && reason !== 'timeout') return asProblem(error);
  const detail = `The query took longer than ${timeoutMs / 1000} s. Read fewer rows, or join fewer of them.`;
  return new Problem('invalid', detail, {
    errors: [{ path: 'sql', message: detail, code: 'timeout' }],
    cause: error,
  });
}
