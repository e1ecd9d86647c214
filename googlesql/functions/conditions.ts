/** Conditional functions, SAFE arithmetic and other odds and ends. */

import { SqlError } from '../errors.ts';
import type { Form } from '../sql/calls.ts';
import { binary, divide, negate } from '../sql/operators.ts';
import type { FunctionTable } from '../sql/signatures.ts';
import { bind, coerce, NULL, type Typed, typed, unify } from '../sql/typed.ts';
import { BOOL, FLOAT64, INT64, quoteText, STRING } from '../sql/types.ts';

export const CONDITIONS: FunctionTable = {
  IF: [['BOOL, T, T -> T', 'CASE WHEN $1 THEN $2 ELSE $3 END']],
  IFNULL: [['T, T -> T', 'coalesce($1, $2)']],
  COALESCE: [['T... -> T', 'coalesce($*)']],
  NULLIF: [['T, T -> T', 'nullif($1, $2)']],
  ERROR: [['STRING -> INT64', 'CAST(bq_error($1, $1) AS BIGINT)']],
  GENERATE_UUID: [['-> STRING', 'CAST(uuid() AS VARCHAR)']],
};

/** An operation that answers NULL where it would fail. */
const safely =
  (apply: (a: Typed, b: Typed) => Typed): Form =>
  (args) =>
    bind(args, ([a = NULL, b = NULL]) => {
      const result = apply(a, b);
      return typed(`TRY(${result.sql})`, result.type);
    });

/** GREATEST and LEAST: NULL when any is NULL, NaN when any is NaN. */
const extreme =
  (name: 'greatest' | 'least'): Form =>
  (args, { name: called }) =>
    bind(unify(args, `function ${called}`), (values) => {
      const type = values[0]?.type ?? INT64;
      const missing = values.map(({ sql }) => `${sql} IS NULL`).join(' OR ');
      const nan =
        type.kind === 'FLOAT64'
          ? ` WHEN ${values.map(({ sql }) => `isnan(${sql})`).join(' OR ')} THEN CAST('nan' AS DOUBLE)`
          : '';
      return typed(
        `CASE WHEN ${missing} THEN NULL${nan} ELSE ${name}(${values.map(({ sql }) => sql).join(', ')}) END`,
        type,
      );
    });

const session: Form = (_, { context }) => {
  throw context.error('Function SESSION_USER is not supported');
};

export const CONDITION_FORMS: Readonly<Record<string, Form>> = {
  SAFE_ADD: safely((a, b) => binary('+', a, b)),
  SAFE_SUBTRACT: safely((a, b) => binary('-', a, b)),
  SAFE_MULTIPLY: safely((a, b) => binary('*', a, b)),
  SAFE_DIVIDE: safely(divide),
  SAFE_NEGATE: (args) => bind(args, ([a = NULL]) => typed(`TRY(${negate('-', a).sql})`, a.type)),
  IEEE_DIVIDE: (args) => {
    const [a, b] = args.map((arg) => coerce(arg, FLOAT64));
    if (!a || !b) throw new SqlError('No matching signature for function IEEE_DIVIDE');
    return typed(`(${a.sql} / ${b.sql})`, FLOAT64);
  },
  GREATEST: extreme('greatest'),
  LEAST: extreme('least'),
  SESSION_USER: session,
  RANGE_BUCKET: (args) => {
    const [point = NULL, list = NULL] = args;
    if (list.type.kind !== 'ARRAY') throw new SqlError('RANGE_BUCKET expects an array');
    const wanted = coerce(point, list.type.element) ?? point;
    return bind([wanted, list], ([x = NULL, l = NULL]) =>
      typed(
        `CASE WHEN ${x.sql} IS NULL THEN NULL ELSE len(list_filter(${l.sql}, lambda b: b <= ${x.sql})) END`,
        INT64,
      ),
    );
  },
  TYPEOF: (args) => typed(quoteText(args[0]?.type.kind ?? ''), STRING),
  IS_NAN: (args) => typed(`isnan(${(args[0] && coerce(args[0], FLOAT64))?.sql})`, BOOL),
  IS_INF: (args) => typed(`isinf(${(args[0] && coerce(args[0], FLOAT64))?.sql})`, BOOL),
};
