/** Values as the REST API's rows hold them: `{ f: [{ v }] }`, with everything as text. */

import type { DuckDBValue } from '@duckdb/node-api';
import { BigQueryError, type SqlType, storedField } from '@mewayz/googlesql';
import { entriesOf, itemsOf, scalarText, type TimestampFormat } from '@mewayz/googlesql/duckdb';

export type Cell =
  | string
  | null
  | { readonly f: readonly { readonly v: Cell }[] }
  | readonly { readonly v: Cell }[];

export function encode(value: DuckDBValue, type: SqlType, format: TimestampFormat): Cell {
  if (type.kind === 'ARRAY') {
    const items = value === null ? [] : itemsOf(value);
    return items.map((item) => ({ v: element(item, type.element, format) }));
  }
  if (value === null) return null;
  if (type.kind === 'STRUCT') {
    const entries = entriesOf(value);
    return {
      f: type.fields.map((field, index) => ({
        v: encode(entries[storedField(type.fields, index)] ?? null, field.type, format),
      })),
    };
  }
  return scalarText(value, type.kind, format);
}

function element(item: DuckDBValue, type: SqlType, format: TimestampFormat): Cell {
  if (item === null)
    throw new BigQueryError('invalidQuery', 'Array cannot have a null element; error in writing field');
  return encode(item, type, format);
}
