/** A translated expression: DuckDB SQL and its GoogleSQL type. */

import { createHash } from 'node:crypto';
import { SqlError } from '../errors.ts';
import { parseNumeric } from '../values/numeric.ts';
import { temporalLiteral } from '../values/temporal.ts';
import {
  arrayOf,
  type Field,
  identicalType,
  isNumber,
  NULL_TYPE,
  quoteName,
  quoteText,
  type SqlType,
  sameType,
  storedField,
  storedType,
  typeName,
} from './types.ts';

export interface Typed {
  readonly sql: string;
  readonly type: SqlType;
  /** The value, when it is written in the query or given as a parameter: such values take the type that is wanted. */
  readonly literal?: string;
  /** A column, literal or parameter: may stand in the SQL any number of times. */
  readonly atom?: boolean;
  /** The fields, when the query spells the STRUCT out. */
  readonly fields?: readonly Typed[];
  /** The elements, when the query spells the ARRAY out. */
  readonly elements?: readonly Typed[];
  /** The table whose partitions a filter on this column picks. */
  readonly partitionOf?: PartitionedSource;
}

/** A table that may only be read with a filter on its partitions. */
export interface PartitionedSource {
  readonly message: string;
  filtered: boolean;
}

export const typed = (sql: string, type: SqlType): Typed => ({ sql, type });
export const nullOf = (type: SqlType): Typed => ({
  sql: `CAST(NULL AS ${storedType(type)})`,
  type,
  atom: true,
});
export const NULL: Typed = { sql: 'NULL', type: NULL_TYPE, atom: true };

/** Gives the value the type, as far as GoogleSQL does so unasked; undefined when it does not. */
export function coerce(value: Typed, to: SqlType): Typed | undefined {
  const { type } = value;
  if (identicalType(type, to)) return value;
  if (type.kind === 'NULL') return nullOf(to);
  if (to.kind === 'NULL') return value;
  const coerced = coerceLiteral(value, to);
  if (coerced) return coerced;
  if (isNumber(type) && isNumber(to) && rank(type) <= rank(to))
    return { ...value, sql: `CAST(${value.sql} AS ${storedType(to)})`, type: to };
  if (type.kind === 'DATE' && to.kind === 'DATETIME')
    return { sql: `CAST(${value.sql} AS TIMESTAMP)`, type: to };
  if (type.kind === 'STRUCT' && to.kind === 'STRUCT') return coerceStruct(value, type.fields, to.fields);
  if (type.kind === 'ARRAY' && to.kind === 'ARRAY') return coerceArray(value, type.element, to.element);
  return undefined;
}

const rank = ({ kind }: SqlType): number => ['INT64', 'NUMERIC', 'FLOAT64'].indexOf(kind);

const TEMPORAL = ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP'];

function coerceLiteral({ literal, type }: Typed, to: SqlType): Typed | undefined {
  if (literal === undefined) return undefined;
  if (type.kind === 'STRING' && TEMPORAL.includes(to.kind)) return temporal(literal, to);
  if (type.kind === 'FLOAT64' && to.kind === 'NUMERIC') return numericLiteral(literal);
  return undefined;
}

/** A DATE, DATETIME, TIME or TIMESTAMP from its text. */
export function temporal(text: string, type: SqlType): Typed {
  const value = temporalLiteral(text, type.kind);
  if (value === undefined) throw new SqlError(`Could not cast literal "${text}" to type ${typeName(type)}`);
  return { sql: `CAST(${quoteText(value)} AS ${storedType(type)})`, type, atom: true };
}

export function numericLiteral(text: string): Typed {
  const value = parseNumeric(text);
  if (value === undefined) throw new SqlError(`Invalid NUMERIC literal: '${text}'`);
  return { sql: `CAST(${quoteText(value)} AS DECIMAL(38,9))`, type: { kind: 'NUMERIC' }, atom: true };
}

function coerceStruct(value: Typed, from: readonly Field[], to: readonly Field[]): Typed | undefined {
  if (from.length !== to.length) return undefined;
  const type: SqlType = { kind: 'STRUCT', fields: to };
  if (value.fields) {
    const fields = value.fields.map((field, index) => coerce(field, to[index]?.type ?? NULL_TYPE));
    return fields.every((field) => field !== undefined)
      ? structOf(
          fields,
          to.map(({ name }) => name),
        )
      : undefined;
  }
  const fields = from.map((field, index) =>
    coerce({ sql: fieldSql(value.sql, from, index), type: field.type }, to[index]?.type ?? NULL_TYPE),
  );
  if (!fields.every((field) => field !== undefined)) return undefined;
  const built = structOf(
    fields,
    to.map(({ name }) => name),
  );
  return { sql: `CASE WHEN ${value.sql} IS NULL THEN NULL ELSE ${built.sql} END`, type };
}

function coerceArray(value: Typed, from: SqlType, to: SqlType): Typed | undefined {
  const type = arrayOf(to);
  if (value.elements) {
    const elements = value.elements.map((element) => coerce(element, to));
    return elements.every((element) => element !== undefined) ? arrayLiteral(elements, to) : undefined;
  }
  if (from.kind === 'NULL') return { sql: `CAST(${value.sql} AS ${storedType(type)})`, type };
  if (!sameType(from, to)) return undefined;
  const element = coerce({ sql: 'e', type: from }, to);
  return element && { sql: `list_transform(${value.sql}, lambda e: ${element.sql})`, type };
}

export const fieldSql = (struct: string, fields: readonly Field[], index: number): string =>
  `struct_extract(${struct}, ${quoteText(storedField(fields, index))})`;

export function structOf(values: readonly Typed[], names: readonly string[]): Typed {
  const fields = values.map(({ type }, index) => ({ name: names[index] ?? '', type }));
  const parts = values.map(({ sql }, index) => `${quoteName(storedField(fields, index))} := ${sql}`);
  const sql = parts.length > 0 ? `struct_pack(${parts.join(', ')})` : 'struct_pack(_empty := true)';
  return { sql, type: { kind: 'STRUCT', fields }, fields: values };
}

export function arrayLiteral(elements: readonly Typed[], element: SqlType): Typed {
  const type = arrayOf(element);
  const sql = `CAST([${elements.map(({ sql }) => sql).join(', ')}] AS ${storedType(type)})`;
  return { sql, type, elements };
}

/** The one type that all values can take unasked; undefined when there is none. */
export function superType(values: readonly Typed[]): SqlType | undefined {
  const candidates = values.map(({ type }) => type).filter(({ kind }) => kind !== 'NULL');
  const firm = values.filter(({ literal, type }) => literal === undefined && type.kind !== 'NULL');
  const ordered = [...firm.map(({ type }) => type), ...candidates];
  const fits = ordered.filter((type) => values.every((value) => fitsLiteral(value, type)));
  return fits[0] ?? joinStructs(values) ?? (candidates.length === 0 ? NULL_TYPE : undefined);
}

function fitsLiteral(value: Typed, type: SqlType): boolean {
  try {
    return coerce(value, type) !== undefined;
  } catch (error) {
    if (error instanceof SqlError) return false;
    throw error;
  }
}

/** STRUCTs field by field, ARRAYs by their element. */
function joinStructs(values: readonly Typed[]): SqlType | undefined {
  const present = values.filter(({ type }) => type.kind !== 'NULL');
  const [first] = present;
  if (first?.type.kind === 'ARRAY') {
    const element = superType(present.flatMap(elementsOf));
    return element && arrayOf(element);
  }
  if (first?.type.kind !== 'STRUCT') return undefined;
  const fields: Field[] = [];
  for (const [index, { name }] of first.type.fields.entries()) {
    const type = superType(present.flatMap((value) => fieldAt(value, index)));
    if (!type) return undefined;
    fields.push({ name, type });
  }
  return { kind: 'STRUCT', fields };
}

const elementsOf = ({ type, elements }: Typed): readonly Typed[] =>
  elements ?? (type.kind === 'ARRAY' ? [typed('', type.element)] : []);

function fieldAt({ type, fields }: Typed, index: number): Typed[] {
  if (fields?.[index]) return [fields[index]];
  const field = type.kind === 'STRUCT' ? type.fields[index] : undefined;
  return field ? [typed('', field.type)] : [];
}

/** Coerces all values to their common type. */
export function unify(values: readonly Typed[], what: string): Typed[] {
  const type = superType(values);
  const unified = type && values.map((value) => coerce(value, type));
  if (unified?.every((value) => value !== undefined)) return unified;
  throw new SqlError(
    `No matching signature for ${what} for argument types: ${values.map(describe).join(', ')}`,
  );
}

export const describe = ({ type }: Typed): string => typeName(type);

/**
 * Makes `body` of values that may stand more than once in it: what is no column or literal is worked out once, in
 * the argument of a lambda.
 */
export function bind(values: readonly Typed[], body: (atoms: readonly Typed[]) => Typed): Typed {
  if (values.every(isCheap)) return body(values);
  const name = nameOf(values);
  const atoms = values.map(
    (value, index): Typed => (isCheap(value) ? value : { ...value, sql: `${name}.a${index}`, atom: true }),
  );
  const parts = values.flatMap((value, index) => (isCheap(value) ? [] : [`a${index} := ${value.sql}`]));
  const result = body(atoms);
  return {
    sql: `list_transform([struct_pack(${parts.join(', ')})], lambda ${name}: ${result.sql})[1]`,
    type: result.type,
  };
}

/** Short enough to stand several times, where DuckDB works it out once; neither a query nor something random. */
const isCheap = ({ atom, sql }: Typed): boolean =>
  atom === true || (sql.length < 60 && !/SELECT|random\(|uuid\(/.test(sql));

/** A lambda's variable is named after what it holds: a nested one of the same name holds the same values. */
function nameOf(values: readonly Typed[]): string {
  const text = values.map(({ sql }) => sql).join('\n');
  return `v${createHash('sha1').update(text).digest('hex').slice(0, 12)}`;
}
