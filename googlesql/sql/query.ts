/** Translates queries: WITH, set operations, ORDER BY, LIMIT. A single SELECT is in select.ts. */

import type { Expression, Query, QueryBody, SetOperation } from './ast.ts';
import type { Context } from './context.ts';
import { translate } from './expression.ts';
import { orderSql } from './ordering.ts';
import { type Column, type NamedQuery, type OutputColumn, Scope } from './scope.ts';
import { translateSelect } from './select.ts';
import { matchedByName } from './set-columns.ts';
import { coerce, superType, type Typed } from './typed.ts';
import { INT64, type SqlType } from './types.ts';

export interface Translated {
  /** Its columns are called c0, c1, …; with `ordered` there is one more, `ord`. */
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
  /** SELECT AS STRUCT or AS VALUE: rows are values and not lists of columns. */
  readonly isValue: boolean;
  /** Whether `ord` numbers the rows in the order that was asked for. */
  readonly ordered: boolean;
}

export interface QueryWishes {
  /** Adds a column `ord` that keeps the order, for arrays made of rows. */
  readonly order?: boolean;
}

export function translateQuery(
  query: Query,
  parent: Scope,
  context: Context,
  wishes: QueryWishes = {},
): Translated {
  const { scope, sql: withSql } = translateWith(query, parent, context);
  const body = translateBody(query.body, scope, context, query, wishes);
  return withSql ? { ...body, sql: joinWith(withSql, body.sql) } : body;
}

/** A query in parentheses may begin with a WITH of its own. No two of their names are the same, so one can hold both. */
function joinWith(outer: string, sql: string): string {
  const start = /^WITH (?:RECURSIVE )?/;
  if (!start.test(sql)) return `${outer} ${sql}`;
  const recursive = [outer, sql].some((each) => each.startsWith('WITH RECURSIVE '));
  return `WITH ${recursive ? 'RECURSIVE ' : ''}${outer.replace(start, '')}, ${sql.replace(start, '')}`;
}

function translateWith(query: Query, parent: Scope, context: Context): { scope: Scope; sql: string } {
  if (query.with.length === 0) return { scope: parent, sql: '' };
  const queries: NamedQuery[] = [];
  const parts: string[] = [];
  let scope = parent;
  for (const { name, query: inner, at } of query.with) {
    const sqlName = context.fresh('w');
    const recursive = query.recursive ? translateRecursive(name, sqlName, inner, scope, context) : undefined;
    const { sql, columns, isValue } = recursive ?? translateQuery(inner, scope, context);
    if (queries.some((earlier) => earlier.name.toLowerCase() === name.toLowerCase()))
      throw context.error(`Duplicate alias ${name} for WITH subquery`, { at });
    parts.push(
      `${sqlName}${recursive ? `(${columns.map((_, index) => `c${index}`).join(', ')})` : ''} AS (${sql})`,
    );
    queries.unshift({ name, sqlName, columns, isValue });
    scope = new Scope({ queries: [...queries] }, parent);
  }
  return { scope, sql: `WITH ${query.recursive ? 'RECURSIVE ' : ''}${parts.join(', ')}` };
}

/** `base UNION ALL step`, where the step reads the query itself; undefined when it does not. */
function translateRecursive(
  name: string,
  sqlName: string,
  query: Query,
  scope: Scope,
  context: Context,
): Translated | undefined {
  const { body } = query;
  if (body.node !== 'set' || !body.operator.startsWith('UNION') || query.orderBy.length > 0 || query.limit)
    return undefined;
  if (body.byName) throw context.error('BY NAME in a recursive query is not supported', body);
  const [first, ...steps] = body.inputs;
  if (!first) return undefined;
  const base = translateBody(first, scope, context);
  const itself = { name, sqlName, columns: base.columns, isValue: base.isValue };
  const inner = new Scope({ queries: [itself] }, scope);
  const types = base.columns.map(({ type }) => type);
  const parts = [base, ...steps.map((step) => translateBody(step, inner, context))].map((part) =>
    castColumns(part, types, context, query),
  );
  return { ...base, sql: parts.join(body.operator === 'UNION ALL' ? ' UNION ALL ' : ' UNION ') };
}

type Tail = Pick<Query, 'orderBy' | 'limit' | 'offset' | 'at'>;
const NO_TAIL: Tail = { orderBy: [], at: 0 };

export function translateBody(
  body: QueryBody,
  scope: Scope,
  context: Context,
  tail: Tail = NO_TAIL,
  wishes: QueryWishes = {},
): Translated {
  const limits = limitSql(tail, context);
  if (body.node === 'select' && !body.distinct)
    return translateSelect(body, scope, context, {
      orderBy: tail.orderBy,
      limits,
      order: wishes.order ?? false,
    });
  const inner =
    body.node === 'select'
      ? translateSelect(body, scope, context, { orderBy: [], limits: '', order: false })
      : body.node === 'set'
        ? translateSet(body, scope, context)
        : translateQuery(body.query, scope, context, wishes);
  if (tail.orderBy.length === 0 && limits === '') return inner;
  return orderOutput(inner, tail, limits, scope, context, wishes);
}

/** Sorts finished rows; only their columns may be named. */
function orderOutput(
  inner: Translated,
  tail: Tail,
  limits: string,
  scope: Scope,
  context: Context,
  wishes: QueryWishes,
): Translated {
  const alias = context.freshAlias();
  const aliases = inner.columns.map(
    (column, index): Column => ({ ...column, sql: `${alias}.c${index}`, atom: true }),
  );
  const order = orderSql(tail.orderBy, aliases, scope.with({ aliases }), context);
  const columns = inner.columns.map((_, index) => `${alias}.c${index}`);
  const ordered = Boolean(wishes.order) && order !== '';
  if (ordered) columns.push(`row_number() OVER (ORDER BY ${order}) AS ord`);
  const orderBy = order ? ` ORDER BY ${order}` : '';
  return {
    ...inner,
    ordered,
    sql: `SELECT ${columns.join(', ')} FROM (${inner.sql}) AS ${alias}${orderBy}${limits}`,
  };
}

function limitSql({ limit, offset }: Tail, context: Context): string {
  const count = (node: Expression, what: string): string => {
    const value = coerce(translate(node, new Scope({}), context), INT64);
    if (value?.literal === undefined || Number(value.literal) < 0)
      throw context.error(`${what} expects a non-negative integer literal or parameter`, node);
    return value.literal;
  };
  return `${limit ? ` LIMIT ${count(limit, 'LIMIT')}` : ''}${offset ? ` OFFSET ${count(offset, 'OFFSET')}` : ''}`;
}

function translateSet(body: SetOperation, scope: Scope, context: Context): Translated {
  const inputs = matchedByName(
    body,
    body.inputs.map((input) => translateBody(input, scope, context)),
    context,
  );
  const [first] = inputs;
  if (!first) throw context.error('A set operation needs inputs', body);
  const width = first.columns.length;
  const odd = inputs.findIndex(({ columns }) => columns.length !== width);
  if (odd > 0)
    throw context.error(
      `Queries in ${body.operator} have mismatched column count; query 1 has ${width} column${width === 1 ? '' : 's'}, query ${odd + 1} has ${inputs[odd]?.columns.length}`,
      body,
    );
  const types = first.columns.map((_, index) => {
    const values = inputs.map(({ columns }): Typed => ({ sql: '', type: columns[index]?.type ?? INT64 }));
    const type = superType(values);
    if (!type)
      throw context.error(
        `Column ${index + 1} in ${body.operator} has incompatible types: ${values.map(({ type }) => type.kind).join(', ')}`,
        body,
      );
    return type;
  });
  const operator = body.operator.replace(/^(\w+) DISTINCT$/, '$1');
  const parts = inputs.map((input) => castColumns(input, types, context, body));
  return {
    sql: parts.map((part) => `(${part})`).join(` ${operator} `),
    columns: first.columns.map(({ name }, index) => ({ name, type: types[index] ?? INT64 })),
    isValue: first.isValue,
    ordered: false,
  };
}

function castColumns(
  input: Translated,
  types: readonly SqlType[],
  context: Context,
  node: { at: number },
): string {
  const alias = context.freshAlias();
  const columns = input.columns.map(({ type }, index) => {
    const wanted = types[index] ?? type;
    const value = coerce({ sql: `${alias}.c${index}`, type, atom: true }, wanted);
    if (!value)
      throw context.error(
        `Column ${index + 1} has the type ${type.kind}, but ${wanted.kind} is needed`,
        node,
      );
    return `${value.sql} AS c${index}`;
  });
  return `SELECT ${columns.join(', ')} FROM (${input.sql}) AS ${alias}`;
}
