/** INSERT, UPDATE, DELETE, MERGE and TRUNCATE. */

import type { DuckDBConnection } from '@duckdb/node-api';
import { BigQueryError } from '../errors.ts';
import { partitionStart } from '../rows/append.ts';
import type { Assignment, Expression, MergeClause, Statement } from '../sql/ast.ts';
import { condition, translate } from '../sql/expression.ts';
import { translateFrom } from '../sql/from.ts';
import { type Column, type Range, Scope } from '../sql/scope.ts';
import { filtered } from '../sql/select.ts';
import { coerce, describe, fieldSql, type Typed } from '../sql/typed.ts';
import {
  quoteName,
  type SchemaField,
  type SqlType,
  sameName,
  storedField,
  typeName,
  typeOfField,
} from '../sql/types.ts';
import type { Catalog } from '../store/catalog.ts';
import { isIngestionTime, partitionColumns, physicalName, type Table, tableKey } from '../store/resources.ts';
import { defaultOf } from './constants.ts';
import { columnsOf, referenceOf } from './resolver.ts';
import { checkFilters, type Session, select } from './statement.ts';

export interface DmlStats {
  readonly insertedRowCount: number;
  readonly updatedRowCount: number;
  readonly deletedRowCount: number;
}

type Dml = Extract<Statement, { statement: 'insert' | 'update' | 'delete' | 'truncate' | 'merge' }>;

const NONE: DmlStats = { insertedRowCount: 0, updatedRowCount: 0, deletedRowCount: 0 };

/** A statement that is translated already; running it changes the rows and counts them. */
export interface PreparedDml {
  readonly table: Table;
  run(connection: DuckDBConnection): Promise<DmlStats>;
}

export function prepareDml(catalog: Catalog, session: Session, statement: Dml): PreparedDml {
  const table = catalog.table(referenceOf(statement.table, session.place));
  if (table.type !== 'TABLE')
    throw new BigQueryError('invalidQuery', `${tableKey(table.reference)} is a view, and cannot be changed`, {
      location: 'query',
    });
  const target: Target = { table, catalog, session };
  const run = prepare(target, statement);
  checkFilters(session.context);
  return { table, run };
}

interface Target {
  readonly table: Table;
  readonly catalog: Catalog;
  readonly session: Session;
}

type Run = PreparedDml['run'];

function prepare(target: Target, statement: Dml): Run {
  const name = physicalName(target.table);
  switch (statement.statement) {
    case 'insert': {
      const sql = insertSql(target, statement);
      return async (connection) => ({ ...NONE, insertedRowCount: await changed(connection, sql) });
    }
    case 'truncate':
      return async (connection) => ({
        ...NONE,
        deletedRowCount: await changed(connection, `DELETE FROM ${name}`),
      });
    case 'delete': {
      const { scope, alias } = targetScope(target, statement.alias);
      const sql = `DELETE FROM ${name} AS ${alias} WHERE ${filtered(statement.where, scope, target.session.context).sql}`;
      return async (connection) => ({ ...NONE, deletedRowCount: await changed(connection, sql) });
    }
    case 'update':
      return update(target, statement);
    default:
      return merge(target, statement);
  }
}

async function changed(connection: DuckDBConnection, sql: string): Promise<number> {
  return (await connection.run(sql)).rowsChanged;
}

/** The table under its name or alias; a filter on its partitions counts. */
function targetScope(
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

function fieldNamed(table: Table, name: string): SchemaField {
  const field = table.fields.find((one) => sameName(one.name, name));
  if (!field)
    throw new BigQueryError(
      'invalidQuery',
      `Column ${name} is not present in table ${tableKey(table.reference)}`,
      { location: 'query' },
    );
  return field;
}

function assigned(value: Typed, type: SqlType, name: string): Typed {
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
function completed(target: Target, given: ReadonlyMap<string, string>): { columns: string; values: string } {
  const { table } = target;
  const names = table.fields.map(({ name }) => quoteName(name));
  const values = table.fields.map((field) => given.get(field.name) ?? unnamed(target, field));
  if (isIngestionTime(table)) {
    names.push('"_PARTITIONTIME"');
    values.push(given.get('_PARTITIONTIME') ?? `make_timestamp(${partitionStart(table, Date.now())})`);
  }
  return { columns: names.join(', '), values: values.join(', ') };
}

function insertSql(target: Target, statement: Extract<Statement, { statement: 'insert' }>): string {
  const { table, session } = target;
  const fields = (statement.columns ?? table.fields.map(({ name }) => name)).map((name) =>
    name.toUpperCase() === '_PARTITIONTIME' && isIngestionTime(table)
      ? { name: '_PARTITIONTIME', type: 'TIMESTAMP' }
      : fieldNamed(table, name),
  );
  const mismatch = (count: number) =>
    new BigQueryError(
      'invalidQuery',
      `Inserted row has wrong column count; Has ${count}, expected ${fields.length}`,
      { location: 'query' },
    );
  const into = (columns: string) => `INSERT INTO ${physicalName(table)} (${columns})`;
  const rowSql = (values: readonly (Typed | undefined)[]) => {
    if (values.length !== fields.length) throw mismatch(values.length);
    const given = new Map(
      values.flatMap((value, index) => {
        const field = fields[index];
        return value && field
          ? [[field.name, assigned(value, typeOfField(field), field.name).sql] as const]
          : [];
      }),
    );
    return completed(target, given);
  };
  if ('body' in statement.source) {
    const { sql, columns } = select(session, statement.source);
    const row = rowSql(columns.map(({ type }, index) => ({ sql: `s.c${index}`, type, atom: true })));
    return `${into(row.columns)} SELECT ${row.values} FROM (${sql}) AS s`;
  }
  const scope = new Scope({});
  const rows = statement.source.map((row) =>
    rowSql(
      row.map((value) => (value.node === 'default' ? undefined : translate(value, scope, session.context))),
    ),
  );
  return `${into(rows[0]?.columns ?? '')} VALUES ${rows.map(({ values }) => `(${values})`).join(', ')}`;
}

/** `SET "column" = value` for each column that the assignments touch. */
function assignments(target: Target, set: readonly Assignment[], range: Range, scope: Scope): string {
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

function update(target: Target, statement: Extract<Statement, { statement: 'update' }>): Run {
  const { context } = target.session;
  const { scope, range, alias } = targetScope(target, statement.alias);
  const name = physicalName(target.table);
  const from = statement.from && translateFrom(statement.from, new Scope({}), context);
  const all = from ? new Scope({ ranges: [range, ...from.ranges], merged: from.merged }) : scope;
  const where = filtered(statement.where, all, context).sql;
  const set = assignments(target, statement.set, range, all);
  const sql = `UPDATE ${name} AS ${alias} SET ${set}${from ? ` FROM ${from.sql}` : ''} WHERE ${where}`;
  const doubled =
    from &&
    `SELECT 1 FROM ${name} AS ${alias} CROSS JOIN ${from.sql} WHERE ${where} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`;
  return async (connection) => {
    if (doubled) await refuseDoubled(connection, doubled, 'UPDATE/MERGE');
    return { ...NONE, updatedRowCount: await changed(connection, sql) };
  };
}

async function refuseDoubled(connection: DuckDBConnection, sql: string, what: string): Promise<void> {
  const result = await connection.runAndReadAll(sql);
  if (result.currentRowCount > 0)
    throw new BigQueryError('invalidQuery', `${what} must match at most one source row for each target row`, {
      location: 'query',
    });
}

const WHEN = {
  MATCHED: 'MATCHED',
  'NOT MATCHED': 'NOT MATCHED BY TARGET',
  'NOT MATCHED BY SOURCE': 'NOT MATCHED BY SOURCE',
} as const;

function merge(target: Target, statement: Extract<Statement, { statement: 'merge' }>): Run {
  const { context } = target.session;
  const { scope, range, alias } = targetScope(target, statement.alias);
  const source = translateFrom(statement.source, new Scope({}), context);
  // DuckDB's MERGE wants one table: the source becomes one, whose columns are found again by number.
  const sourceAlias = context.freshAlias();
  const listed = [...source.ranges.flatMap(({ columns }) => columns), ...source.merged];
  const renamed = new Map(
    listed.map((column, index) => [column, { ...column, sql: `${sourceAlias}.c${index}`, atom: true }]),
  );
  const again = (columns: readonly Column[]) => columns.flatMap((column) => renamed.get(column) ?? []);
  const ranges = source.ranges.map((one): Range => ({ name: one.name, columns: again(one.columns) }));
  const star = listed.map(({ sql }, index) => `${sql} AS c${index}`).join(', ');
  const sourceSql = `(SELECT ${star} FROM ${source.sql}) AS ${sourceAlias}`;
  const sourceScope = new Scope({ ranges, merged: again(source.merged) });
  const both = new Scope({ ranges: [...scope.ranges, ...ranges] });
  const on = condition(statement.on, both, context, 'MERGE ON clause').sql;
  const starColumns = source.star.map((column) => renamed.get(column));
  const clauses = statement.clauses.map((clause) =>
    mergeClause(target, clause, { target: scope, source: sourceScope, both }, range, starColumns),
  );
  const name = physicalName(target.table);
  const head = `MERGE INTO ${name} AS ${alias} USING ${sourceSql} ON ${on}`;
  const touches = statement.clauses.some(({ when }) => when === 'MATCHED');
  const doubled = `SELECT 1 FROM ${name} AS ${alias} JOIN ${sourceSql} ON ${on} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`;
  return async (connection) => {
    if (touches) await refuseDoubled(connection, doubled, 'UPDATE/MERGE');
    const result = await connection.runAndReadAll(`${head} ${clauses.join(' ')} RETURNING merge_action`);
    const actions = result.getRows().map(([action]) => String(action));
    const count = (action: string) => actions.filter((one) => one === action).length;
    return {
      insertedRowCount: count('INSERT'),
      updatedRowCount: count('UPDATE'),
      deletedRowCount: count('DELETE'),
    };
  };
}

interface MergeScopes {
  readonly target: Scope;
  readonly source: Scope;
  readonly both: Scope;
}

function mergeClause(
  target: Target,
  clause: MergeClause,
  scopes: MergeScopes,
  range: Range,
  star: readonly (Column | undefined)[],
): string {
  const { context } = target.session;
  const scope =
    clause.when === 'MATCHED' ? scopes.both : clause.when === 'NOT MATCHED' ? scopes.source : scopes.target;
  const and = clause.condition
    ? ` AND ${condition(clause.condition, scope, context, 'MERGE WHEN clause').sql}`
    : '';
  const head = `WHEN ${WHEN[clause.when]}${and} THEN`;
  if (clause.action === 'delete') return `${head} DELETE`;
  if (clause.action === 'update')
    return `${head} UPDATE SET ${assignments(target, clause.set, range, scope)}`;
  const names = clause.columns ?? target.table.fields.map((field) => field.name);
  const values: (Typed | undefined)[] =
    clause.values === 'ROW'
      ? [...star]
      : clause.values.map((value) =>
          value.node === 'default' ? undefined : translate(value, scope, context),
        );
  if (values.length !== names.length)
    throw context.error(
      `Inserted row has wrong column count; Has ${values.length}, expected ${names.length}`,
      clause,
    );
  const given = new Map(
    names.flatMap((name, index) => {
      const field = fieldNamed(target.table, name);
      const value = values[index];
      return value ? [[field.name, assigned(value, typeOfField(field), field.name).sql] as const] : [];
    }),
  );
  const row = completed(target, given);
  return `${head} INSERT (${row.columns}) VALUES (${row.values})`;
}
