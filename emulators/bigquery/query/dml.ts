/** INSERT, UPDATE, DELETE, MERGE and TRUNCATE. */

import type { DuckDBConnection } from '@duckdb/node-api';
import {
  BigQueryError,
  type Column,
  checkFilters,
  condition,
  filtered,
  type MergeClause,
  type Range,
  Scope,
  type Statement,
  type Typed,
  translate,
  translateFrom,
  typeOfField,
} from '@mewayz/googlesql';
import type { Catalog } from '../store/catalog.ts';
import { isIngestionTime, physicalName, type Table, tableKey } from '../store/resources.ts';
import { assigned, assignments, completed, fieldNamed, type Target, targetScope } from './dml-target.ts';
import { referenceOf } from './resolver.ts';
import { type Session, select } from './statement.ts';

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
