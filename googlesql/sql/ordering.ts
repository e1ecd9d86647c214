import type { OrderKey } from './ast.ts';
import type { Context } from './context.ts';
import { translate } from './expression.ts';
import type { Column, Scope } from './scope.ts';
import type { Typed } from './typed.ts';

/** `ORDER BY` without the words. A whole number is a column's position. */
export function orderSql(
  keys: readonly OrderKey[],
  output: readonly Column[],
  scope: Scope,
  context: Context,
): string {
  return keys
    .map((key) => {
      const { value } = key;
      if (value.node !== 'literal' || value.kind !== 'integer')
        return keySql(key, translate(value, scope, context), context);
      const column = output[Number(value.value) - 1];
      if (!column)
        throw context.error(
          `ORDER BY column number item is out of range. Column numbers must be between 1 and ${output.length}`,
          value,
        );
      return keySql(key, column, context);
    })
    .join(', ');
}

/** NULL comes before everything, then NaN; with DESC the other way around. */
export function keySql(
  { descending, nulls, value }: OrderKey,
  { sql, type, literal }: Typed,
  context: Context,
): string {
  if (['ARRAY', 'STRUCT', 'JSON'].includes(type.kind))
    throw context.error(`ORDER BY does not support expressions of type ${type.kind}`, value);
  const direction = descending ? 'DESC' : 'ASC';
  const place = `${direction} NULLS ${nulls ?? (descending ? 'LAST' : 'FIRST')}`;
  // A literal is no position, as DuckDB would have it.
  const key = literal === undefined ? sql : `(${sql})`;
  return type.kind === 'FLOAT64' && literal === undefined
    ? `(NOT isnan(${key})) ${place}, ${key} ${place}`
    : `${key} ${place}`;
}
