/** Translates one SELECT. */

import type { Expression, GroupBy, OrderKey, Select, SelectItem, WindowSpec } from './ast.ts';
import type { Context } from './context.ts';
import { condition, impliedName, translate } from './expression.ts';
import { type FromResult, NOTHING, translateFrom } from './from.ts';
import { orderSql } from './ordering.ts';
import type { Translated } from './query.ts';
import { type Column, Scope } from './scope.ts';
import { fieldSql, structOf, type Typed } from './typed.ts';
import { sameName, typeName } from './types.ts';

/** As in BigQuery; a table of itself twice, again and again, would double without end. */
const MAX_COLUMNS = 10_000;

interface Ending {
  readonly orderBy: readonly OrderKey[];
  /** ` LIMIT … OFFSET …` */
  readonly limits: string;
  /** Whether a column `ord` shall keep the order. */
  readonly order: boolean;
}

export function translateSelect(select: Select, parent: Scope, context: Context, ending: Ending): Translated {
  const from = select.from ? translateFrom(select.from, parent, context) : NOTHING;
  const windows = namedWindows(select, context);
  const scope = new Scope({ ranges: from.ranges, merged: from.merged, windows }, parent);
  const where = select.where && filtered(select.where, scope, context);
  const items = select.items.flatMap((item) => translateItem(item, from, scope, context));
  if (items.length === 0) throw context.error('SELECT list must not be empty', select);
  const aliases = items.filter(({ name }) => name !== '');
  // In HAVING and the like a name is first one of the SELECT list.
  const named = scope.with({ aliases });
  const group = groupSql(select.groupBy, items, named, context);
  const having = select.having && condition(select.having, named, context, 'HAVING clause');
  const qualify = select.qualify && condition(select.qualify, named, context, 'QUALIFY clause');
  const order = orderSql(ending.orderBy, items, named, context);
  const output = outputOf(select, items, context);
  if (output.length > MAX_COLUMNS)
    throw context.error(`Query is too complex: a SELECT has more than ${MAX_COLUMNS} columns`, select);
  const columns = output.map(({ sql }, index) => `${sql} AS c${index}`);
  const natural = select.groupBy.kind === 'none' && !select.distinct ? from.natural : undefined;
  const ordering = order || (ending.order && natural);
  if (ending.order && ordering) columns.push(`row_number() OVER (ORDER BY ${ordering}) AS ord`);
  const sql = [
    `SELECT ${select.distinct ? 'DISTINCT ' : ''}${columns.join(', ')}`,
    from.sql && `FROM ${from.sql}`,
    where && `WHERE ${where.sql}`,
    group,
    having && `HAVING ${having.sql}`,
    qualify && `QUALIFY ${qualify.sql}`,
    order && `ORDER BY ${order}`,
  ];
  return {
    sql: sql.filter(Boolean).join(' ') + ending.limits,
    columns: output.map(({ name, type, partitionOf }) => ({
      name,
      type,
      ...(partitionOf && { partitionOf }),
    })),
    isValue: select.as !== undefined,
    ordered: ending.order && Boolean(ordering),
  };
}

/** A WHERE clause; columns of partitions that it names count as filtered. */
export function filtered(node: Expression, scope: Scope, context: Context): Typed {
  const before = context.inFilter;
  context.inFilter = true;
  try {
    return condition(node, scope, context, 'WHERE clause');
  } finally {
    context.inFilter = before;
  }
}

function namedWindows(select: Select, context: Context): ReadonlyMap<string, WindowSpec> {
  const windows = new Map<string, WindowSpec>();
  for (const { name, spec } of select.windows) {
    const known = typeof spec === 'string' ? windows.get(spec.toLowerCase()) : spec;
    if (!known) throw context.error(`Unrecognized window alias ${String(spec)}`, select);
    windows.set(name.toLowerCase(), known);
  }
  return windows;
}

function translateItem(item: SelectItem, from: FromResult, scope: Scope, context: Context): Column[] {
  if (item.item === 'value') {
    const value = translate(item.value, scope, context);
    return [{ ...value, name: item.alias ?? impliedName(item.value) }];
  }
  const columns = item.of ? fieldsOf(translate(item.of, scope, context), context, item) : from.star;
  if (columns.length === 0) throw context.error('SELECT * must have a FROM clause', item);
  for (const column of columns) column.use?.();
  for (const name of [...item.except, ...item.replace.map((one) => one.name)])
    if (!columns.some((column) => sameName(column.name, name)))
      throw context.error(
        `Column ${name} in SELECT * EXCEPT list does not exist`.replace(
          'EXCEPT',
          item.except.includes(name) ? 'EXCEPT' : 'REPLACE',
        ),
        item,
      );
  return columns
    .filter(({ name }) => !item.except.some((one) => sameName(one, name)))
    .map((column) => {
      const replacement = item.replace.find((one) => sameName(one.name, column.name));
      return replacement ? { ...translate(replacement.value, scope, context), name: column.name } : column;
    });
}

/** `x.*`: the columns of a table, or the fields of a STRUCT. */
function fieldsOf(value: Typed, context: Context, node: { readonly at: number }): Column[] {
  const { type } = value;
  if (type.kind !== 'STRUCT')
    throw context.error(`Dot-star is not supported for type ${typeName(type)}`, node);
  return type.fields.map((field, index) => {
    const known = value.fields?.[index] ?? { sql: fieldSql(value.sql, type.fields, index), type: field.type };
    return { ...known, name: field.name };
  });
}

function groupSql(groupBy: GroupBy, items: readonly Column[], named: Scope, context: Context): string {
  const key = (node: Expression): string => {
    if (node.node !== 'literal' || node.kind !== 'integer')
      return group(translate(node, named, context), node, context);
    const item = items[Number(node.value) - 1];
    if (!item)
      throw context.error(
        `GROUP BY column number item is out of range. Column numbers must be between 1 and ${items.length}`,
        node,
      );
    return group(item, node, context);
  };
  switch (groupBy.kind) {
    case 'none':
      return '';
    case 'all':
      return 'GROUP BY ALL';
    case 'keys':
      return `GROUP BY ${groupBy.keys.map(key).join(', ')}`;
    case 'sets':
      return `GROUP BY GROUPING SETS (${groupBy.sets.map((set) => `(${set.map(key).join(', ')})`).join(', ')})`;
    default:
      return `GROUP BY ${groupBy.kind.toUpperCase()} (${groupBy.keys.map(key).join(', ')})`;
  }
}

function group({ sql, type, literal }: Typed, node: Expression, context: Context): string {
  if (type.kind === 'JSON') throw context.error('Grouping by expressions of type JSON is not allowed', node);
  return literal === undefined ? sql : `(${sql})`;
}

function outputOf(select: Select, items: readonly Column[], context: Context): readonly Column[] {
  if (select.as === 'STRUCT')
    return [
      {
        ...structOf(
          items,
          items.map(({ name }) => name),
        ),
        name: '',
      },
    ];
  if (select.as === 'VALUE' && items.length !== 1)
    throw context.error('SELECT AS VALUE query must have exactly one column', select);
  if (select.distinct) {
    const bad = items.find(({ type }) => ['ARRAY', 'STRUCT', 'JSON'].includes(type.kind));
    if (bad)
      throw context.error(
        `Column ${bad.name || '1'} of type ${bad.type.kind} cannot be used in SELECT DISTINCT`,
        select,
      );
  }
  return items;
}
