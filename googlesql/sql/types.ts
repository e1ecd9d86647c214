/** GoogleSQL's types, how DuckDB stores them, and how BigQuery's REST schema names them. */

import { BigQueryError } from '../errors.ts';

export type ScalarKind =
  | 'INT64'
  | 'FLOAT64'
  | 'NUMERIC'
  | 'BOOL'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'DATETIME'
  | 'TIME'
  | 'TIMESTAMP'
  | 'JSON'
  | 'INTERVAL';

export interface Field {
  /** Empty for an anonymous field of a STRUCT. */
  readonly name: string;
  readonly type: SqlType;
}

export type SqlType =
  | { readonly kind: ScalarKind }
  /** The type of a bare NULL, or of `[]`'s elements, until its surroundings give it one. */
  | { readonly kind: 'NULL' }
  | { readonly kind: 'ARRAY'; readonly element: SqlType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly Field[] };

export const scalar = (kind: ScalarKind): SqlType => ({ kind });
export const INT64 = scalar('INT64');
export const FLOAT64 = scalar('FLOAT64');
export const NUMERIC = scalar('NUMERIC');
export const BOOL = scalar('BOOL');
export const STRING = scalar('STRING');
export const BYTES = scalar('BYTES');
export const DATE = scalar('DATE');
export const DATETIME = scalar('DATETIME');
export const TIME = scalar('TIME');
export const TIMESTAMP = scalar('TIMESTAMP');
export const JSON_TYPE = scalar('JSON');
export const INTERVAL = scalar('INTERVAL');
export const NULL_TYPE: SqlType = { kind: 'NULL' };
export const arrayOf = (element: SqlType): SqlType => ({ kind: 'ARRAY', element });

/** Both TIMESTAMP (always UTC here) and DATETIME are DuckDB's TIMESTAMP: the translator knows which is which. */
const STORED: Readonly<Record<ScalarKind, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BOOL: 'BOOLEAN',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  DATE: 'DATE',
  DATETIME: 'TIMESTAMP',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'VARCHAR',
  INTERVAL: 'INTERVAL',
};

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export function quoteText(text: string): string {
  if (text.includes('\0')) throw new BigQueryError('invalidQuery', 'The character U+0000 is not supported.');
  return `'${text.replaceAll("'", "''")}'`;
}

/** A STRUCT's field as DuckDB knows it, where every field needs a name of its own. */
export const storedField = (fields: readonly Field[], index: number): string => {
  const name = fields[index]?.name ?? '';
  const earlier = fields.slice(0, index).some((field) => sameName(field.name, name));
  return name === '' || earlier ? `_field_${index + 1}` : name;
};

export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export function storedType(type: SqlType): string {
  if (type.kind === 'NULL') return 'BIGINT';
  if (type.kind === 'ARRAY') return `${storedType(type.element)}[]`;
  if (type.kind !== 'STRUCT') return STORED[type.kind];
  const fields = type.fields.map(
    (field, index) => `${quoteName(storedField(type.fields, index))} ${storedType(field.type)}`,
  );
  return fields.length > 0 ? `STRUCT(${fields.join(', ')})` : 'STRUCT("_empty" BOOLEAN)';
}

/** `ARRAY<STRUCT<a INT64, STRING>>`, as error messages and INFORMATION_SCHEMA show it. */
export function typeName(type: SqlType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${typeName(type.element)}>`;
  if (type.kind !== 'STRUCT') return type.kind === 'NULL' ? 'NULL' : type.kind;
  return `STRUCT<${type.fields.map((field) => `${field.name ? `${field.name} ` : ''}${typeName(field.type)}`).join(', ')}>`;
}

export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'ARRAY') return b.kind === 'ARRAY' && sameType(a.element, b.element);
  if (a.kind !== 'STRUCT') return a.kind === b.kind;
  return (
    b.kind === 'STRUCT' &&
    a.fields.length === b.fields.length &&
    a.fields.every((field, index) => sameType(field.type, b.fields[index]?.type ?? NULL_TYPE))
  );
}

/** Same types, and the same names of fields, so that DuckDB sees one type too. */
export function identicalType(a: SqlType, b: SqlType): boolean {
  return sameType(a, b) && storedType(a) === storedType(b);
}

export const isNumber = (type: SqlType): boolean =>
  type.kind === 'INT64' || type.kind === 'FLOAT64' || type.kind === 'NUMERIC';

const ALIASES: Readonly<Record<string, ScalarKind>> = {
  INT: 'INT64',
  SMALLINT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  INT64: 'INT64',
  FLOAT: 'FLOAT64',
  FLOAT64: 'FLOAT64',
  DECIMAL: 'NUMERIC',
  NUMERIC: 'NUMERIC',
  BOOL: 'BOOL',
  BOOLEAN: 'BOOL',
  STRING: 'STRING',
  BYTES: 'BYTES',
  DATE: 'DATE',
  DATETIME: 'DATETIME',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'JSON',
  INTERVAL: 'INTERVAL',
};

/** The type of a name such as `INTEGER` or `Float64`; undefined when there is none that is supported. */
export function scalarByName(name: string): SqlType | undefined {
  const kind = ALIASES[name.toUpperCase()];
  return kind && scalar(kind);
}

/** Fields of a table, as `schema.fields` holds them. */
export interface SchemaField {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly description?: string;
  readonly fields?: readonly SchemaField[];
  readonly defaultValueExpression?: string;
  readonly [more: string]: unknown;
}

export function typeOfField(field: SchemaField): SqlType {
  const element = elementOf(field);
  return field.mode?.toUpperCase() === 'REPEATED' ? arrayOf(element) : element;
}

function elementOf(field: SchemaField): SqlType {
  const name = field.type.toUpperCase();
  if (name === 'RECORD' || name === 'STRUCT') {
    if (!field.fields?.length)
      throw new BigQueryError('invalid', `Field ${field.name} is type RECORD but has no schema`);
    return {
      kind: 'STRUCT',
      fields: field.fields.map((inner) => ({ name: inner.name, type: typeOfField(inner) })),
    };
  }
  const type = scalarByName(name);
  if (!type) throw new BigQueryError('invalid', `Type ${name} of field ${field.name} is not supported`);
  return type;
}

/** The names that `schema.fields` has always had for types that GoogleSQL calls otherwise. */
const REST_NAMES: Partial<Record<ScalarKind, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
};

export function fieldOfType(name: string, type: SqlType): SchemaField {
  if (type.kind === 'ARRAY') return { ...fieldOfType(name, type.element), mode: 'REPEATED' };
  if (type.kind === 'NULL') return { name, type: 'INTEGER', mode: 'NULLABLE' };
  if (type.kind !== 'STRUCT') return { name, type: REST_NAMES[type.kind] ?? type.kind, mode: 'NULLABLE' };
  const fields = type.fields.map((field, index) =>
    fieldOfType(field.name || `_field_${index + 1}`, field.type),
  );
  return { name, type: 'RECORD', mode: 'NULLABLE', fields };
}

/** The widest of several number types; INT64 when there is none. */
export function unifyNumbers(types: readonly SqlType[]): SqlType {
  if (types.some(({ kind }) => kind === 'FLOAT64')) return FLOAT64;
  return types.some(({ kind }) => kind === 'NUMERIC') ? NUMERIC : INT64;
}
