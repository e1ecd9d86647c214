/** Finds what a name or a path means. */

import type { Call, Expression } from './ast.ts';
import { translateCall } from './calls.ts';
import type { Context } from './context.ts';
import type { Column, Scope } from './scope.ts';
import { fieldSql, structOf, type Typed, typed } from './typed.ts';
import { JSON_TYPE, quoteText, sameName, typeName } from './types.ts';

export function name(text: string, scope: Scope, context: Context): Typed {
  const found = scope.find(text);
  if (found === 'ambiguous') throw context.error(`Column name ${text} is ambiguous`);
  if (!found) {
    // CURRENT_DATE and its kin may be written without parentheses.
    if (/^CURRENT_(?:DATE|TIME|DATETIME|TIMESTAMP)$/i.test(text))
      return translateCall(emptyCall(text.toUpperCase()), scope, context);
    throw context.error(`Unrecognized name: ${text}`);
  }
  if ('column' in found) return used(found.column, context);
  const { range } = found;
  if (range.value) return range.value;
  const columns = range.columns.filter(({ hidden }) => !hidden);
  for (const column of columns) column.use?.();
  return structOf(
    columns,
    columns.map((column) => column.name),
  );
}

const emptyCall = (name: string): Call => ({
  node: 'call',
  at: 0,
  name,
  safe: false,
  args: [],
  named: {},
  distinct: false,
  orderBy: [],
});

/** `t.column`, where t is a table of the query. */
export function columnOf(
  node: Extract<Expression, { node: 'field' }>,
  scope: Scope,
  context: Context,
): Typed | undefined {
  if (node.of.node !== 'name') return undefined;
  const range = scope.findRange(node.of.name);
  if (!range || range.value) return undefined;
  const matches = range.columns.filter((column) => sameName(column.name, node.name));
  const [column] = matches;
  if (!column) throw context.error(`Name ${node.name} not found inside ${node.of.name}`, node);
  if (matches.length > 1)
    throw context.error(`Column name ${node.name} is ambiguous inside ${node.of.name}`, node);
  return used(column, context);
}

function used(column: Column, context: Context): Column {
  column.use?.();
  if (context.inFilter && column.partitionOf) column.partitionOf.filtered = true;
  return column;
}

export function field(value: Typed, wanted: string, context: Context): Typed {
  const { type } = value;
  if (type.kind === 'JSON') return typed(`bq_json_member(${value.sql}, ${quoteText(wanted)})`, JSON_TYPE);
  if (type.kind !== 'STRUCT')
    throw context.error(`Cannot access field ${wanted} on a value with type ${typeName(type)}`);
  const matches = type.fields.flatMap((one, index) => (sameName(one.name, wanted) ? [index] : []));
  const [index] = matches;
  if (index === undefined) throw context.error(`Field name ${wanted} does not exist in ${typeName(type)}`);
  if (matches.length > 1) throw context.error(`Field name ${wanted} is ambiguous in ${typeName(type)}`);
  const known = value.fields?.[index];
  if (known) return known;
  const atom = value.atom ? { atom: true } : {};
  return { sql: fieldSql(value.sql, type.fields, index), type: type.fields[index]?.type ?? type, ...atom };
}
