/** Translates FROM: tables, views, WITH tables, subqueries, arrays and joins. */

import type { Expression, FromItem, Query } from './ast.ts';
import type { Context, TableSource } from './context.ts';
import { condition, translate } from './expression.ts';
import { parseStatement } from './parser.ts';
import { pivot, unpivot } from './pivot.ts';
import { type Translated, translateQuery } from './query.ts';
import { type Column, type Range, Scope } from './scope.ts';
import { coerce, describe, fieldSql, type PartitionedSource, type Typed, unify } from './typed.ts';
import { FLOAT64, INT64, quoteName, sameName } from './types.ts';

export interface FromResult {
  readonly sql: string;
  readonly ranges: readonly Range[];
  readonly merged: readonly Column[];
  /** What `*` stands for. */
  readonly star: readonly Column[];
  /** What sorts the rows as the array they come from. */
  readonly natural?: string;
}

export const NOTHING: FromResult = { sql: '', ranges: [], merged: [], star: [] };

export function translateFrom(
  item: FromItem,
  parent: Scope,
  context: Context,
  left: FromResult = NOTHING,
): FromResult {
  switch (item.from) {
    case 'table':
      return translateTable(item, parent, context, left);
    case 'unnest':
      return unnest(item, translate(item.value, scopeOf(left, parent), context), context);
    case 'query': {
      const inner = translateQuery(item.query, parent, context);
      return sampled(fromTranslated(inner, item.alias, context), item.sample, context);
    }
    case 'join':
      return join(item, parent, context, left);
    case 'pivot':
      return pivot(item, translateFrom(item.input, parent, context), parent, context);
    case 'unpivot':
      return unpivot(item, translateFrom(item.input, parent, context), parent, context);
  }
}

const scopeOf = ({ ranges, merged }: FromResult, parent: Scope): Scope =>
  new Scope({ ranges, merged }, parent);

function translateTable(
  item: Extract<FromItem, { from: 'table' }>,
  parent: Scope,
  context: Context,
  left: FromResult,
): FromResult {
  const { path, alias } = item;
  const [first = '', ...rest] = path;
  if (rest.length > 0 && scopeOf(left, parent).find(first) !== undefined) {
    // `t.items` where t is a table of the query: the elements of an array column.
    const array = rest.reduce<Expression>((of, name) => ({ node: 'field', at: item.at, of, name }), {
      node: 'name',
      at: item.at,
      name: first,
    });
    return unnest(
      { ...item, alias: alias ?? rest.at(-1) ?? first },
      translate(array, scopeOf(left, parent), context),
      context,
    );
  }
  const named = rest.length === 0 ? parent.findQuery(first) : undefined;
  const name = alias ?? path.at(-1) ?? '';
  if (named) {
    const sqlAlias = context.freshAlias();
    return sampled(rangeOf(named, `${named.sqlName} AS ${sqlAlias}`, sqlAlias, name), item.sample, context);
  }
  return sampled(catalogTable(item, name, context), item.sample, context);
}

function catalogTable(
  item: Extract<FromItem, { from: 'table' }>,
  name: string,
  context: Context,
): FromResult {
  const source = context.locate({ node: 'name', at: item.at, name }, () =>
    context.options.catalog.table(item.path),
  );
  if (source.view !== undefined)
    return fromTranslated(translateView(source.view, source, context), name, context);
  const alias = context.freshAlias();
  const demanded = source.requireFilter;
  const watched: PartitionedSource | undefined = demanded && { message: demanded.message, filtered: false };
  if (watched) context.watch(watched);
  const columns = source.columns.map(
    (column): Column => ({
      ...column,
      sql: `${alias}.${quoteName(column.sql)}`,
      atom: true,
      use: () => source.use?.(column.name),
      ...(watched && demanded?.columns.includes(column.name) && { partitionOf: watched }),
    }),
  );
  return {
    sql: `${source.sql} AS ${alias}`,
    ranges: [{ name, columns }],
    merged: [],
    star: columns.filter(({ hidden }) => !hidden),
  };
}

function translateView(text: string, { label, catalog }: TableSource, context: Context): Translated {
  const { statement } = parseStatement(text);
  if (statement.statement !== 'query') throw context.error(`View ${label} is no query`);
  const { query }: { query: Query } = statement;
  return context.withinView(label, () => {
    const inner = context.forView(text, catalog);
    const result = translateQuery(query, new Scope({}), inner);
    for (const source of inner.sources) context.watch(source);
    return result;
  });
}

function fromTranslated(inner: Translated, name: string | undefined, context: Context): FromResult {
  const alias = context.freshAlias();
  return rangeOf(inner, `(${inner.sql}) AS ${alias}`, alias, name);
}

/** A table whose columns are called c0, c1, …, or whose one column is the row itself. */
function rangeOf(
  inner: Pick<Translated, 'columns' | 'isValue'>,
  sql: string,
  alias: string,
  name = '',
): FromResult {
  const columns = inner.columns.map(
    (column, index): Column => ({ ...column, sql: `${alias}.c${index}`, atom: true }),
  );
  const [only] = columns;
  if (inner.isValue && only) {
    const fields = fieldColumns(only, name);
    return {
      sql,
      ranges: [{ name, value: only, columns: only.type.kind === 'STRUCT' ? fields : [] }],
      merged: [],
      star: fields,
    };
  }
  return { sql, ranges: [{ name, columns }], merged: [], star: columns };
}

/** What `*` makes of a value: the fields of a STRUCT, else the value under its name. */
function fieldColumns(value: Typed, name: string): Column[] {
  const { type } = value;
  if (type.kind !== 'STRUCT') return [{ ...value, name }];
  return type.fields.map((field, index) => ({
    name: field.name,
    sql: fieldSql(value.sql, type.fields, index),
    type: field.type,
    atom: true,
  }));
}

function unnest(
  item: { readonly at: number; readonly alias?: string | undefined; readonly offset?: string },
  array: Typed,
  context: Context,
): FromResult {
  if (array.type.kind !== 'ARRAY')
    throw context.error(
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${describe(array)}`,
      item,
    );
  const alias = context.freshAlias();
  const element: Typed = { sql: `${alias}.v`, type: array.type.element, atom: true };
  const columns = fieldColumns(element, item.alias ?? '');
  const ranges: Range[] = [
    { name: item.alias ?? '', value: element, columns: element.type.kind === 'STRUCT' ? columns : [] },
  ];
  const star = [...columns];
  if (item.offset) {
    const offset: Column = { name: item.offset, sql: `${alias}.o`, type: INT64, atom: true };
    ranges.push({ name: '', columns: [offset] });
    star.push(offset);
  }
  const rows = (list: string) => `SELECT unnest(${list}) AS v, unnest(range(len(${list}))) AS o`;
  const sql = array.atom ? rows(array.sql) : `${rows('l')} FROM (SELECT ${array.sql} AS l)`;
  return { sql: `LATERAL (${sql}) AS ${alias}`, ranges, merged: [], star, natural: `${alias}.o` };
}

function sampled(from: FromResult, percent: Expression | undefined, context: Context): FromResult {
  if (!percent) return from;
  const value = coerce(translate(percent, new Scope({}), context), FLOAT64);
  const share = Number(value?.literal);
  if (!value || Number.isNaN(share) || share < 0 || share > 100)
    throw context.error('TABLESAMPLE PERCENT must be a number between 0 and 100', percent);
  return { ...from, sql: `${from.sql} TABLESAMPLE SYSTEM (${share} PERCENT)` };
}

function join(
  item: Extract<FromItem, { from: 'join' }>,
  parent: Scope,
  context: Context,
  before: FromResult,
): FromResult {
  const left = translateFrom(item.left, parent, context, before);
  const seen = { ...left, ranges: [...before.ranges, ...left.ranges] };
  const right = translateFrom(item.right, parent, context, seen);
  const clash = right.ranges.find(
    ({ name }) => name !== '' && left.ranges.some((range) => sameName(range.name, name)),
  );
  if (clash) throw context.error(`Duplicate table alias ${clash.name} in the same FROM clause`, item);
  const both = { ranges: [...left.ranges, ...right.ranges], star: [...left.star, ...right.star] };
  const merged = [...left.merged, ...right.merged];
  const natural = left.natural
    ? { natural: right.natural ? `${left.natural}, ${right.natural}` : left.natural }
    : {};
  const rightSql = item.right.from === 'join' ? `(${right.sql})` : right.sql;
  if (item.using) return using(item, left, right, rightSql, context);
  if (item.kind === 'CROSS')
    return { ...both, ...natural, merged, sql: `${left.sql} CROSS JOIN ${rightSql}` };
  const scope = new Scope({ ranges: both.ranges, merged }, parent);
  const on = item.on ? condition(item.on, scope, context, 'JOIN ON clause').sql : 'TRUE';
  return { ...both, merged, sql: `${left.sql} ${item.kind} JOIN ${rightSql} ON ${on}` };
}

function using(
  item: Extract<FromItem, { from: 'join' }>,
  left: FromResult,
  right: FromResult,
  rightSql: string,
  context: Context,
): FromResult {
  const names = item.using ?? [];
  const find = (side: FromResult, name: string): Column => {
    const matches = [...side.merged, ...side.star].filter((column) => sameName(column.name, name));
    const [column] = matches;
    if (!column)
      throw context.error(
        `Column ${name} in USING clause not found on ${side === left ? 'left' : 'right'} side of join`,
        item,
      );
    column.use?.();
    return column;
  };
  const conditions: string[] = [];
  const merged = names.map((name): Column => {
    const [a, b] = unify([find(left, name), find(right, name)], 'operator =');
    if (!a || !b) throw context.error(`Column ${name} in USING clause has no type`, item);
    conditions.push(`${a.sql} = ${b.sql}`);
    const sql = item.kind === 'FULL' ? `coalesce(${a.sql}, ${b.sql})` : item.kind === 'RIGHT' ? b.sql : a.sql;
    return { name, sql, type: a.type, ...(item.kind !== 'FULL' && { atom: true }) };
  });
  const others = [...left.star, ...right.star].filter(
    (column) => !names.some((name) => sameName(name, column.name)),
  );
  return {
    sql: `${left.sql} ${item.kind} JOIN ${rightSql} ON ${conditions.join(' AND ')}`,
    ranges: [...left.ranges, ...right.ranges],
    merged: [...merged, ...left.merged, ...right.merged],
    star: [...merged, ...others],
  };
}
