/** The table that a statement changes: its names, and values for its columns. */

import {
  type Assignment,
  BigQueryError,
  type Column,
  coerce,
  describe,
  type Expression,
  fieldSql,
  quoteName,
  type Range,
  type SchemaField,
  Scope,
  type SqlType,
  sameName,
  storedField,
  type Typed,
  translate,
  typeName,
} from '@mewayz/googlesql';
import { partitionStart } from '../rows/append.ts';
import type { Catalog } from '../store/catalog.ts';
import { isIngestionTime, partitionColumns, type Table, tableKey } from '../store/resources.ts';
import { defaultOf } from './constants.ts';
import { columnsOf } from './resolver.ts';
import type { Session } from './statement.ts';

export interface Target {
  readonly table: Table;
  readonly catalog: Catalog;
  readonly session: Session;
}

/** The table under its name or alias; a filter on its partitions counts. */
export function targetScope(
  { table, session }: Target,
  alias: string | undefined,
): { scope: Scope; range: Range; alias: string } {
  const sqlAlias = session.context.freshAlias();
  const watched = table.requirePartitionFilter
    ? {
        message: `Cannot query over table '${tableKey(table.reference)}' without a filter over its partitions`,
        filtered: false,
      }
    : undefined;
  if (watched) session.context.watch(watched);
  const partitions = partitionColumns(table);
  const columns = columnsOf(table).map((column): Column => {
    const sql =
      column.sql === '_PARTITIONDATE'
        ? `CAST(${sqlAlias}."_PARTITIONTIME" AS DATE)`
        : `${sqlAlias}.${quoteName(column.sql)}`;
    return { ...column, sql, ...(watched && partitions.includes(column.name) && { partitionOf: watched }) };
  });
  const range = { name: alias ?? table.reference.tableId, columns };
  return { scope: new Scope({ ranges: [range] }), range, alias: sqlAlias };
}

export function fieldNamed(table: Table, name: string): SchemaField {
  const field = table.fields.find((one) => sameName(one.name, name));
  if (!field)
    throw new BigQueryError(
      'invalidQuery',
      `Column ${name} is not present in table ${tableKey(table.reference)}`,
      { location: 'query' },
    );
  return field;
}

export function assigned(value: Typed, type: SqlType, name: string): Typed {
  const coerced = coerce(value, type);
  if (!coerced)
    throw new BigQueryError(
      'invalidQuery',
      `Value has type ${describe(value)} which cannot be inserted into column ${name}, which has type ${typeName(type)}`,
      { location: 'query' },
    );
  // A column of arrays holds no NULL.
  return type.kind === 'ARRAY' ? { ...coerced, sql: `coalesce(${coerced.sql}, [])` } : coerced;
}

/** The value of a column that an INSERT does not name. */
function unnamed({ catalog }: Target, field: SchemaField): string {
  if (field.defaultValueExpression) return defaultOf(catalog, field, field.defaultValueExpression).sql;
  return field.mode === 'REPEATED' ? '[]' : 'NULL';
}

/** Columns and their values, completed by defaults and by the partition of ingestion. */
export function completed(
  target: Target,
  given: ReadonlyMap<string, string>,
): { columns: string; values: string } {
  const { table } = target;
  const names = table.fields.map(({ name }) => quoteName(name));
  const values = table.fields.map((field) => given.get(field.name) ?? unnamed(target, field));
  if (isIngestionTime(table)) {
    names.push('"_PARTITIONTIME"');
    values.push(given.get('_PARTITIONTIME') ?? `make_timestamp(${partitionStart(table, Date.now())})`);
  }
  return { columns: names.join(', '), values: values.join(', ') };
}

/** `SET "column" = value` for each column that the assignments touch. */
export function assignments(target: Target, set: readonly Assignment[], range: Range, scope: Scope): string {
  const { context } = target.session;
  const byColumn = new Map<string, string>();
  for (const { path, value, at } of set) {
    const [first = '', ...rest] =
      sameName(path[0] ?? '', range.name) && path.length > 1 ? path.slice(1) : path;
    const field = fieldNamed(target.table, first);
    const column = range.columns.find(({ name }) => sameName(name, first));
    if (!column || (byColumn.has(field.name) && rest.length === 0))
      throw context.error(`Update item ${path.join('.')} assigned more than once`, { at });
    const current: Typed = { ...column, sql: byColumn.get(field.name) ?? column.sql };
    byColumn.set(field.name, assignPath(target, current, rest, value, scope, field).sql);
  }
  return [...byColumn].map(([name, sql]) => `${quoteName(name)} = ${sql}`).join(', ');
}

/** The column with a new value, or with a new value at a place within its record. */
function assignPath(
  target: Target,
  current: Typed,
  path: readonly string[],
  value: Expression,
  scope: Scope,
  field: SchemaField,
): Typed {
  const { context } = target.session;
  const [name, ...rest] = path;
  if (name === undefined) {
    if (value.node === 'default') return { sql: unnamed(target, field), type: current.type };
    return assigned(translate(value, scope, context), current.type, field.name);
  }
  const { type } = current;
  const index = type.kind === 'STRUCT' ? type.fields.findIndex((one) => sameName(one.name, name)) : -1;
  const inner = type.kind === 'STRUCT' ? type.fields[index] : undefined;
  if (type.kind !== 'STRUCT' || !inner)
    throw context.error(`Field ${name} does not exist in ${typeName(type)}`, value);
  const part = assignPath(
    target,
    { sql: fieldSql(current.sql, type.fields, index), type: inner.type },
    rest,
    value,
    scope,
    field,
  );
  const parts = type.fields.map(
    (_, at) =>
      `${quoteName(storedField(type.fields, at))} := ${at === index ? part.sql : fieldSql(current.sql, type.fields, at)}`,
  );
  return { sql: `struct_pack(${parts.join(', ')})`, type };
}
