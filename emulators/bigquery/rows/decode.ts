/** Rows that clients send as JSON, as values for DuckDB. */

import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { type SchemaField, type SqlType, sameName, storedField, typeOfField } from '@mewayz/googlesql';
import type { DuckDb } from '@mewayz/googlesql/duckdb';
import {
  canonicalJson,
  numericUnits,
  parseDate,
  parseDatetime,
  parseTime,
  parseTimestamp,
} from '@mewayz/googlesql/values';

/** Why a row is refused, and which field is to blame. */
export class RowError extends Error {
  readonly location: string;
  constructor(location: string, message: string) {
    super(message);
    this.name = 'RowError';
    this.location = location;
  }
}

export interface DecodeOptions {
  readonly ignoreUnknown: boolean;
}

type Row = Readonly<Record<string, unknown>>;

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One value a field, in the order of the fields; undefined where the row says nothing. @throws RowError */
export function decodeRow(
  api: DuckDb,
  fields: readonly SchemaField[],
  row: unknown,
  options: DecodeOptions,
  path = '',
): (DuckDBValue | undefined)[] {
  if (!isRow(row)) throw new RowError(path, 'This field is not a record.');
  const names = Object.keys(row);
  const byName = new Map(names.map((name) => [name.toLowerCase(), row[name]]));
  if (!options.ignoreUnknown) {
    const unknown = names.find((name) => !fields.some((field) => sameName(field.name, name)));
    if (unknown !== undefined) throw new RowError(path + unknown, `no such field: ${path}${unknown}.`);
  }
  return fields.map((field) => {
    const given = byName.get(field.name.toLowerCase());
    if (given !== undefined && given !== null) return decodeField(api, field, given, options, path);
    if (field.mode === 'REPEATED') return new api.DuckDBListValue([]);
    if (field.mode === 'REQUIRED' && !(given === undefined && field.defaultValueExpression))
      throw new RowError(path + field.name, `Missing required field: ${path}${field.name}.`);
    return given === undefined ? undefined : null;
  });
}

function decodeField(
  api: DuckDb,
  field: SchemaField,
  value: unknown,
  options: DecodeOptions,
  path: string,
): DuckDBValue {
  const place = path + field.name;
  const one = (item: unknown): DuckDBValue => {
    if (field.type !== 'RECORD') return decodeScalar(api, field.type, item, place);
    const values = decodeRow(api, field.fields ?? [], item, options, `${place}.`);
    const type = typeOfField({ ...field, mode: 'NULLABLE' });
    const fields = type.kind === 'STRUCT' ? type.fields : [];
    return new api.DuckDBStructValue(
      Object.fromEntries(values.map((inner, index) => [storedField(fields, index), inner ?? null])),
    );
  };
  if (field.mode !== 'REPEATED') {
    if (Array.isArray(value) && field.type !== 'JSON')
      throw new RowError(place, 'Array specified for non-repeated field.');
    return one(value);
  }
  if (!Array.isArray(value))
    throw new RowError(place, `Field value of ${place} cannot be a single value, as the field is repeated.`);
  return new api.DuckDBListValue(
    value.map((item) => {
      if (item === null) throw new RowError(place, 'Only optional fields can be set to NULL.');
      return one(item);
    }),
  );
}

function decodeScalar(api: DuckDb, type: string, value: unknown, place: string): DuckDBValue {
  const decoded = scalarValue(api, type, value);
  if (decoded !== undefined) return decoded;
  throw new RowError(
    place,
    `Could not convert value to ${type.toLowerCase()}. Field: ${place}; Value: ${String(typeof value === 'object' ? JSON.stringify(value) : value).slice(0, 100)}`,
  );
}

/** The value of the type; undefined when it is none. Numbers may come as text, and moments as seconds. */
export function scalarValue(api: DuckDb, type: string, value: unknown): DuckDBValue | undefined {
  if (type === 'JSON') return jsonValue(value);
  if (typeof value === 'object') return undefined;
  const text = String(value);
  switch (type) {
    case 'STRING':
      return text;
    case 'INTEGER':
      return integerValue(text);
    case 'FLOAT':
      return floatValue(text);
    case 'BOOLEAN':
      return /^(?:true|t|yes|y|1)$/i.test(text)
        ? true
        : /^(?:false|f|no|n|0)$/i.test(text)
          ? false
          : undefined;
    case 'BYTES':
      return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text)
        ? new api.DuckDBBlobValue(Buffer.from(text, 'base64'))
        : undefined;
    case 'NUMERIC': {
      const units = numericUnits(text);
      return units === undefined ? undefined : new api.DuckDBDecimalValue(units, 38, 9);
    }
    default:
      return temporalValue(api, type, value, text);
  }
}

function jsonValue(value: unknown): string | undefined {
  try {
    return canonicalJson(typeof value === 'string' ? value : JSON.stringify(value));
  } catch {
    return undefined;
  }
}

function integerValue(text: string): bigint | undefined {
  if (!/^\s*[+-]?\d+(?:\.0*)?\s*$/.test(text)) {
    const number = Number(text);
    return text.trim() !== '' && Number.isSafeInteger(number) ? BigInt(number) : undefined;
  }
  const value = BigInt(text.trim().replace(/^\+/, '').replace(/\.0*$/, ''));
  return value === BigInt.asIntN(64, value) ? value : undefined;
}

function floatValue(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'nan') return Number.NaN;
  if (/^[+-]?inf(?:inity)?$/.test(word))
    return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(word);
  return word === '' || !Number.isFinite(value) || /^[+-]?0[xob]/.test(word) ? undefined : value;
}

function temporalValue(api: DuckDb, type: string, value: unknown, text: string): DuckDBValue | undefined {
  if (type === 'DATE') {
    const days = parseDate(text);
    return days === undefined ? undefined : new api.DuckDBDateValue(days);
  }
  if (type === 'TIME') {
    const micros = parseTime(text);
    return micros === undefined ? undefined : new api.DuckDBTimeValue(micros);
  }
  const micros =
    type === 'DATETIME' ? parseDatetime(text.replace(/[zZ]$/, '')) : timestampMicros(value, text);
  return micros === undefined ? undefined : new api.DuckDBTimestampValue(micros);
}

/** A text with or without a zone, or seconds since 1970. */
function timestampMicros(value: unknown, text: string): bigint | undefined {
  if (typeof value === 'number' || /^-?\d+(?:\.\d+)?(?:[eE]\d+)?$/.test(text)) {
    const seconds = numericUnits(text);
    return seconds === undefined ? undefined : seconds / 1000n;
  }
  return parseTimestamp(text.replace(/\s+UTC$/, 'Z'));
}

/** The DuckDB type of a column, for chunks of rows. */
export function vectorType(api: DuckDb, type: SqlType): DuckDBType {
  switch (type.kind) {
    case 'ARRAY':
      return api.LIST(vectorType(api, type.element));
    case 'STRUCT':
      return api.STRUCT(
        Object.fromEntries(
          type.fields.map((field, index) => [storedField(type.fields, index), vectorType(api, field.type)]),
        ),
      );
    case 'FLOAT64':
      return api.DOUBLE;
    case 'NUMERIC':
      return api.DECIMAL(38, 9);
    case 'BOOL':
      return api.BOOLEAN;
    case 'BYTES':
      return api.BLOB;
    case 'DATE':
      return api.DATE;
    case 'TIME':
      return api.TIME;
    case 'DATETIME':
    case 'TIMESTAMP':
      return api.TIMESTAMP;
    case 'STRING':
    case 'JSON':
      return api.VARCHAR;
    case 'INTERVAL':
      return api.INTERVAL;
    default:
      return api.BIGINT;
  }
}
