/** Values as DuckDB hands them out, in BigQuery's writing. */

import type { DuckDBValue } from '@duckdb/node-api';
import { BigQueryError } from '../errors.ts';
import { floatText } from '../values/float.ts';
import { numericText } from '../values/numeric.ts';
import { civilOf, DAY, dateText, datetimeText, timeText } from '../values/temporal.ts';
import { intervalText } from './moments.ts';

export type TimestampFormat = 'FLOAT64' | 'INT64' | 'ISO8601_STRING';

const FIRST = -62_135_596_800_000_000n;
const LAST = 253_402_300_800_000_000n;

/** DuckDB's dates reach further than BigQuery's, which end with 9999. */
function within(micros: bigint): bigint {
  if (micros >= FIRST && micros < LAST) return micros;
  throw new BigQueryError('invalidQuery', 'Date or time out of range: years 1 to 9999 are supported');
}

/** The text of a scalar that is not NULL; `kind` is the name of its GoogleSQL type. */
export function scalarText(value: DuckDBValue, kind: string, format: TimestampFormat): string {
  if (kind === 'FLOAT64') return floatOut(Number(value));
  if (typeof value !== 'object' || value === null) return String(value);
  if ('bytes' in value) return Buffer.from(value.bytes).toString('base64');
  if ('months' in value) return intervalText(value);
  if ('scale' in value) return numericText(value.value, value.scale);
  if (kind === 'DATE' && 'days' in value) return dateText(civilOf(within(BigInt(value.days) * DAY)));
  if (!('micros' in value)) return String(value);
  if (kind === 'TIME') return timeText(civilOf(value.micros));
  const micros = within(value.micros);
  if (kind === 'DATETIME') return datetimeText(civilOf(micros), 'T');
  return timestampText(micros, format);
}

function floatOut(value: number): string {
  if (Number.isFinite(value)) return floatText(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

function timestampText(micros: bigint, format: TimestampFormat): string {
  if (format === 'INT64') return String(micros);
  if (format === 'ISO8601_STRING') return `${datetimeText(civilOf(micros), 'T')}Z`;
  return `${numericText(micros, 6)}`;
}

/** The elements of a list. */
export function itemsOf(value: DuckDBValue): readonly DuckDBValue[] {
  if (typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items))
    return value.items;
  throw new TypeError('A list was expected');
}

/** The fields of a struct by their stored names. */
export function entriesOf(value: DuckDBValue): Readonly<Record<string, DuckDBValue>> {
  if (typeof value === 'object' && value !== null && 'entries' in value && !Array.isArray(value.entries))
    return value.entries as Readonly<Record<string, DuckDBValue>>;
  throw new TypeError('A struct was expected');
}
