import { BigQueryError } from './errors.ts';

const PATTERNS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /column "?([\w.]+)"? must appear in the GROUP BY clause/i,
    () => 'SELECT list expression references a column which is neither grouped nor aggregated',
  ],
  [/Overflow in (\w+) of (?:INT64|INT128)[^(]*\(([^)]*)\)/i, ([, , what]) => `int64 overflow: ${what}`],
  [/NOT NULL constraint failed: \w+\.(\S+)/i, ([, name]) => `Required field ${name} cannot be null`],
  [/More than one row returned by a subquery/i, () => 'Scalar subquery produced more than one element'],
  [/Type (?:HUGEINT|INT128) with value (\S+) can't be cast/i, ([, value]) => `int64 overflow: ${value}`],
  [
    /Type DOUBLE with value (\S+) can't be cast[\s\S]*INT64/i,
    ([, value]) => `Illegal conversion of double to int64: ${value}`,
  ],
  [
    /missing argument to repetition|missing \)|invalid perl operator|bad repetition|invalid escape sequence|missing \]|unexpected \)/i,
    ([text]) => `Cannot parse regular expression: ${text}`,
  ],
];

/** What DuckDB says of a statement that cannot be run, in BigQuery's words. */
export function asBigQueryError(error: unknown): unknown {
  if (error instanceof BigQueryError || !(error instanceof Error)) return error;
  const [first = ''] = error.message.split('\n');
  if (/^INTERRUPT/i.test(first))
    return new BigQueryError('stopped', 'Job execution was cancelled: User requested cancellation', {
      cause: error,
    });
  if (/^Out of Memory/i.test(first))
    return new BigQueryError(
      'resourcesExceeded',
      'Resources exceeded during query execution: not enough memory',
      { cause: error },
    );
  if (/^(?:INTERNAL|FATAL|IO) Error|^TransactionContext/i.test(first))
    return new BigQueryError('backendError', 'The engine failed', { cause: error });
  for (const [pattern, say] of PATTERNS) {
    const match = pattern.exec(error.message);
    if (match) return new BigQueryError('invalidQuery', say(match), { cause: error, location: 'query' });
  }
  const text = first.replace(/^[\w ]+Error: /, '');
  return new BigQueryError('invalidQuery', text, { cause: error, location: 'query' });
}
