/** Functions as data: `'STRING, INT64 -> STRING'` and the SQL, where `$1` is the first argument and `$*` all. */

import { bind, coerce, superType, type Typed, typed } from './typed.ts';
import { arrayOf, isNumber, NULL_TYPE, type ScalarKind, type SqlType, scalar } from './types.ts';

/** One way to call a function. The first that fits wins, those that need no coercion before those that do. */
export type Overload = readonly [signature: string, sql: string];
export type FunctionTable = Readonly<Record<string, readonly Overload[]>>;

interface Signature {
  readonly args: readonly string[];
  /** The last argument may be repeated. */
  readonly variadic: boolean;
  readonly result: string;
}

function parse(signature: string): Signature {
  const [left = '', result = ''] = signature.split('->').map((part) => part.trim());
  const args = left === '' ? [] : left.split(',').map((part) => part.trim());
  const variadic = args.at(-1)?.endsWith('...') ?? false;
  return { args: args.map((arg) => arg.replace('...', '')), variadic, result };
}

/** The call with the first overload that takes the arguments; undefined when none does. */
export function applyOverloads(overloads: readonly Overload[], values: readonly Typed[]): Typed | undefined {
  for (const exact of [true, false])
    for (const [text, sql] of overloads) {
      const signature = parse(text);
      const matched = match(signature, values, exact);
      if (matched) return print(sql, matched.values, matched.result);
    }
  return undefined;
}

interface Matched {
  readonly values: readonly Typed[];
  readonly result: SqlType;
}

function match(
  { args, variadic, result }: Signature,
  values: readonly Typed[],
  exact: boolean,
): Matched | undefined {
  if (variadic ? values.length < args.length : values.length !== args.length) return undefined;
  const wanted = values.map((_, index) => args[Math.min(index, args.length - 1)] ?? '');
  const generic = genericType(wanted, values);
  if (generic === 'none') return undefined;
  const converted: Typed[] = [];
  for (const [index, value] of values.entries()) {
    const type = typeFor(wanted[index] ?? '', generic);
    if (wanted[index] === 'ANY') {
      converted.push(value);
      continue;
    }
    if (!type || (exact && type.kind !== value.type.kind)) return undefined;
    const coerced = coerce(value, type);
    if (!coerced) return undefined;
    converted.push(coerced);
  }
  return { values: converted, result: typeFor(result, generic) ?? NULL_TYPE };
}

/** What T stands for: the common type of all arguments that T types; 'none' when they have none. */
function genericType(wanted: readonly string[], values: readonly Typed[]): SqlType | 'none' | undefined {
  const bound = values.flatMap((value, index): Typed[] => {
    const { type } = value;
    if (wanted[index] === 'T' || wanted[index] === 'N') return [value];
    if (wanted[index] === 'ARRAY<T>' && type.kind === 'ARRAY')
      return value.elements?.length ? [...value.elements] : [typed('', type.element)];
    return [];
  });
  if (bound.length === 0) return wanted.includes('ARRAY<T>') ? NULL_TYPE : undefined;
  const type = superType(bound) ?? 'none';
  return type !== 'none' && wanted.includes('N') && !isNumber(type) && type.kind !== 'NULL' ? 'none' : type;
}

function typeFor(name: string, generic: SqlType | 'none' | undefined): SqlType | undefined {
  if (name === 'T' || name === 'N') return generic === 'none' ? undefined : generic;
  if (name === 'ARRAY<T>') return generic && generic !== 'none' ? arrayOf(generic) : undefined;
  const array = /^ARRAY<(\w+)>$/.exec(name);
  return array ? arrayOf(scalar(array[1] as ScalarKind)) : scalar(name as ScalarKind);
}

function print(sql: string, values: readonly Typed[], result: SqlType): Typed {
  const repeated = values.some((_, index) => sql.split(`$${index + 1}`).length > 2);
  const fill = (atoms: readonly Typed[]): Typed =>
    typed(
      sql.replace(/\$(\d|\*)/g, (_, key: string) =>
        key === '*' ? atoms.map((atom) => atom.sql).join(', ') : (atoms[Number(key) - 1]?.sql ?? 'NULL'),
      ),
      result,
    );
  return repeated ? bind(values, fill) : fill(values);
}
