/** Queries that stand for values. */

import { SqlError } from '../errors.ts';
import type { Query } from './ast.ts';
import type { Context } from './context.ts';
import { type Translated, translateQuery } from './query.ts';
import type { Scope } from './scope.ts';
import { type Typed, typed, unify } from './typed.ts';
import { arrayOf, BOOL, type SqlType, storedType } from './types.ts';

function onlyColumn({ columns }: Translated, what: string): SqlType {
  const [column] = columns;
  if (!column || columns.length > 1)
    throw new SqlError(
      `${what} cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values`,
    );
  return column.type;
}

export function scalarQuery(query: Query, scope: Scope, context: Context): Typed {
  const inner = translateQuery(query, scope, context);
  return typed(`(${inner.sql})`, onlyColumn(inner, 'Scalar subquery'));
}

/** `ARRAY(SELECT …)`: in the order that the query asks for, or that of the array it reads. */
export function arrayQuery(query: Query, scope: Scope, context: Context): Typed {
  const inner = translateQuery(query, scope, context, { order: true });
  const element = onlyColumn(inner, 'ARRAY subquery');
  if (element.kind === 'ARRAY')
    throw new SqlError(
      'Cannot use array subquery with column of type ARRAY because nested arrays are not supported',
    );
  const alias = context.freshAlias();
  const order = inner.ordered ? ` ORDER BY ${alias}.ord` : '';
  const type = arrayOf(element);
  return typed(
    `(SELECT coalesce(list(${alias}.c0${order}), CAST([] AS ${storedType(type)})) FROM (${inner.sql}) AS ${alias})`,
    type,
  );
}

export function exists(query: Query, scope: Scope, context: Context): Typed {
  return typed(`EXISTS (${translateQuery(query, scope, context).sql})`, BOOL);
}

export function inQuery(value: Typed, query: Query, scope: Scope, context: Context): Typed {
  const inner = translateQuery(query, scope, context);
  const type = onlyColumn(inner, 'Subquery of type IN');
  const alias = context.freshAlias();
  const [left, right] = unify([value, { sql: `${alias}.c0`, type, atom: true }], 'operator IN');
  if (!left || !right) throw new SqlError('IN needs a value');
  return typed(`(${left.sql} IN (SELECT ${right.sql} FROM (${inner.sql}) AS ${alias}))`, BOOL);
}
