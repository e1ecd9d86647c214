import type { DuckDBValue } from '@duckdb/node-api';
import { type SqlType, storedField } from '@mewayz/googlesql';
import { entriesOf, itemsOf, scalarText } from '@mewayz/googlesql/duckdb';
import { exactNumber } from '../analyst/bounded-rows.ts';

/** A value of DuckDB as JSON, without losing any of it: a number that JSON has no equal for comes as text. */
export function plainValue(value: DuckDBValue, type: SqlType): unknown {
  if (type.kind === 'ARRAY')
    return value === null ? [] : itemsOf(value).map((item) => plainValue(item, type.element));
  if (value === null) return null;
  if (type.kind === 'STRUCT') {
    const entries = entriesOf(value);
    const names = type.fields.map((_, index) => storedField(type.fields, index));
    return Object.fromEntries(
      type.fields.map((field, index) => [
        names[index] ?? '',
        plainValue(entries[names[index] ?? ''] ?? null, field.type),
      ]),
    );
  }
  if (typeof value === 'boolean') return value;
  const text = scalarText(value, type.kind, 'ISO8601_STRING');
  if (type.kind === 'FLOAT64') return typeof value === 'number' && Number.isFinite(value) ? value : text;
  return exactNumber(text, type) ?? text;
}
