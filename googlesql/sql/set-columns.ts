import type { SetOperation } from './ast.ts';
import type { Context } from './context.ts';
import type { Translated } from './query.ts';
import { NULL } from './typed.ts';
import { sameName } from './types.ts';

/** The inputs of a set operation with their columns brought into one order by their names; as they are without BY NAME. */
export function matchedByName(
  { byName, operator, at }: SetOperation,
  inputs: readonly Translated[],
  context: Context,
): readonly Translated[] {
  if (!byName) return inputs;
  const names = inputs.map((input) => namesOf(input, context, { at }));
  const [first = [], ...others] = names;
  const has = (list: readonly string[], name: string): boolean => list.some((other) => sameName(other, name));
  const odd = others.find((list) => list.length !== first.length || !list.every((name) => has(first, name)));
  if (byName === 'same' && odd)
    throw context.error(`The inputs of ${operator} BY NAME do not have the same columns`, { at });
  const shared = first.filter((name) => others.every((list) => has(list, name)));
  if (byName !== 'full' && shared.length === 0)
    throw context.error(`The inputs of ${operator} have no column in common`, { at });
  const all = names
    .flat()
    .filter((name, index, list) => list.findIndex((one) => sameName(one, name)) === index);
  const wanted = { same: first, left: first, inner: shared, full: all }[byName];
  return inputs.map((input) => {
    const alias = context.freshAlias();
    const places = wanted.map((name) => input.columns.findIndex((column) => sameName(column.name, name)));
    const cells = places.map((place, index) => `${place < 0 ? NULL.sql : `${alias}.c${place}`} AS c${index}`);
    return {
      ...input,
      columns: wanted.map((name, index) => ({
        name,
        type: (input.columns[places[index] ?? -1] ?? NULL).type,
      })),
      sql: `SELECT ${cells.join(', ')} FROM (${input.sql}) AS ${alias}`,
    };
  });
}

function namesOf({ columns }: Translated, context: Context, node: { readonly at: number }): string[] {
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.findIndex((other) => sameName(other, name)) !== index);
  if (names.includes('') || twice !== undefined)
    throw context.error('Columns that are matched by name need names of their own', node);
  return names;
}
