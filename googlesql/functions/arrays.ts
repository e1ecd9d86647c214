import { SqlError } from '../errors.ts';
import type { Form } from '../sql/calls.ts';
import { toText } from '../sql/casts.ts';
import type { IntervalTyped } from '../sql/intervals.ts';
import { failure, noSignature } from '../sql/operators.ts';
import type { FunctionTable } from '../sql/signatures.ts';
import { bind, coerce, NULL, type Typed, typed } from '../sql/typed.ts';
import { arrayOf, DATE, INT64, type SqlType, STRING, TIMESTAMP, unifyNumbers } from '../sql/types.ts';

export const ARRAYS: FunctionTable = {
  ARRAY_LENGTH: [['ARRAY<T> -> INT64', 'len($1)']],
  ARRAY_REVERSE: [['ARRAY<T> -> ARRAY<T>', 'list_reverse($1)']],
};

const elementOf = (value: Typed | undefined, name: string): SqlType => {
  if (value?.type.kind !== 'ARRAY')
    throw new SqlError(`No matching signature for function ${name}: an ARRAY is needed`);
  return value.type.element;
};

const concat: Form = (args, { name }) => {
  const [first] = args;
  const wanted = arrayOf(
    args.map((arg) => elementOf(arg, name)).find(({ kind }) => kind !== 'NULL') ?? elementOf(first, name),
  );
  const lists = args.map((arg) => coerce(arg, wanted));
  if (!lists.every((list) => list !== undefined)) throw noSignature(`function ${name}`, args);
  return bind(lists, (atoms) => {
    const missing = atoms.map(({ sql }) => `${sql} IS NULL`).join(' OR ');
    return typed(
      `CASE WHEN ${missing} THEN NULL ELSE ${atoms.map(({ sql }) => sql).reduce((a, b) => `list_concat(${a}, ${b})`)} END`,
      wanted,
    );
  });
};

/** NULLs are left out, unless a third argument stands for them. */
const joinText: Form = (args, { name }) => {
  const [list = NULL, delimiter, nullText] = args;
  const element = elementOf(list, name);
  const text = delimiter && coerce(delimiter, STRING);
  if (!text) throw noSignature(`function ${name}`, args);
  const item = toText({ sql: 'i', type: element, atom: true }).sql;
  const filler = nullText && coerce(nullText, STRING);
  const items = `list_transform(${list.sql}, lambda i: ${filler ? `coalesce(${item}, ${filler.sql})` : item})`;
  return typed(`array_to_string(${items}, ${text.sql})`, STRING);
};

/** From start to end in steps; none when the step leads away. DuckDB's own function never fails on step 0. */
const generateArray: Form = (args, { name }) => {
  const numbers = unifyNumbers(args.map(({ type }) => type));
  const [start = NULL, end = NULL, step = { sql: '1', type: INT64, atom: true }] = args.map(
    (arg) => coerce(arg, numbers) ?? NULL,
  );
  if (args.length < 2 || args.length > 3) throw noSignature(`function ${name}`, args);
  return bind([start, end, step], ([a = NULL, b = NULL, s = NULL]) => {
    const items =
      numbers.kind === 'INT64'
        ? `generate_series(${a.sql}, ${b.sql}, ${s.sql})`
        : `list_transform(range(CAST(floor((${b.sql} - ${a.sql}) / ${s.sql} + 1e-12) AS BIGINT) + 1), lambda g: CAST(${a.sql} + g * ${s.sql} AS ${numbers.kind === 'FLOAT64' ? 'DOUBLE' : 'DECIMAL(38,9)'}))`;
    const empty = `(${s.sql} > 0 AND ${a.sql} > ${b.sql}) OR (${s.sql} < 0 AND ${a.sql} < ${b.sql})`;
    return typed(
      `CASE WHEN ${s.sql} = 0 THEN ${failure('Sequence step cannot be 0', s.sql, arrayOf(numbers))} WHEN ${empty} THEN [] ` +
        `WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL OR ${s.sql} IS NULL THEN NULL ELSE ${items} END`,
      arrayOf(numbers),
    );
  });
};

const generateMoments =
  (type: SqlType): Form =>
  (args, { name }) => {
    const [start, end] = [args[0] && coerce(args[0], type), args[1] && coerce(args[1], type)];
    const step = (args[2] ??
      (type.kind === 'DATE' ? { sql: 'to_days(1)', type: { kind: 'INTERVAL' }, atom: true } : undefined)) as
      | IntervalTyped
      | undefined;
    if (!start || !end || step?.type.kind !== 'INTERVAL') throw noSignature(`function ${name}`, args);
    if (
      type.kind === 'DATE' &&
      step.unit &&
      ['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND'].includes(step.unit)
    )
      throw new SqlError(`${name} does not support the ${step.unit} date part`);
    return bind([start, end, step], ([a = NULL, b = NULL, s = NULL]) => {
      const series = `generate_series(CAST(${a.sql} AS TIMESTAMP), CAST(${b.sql} AS TIMESTAMP), ${s.sql})`;
      const items = type.kind === 'DATE' ? `list_transform(${series}, lambda g: CAST(g AS DATE))` : series;
      return typed(
        `CASE WHEN ${s.sql} = to_days(0) THEN ${failure('Sequence step cannot be 0', s.sql, arrayOf(type))} ` +
          `WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL OR ${s.sql} IS NULL THEN NULL ELSE ${items} END`,
        arrayOf(type),
      );
    });
  };

/** The first or last element; an empty array is an error. */
const end =
  (index: string): Form =>
  (args, { name }) => {
    const element = elementOf(args[0], name);
    return bind(args, ([list = NULL]) =>
      typed(
        `CASE WHEN len(${list.sql}) = 0 THEN ${failure(`${name} cannot get the element of an empty array`, `len(${list.sql})`, element)} ELSE ${list.sql}[${index}] END`,
        element,
      ),
    );
  };

const slice: Form = (args, { name }) => {
  const [list = NULL, start, finish] = args;
  const [from, to] = [start && coerce(start, INT64), finish && coerce(finish, INT64)];
  if (list.type.kind !== 'ARRAY' || !from || !to) throw noSignature(`function ${name}`, args);
  // Places count from 0, negative ones from the end; both ends belong to the slice.
  const place = (list: string, sql: string) =>
    `(CASE WHEN ${sql} < 0 THEN greatest(len(${list}) + ${sql} + 1, 0) ELSE ${sql} + 1 END)`;
  return bind([list, from, to], ([l = NULL, a = NULL, b = NULL]) =>
    typed(
      `CASE WHEN ${l.sql} IS NULL OR ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE list_slice(${l.sql}, greatest(${place(l.sql, a.sql)}, 1), ${place(l.sql, b.sql)}) END`,
      list.type,
    ),
  );
};

const isDistinct: Form = (args, { name }) => {
  elementOf(args[0], name);
  return bind(args, ([list = NULL]) =>
    typed(
      `(len(list_distinct(${list.sql})) + CAST(len(list_filter(${list.sql}, lambda d: d IS NULL)) > 0 AS INTEGER) = len(${list.sql}) AND len(list_filter(${list.sql}, lambda d: d IS NULL)) < 2)`,
      { kind: 'BOOL' },
    ),
  );
};

export const ARRAY_FORMS: Readonly<Record<string, Form>> = {
  ARRAY_CONCAT: concat,
  ARRAY_TO_STRING: joinText,
  GENERATE_ARRAY: generateArray,
  GENERATE_DATE_ARRAY: generateMoments(DATE),
  GENERATE_TIMESTAMP_ARRAY: generateMoments(TIMESTAMP),
  ARRAY_FIRST: end('1'),
  ARRAY_LAST: end('-1'),
  ARRAY_SLICE: slice,
  ARRAY_IS_DISTINCT: isDistinct,
};
