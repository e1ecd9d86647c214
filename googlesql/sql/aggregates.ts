/** Aggregate functions (https://cloud.google.com/bigquery/docs/reference/standard-sql/aggregate_functions). */

import { SqlError } from '../errors.ts';
import type { Call } from './ast.ts';
import type { Context } from './context.ts';
import { translate } from './expression.ts';
import { noSignature } from './operators.ts';
import { keySql } from './ordering.ts';
import type { Scope } from './scope.ts';
import { coerce, type Typed, typed } from './typed.ts';
import { arrayOf, BOOL, FLOAT64, INT64, isNumber, type SqlType, STRING } from './types.ts';

/** What stands within and behind an aggregate's parentheses in DuckDB. */
export interface AggregateParts {
  readonly distinct: string;
  /** ` ORDER BY …` */
  readonly order: string;
  /** ` FILTER (WHERE …)`, with room for one more condition. */
  readonly filter: (condition?: string) => string;
  /** ` OVER (…)` */
  readonly over: string;
  readonly call: Call;
  readonly limit: string | undefined;
}

type Aggregate = (args: readonly Typed[], parts: AggregateParts) => Typed;

const isStar = ({ call }: AggregateParts): boolean => call.args[0]?.node === 'star';

/** `name($1)` with everything that belongs to it. */
const plain = (name: string, parts: AggregateParts, sql: string, condition?: string): string =>
  `${name}(${parts.distinct}${sql}${parts.order})${parts.filter(condition)}${parts.over}`;

function needs(args: readonly Typed[], type: SqlType, { call }: AggregateParts): Typed {
  const value = args[0] && coerce(args[0], type);
  if (!value) throw noSignature(`aggregate function ${call.name}`, args);
  return value;
}

const ofBool =
  (name: string): Aggregate =>
  (args, parts) =>
    typed(plain(name, parts, needs(args, BOOL, parts).sql), BOOL);
const ofInt =
  (name: string): Aggregate =>
  (args, parts) =>
    typed(plain(name, parts, needs(args, INT64, parts).sql), INT64);
const ofFloat =
  (name: string): Aggregate =>
  (args, parts) =>
    typed(plain(name, parts, needs(args, FLOAT64, parts).sql), FLOAT64);
const ofFloats =
  (name: string): Aggregate =>
  (args, parts) => {
    const [x, y] = args.map((arg) => coerce(arg, FLOAT64));
    if (!x || !y) throw noSignature(`aggregate function ${name}`, args);
    return typed(plain(name, parts, `${x.sql}, ${y.sql}`), FLOAT64);
  };

function extreme(name: 'min' | 'max'): Aggregate {
  return (args, parts) => {
    const [value] = args;
    if (!value || ['ARRAY', 'STRUCT', 'JSON'].includes(value.type.kind))
      throw noSignature(`aggregate function ${name.toUpperCase()}`, args);
    const found = plain(name, parts, value.sql);
    if (value.type.kind !== 'FLOAT64' || name === 'max') return typed(found, value.type);
    // One NaN makes the smallest NaN, which DuckDB finds the greatest of all.
    const nan = `bool_or(isnan(${value.sql}))${parts.filter()}${parts.over}`;
    return typed(`CASE WHEN ${nan} THEN CAST('nan' AS DOUBLE) ELSE ${found} END`, FLOAT64);
  };
}

/** A sum or average of finite numbers is finite, or fails; that of others may be infinite or no number. */
function finiteTotal(name: 'sum' | 'avg', value: Typed, parts: AggregateParts): Typed {
  const total = plain(name, parts, value.sql);
  const others = `bool_or(NOT isfinite(${value.sql}))${parts.filter()}${parts.over}`;
  return typed(
    `CASE WHEN isfinite(${total}) OR ${others} THEN ${total} ELSE bq_finite(${total}, 0, 0) END`,
    FLOAT64,
  );
}

function sum(args: readonly Typed[], parts: AggregateParts): Typed {
  const [value] = args;
  if (!value || !(isNumber(value.type) || value.type.kind === 'NULL'))
    throw noSignature('aggregate function SUM', args);
  if (value.type.kind === 'FLOAT64') return finiteTotal('sum', value, parts);
  const total = plain('sum', parts, value.sql);
  return value.type.kind === 'NUMERIC' ? typed(total, value.type) : typed(`CAST(${total} AS BIGINT)`, INT64);
}

function average(args: readonly Typed[], parts: AggregateParts): Typed {
  const [value] = args;
  if (value?.type.kind === 'FLOAT64') return finiteTotal('avg', value, parts);
  if (value?.type.kind !== 'NUMERIC') return ofFloat('avg')(args, parts);
  const count = plain('count', parts, value.sql);
  return typed(
    `bq_numeric_divide(${plain('sum', parts, value.sql)}, CAST(${count} AS DECIMAL(38,9)))`,
    value.type,
  );
}

function count(args: readonly Typed[], parts: AggregateParts): Typed {
  if (isStar(parts) || args.length === 0) return typed(`count(*)${parts.filter()}${parts.over}`, INT64);
  return typed(plain('count', parts, args[0]?.sql ?? ''), INT64);
}

function list(args: readonly Typed[], parts: AggregateParts): Typed {
  const [value] = args;
  if (!value) throw noSignature('aggregate function ARRAY_AGG', args);
  if (value.type.kind === 'ARRAY')
    throw new SqlError('The argument to ARRAY_AGG must not be an array type but was ARRAY');
  const kept = parts.call.nulls === 'IGNORE' ? `${value.sql} IS NOT NULL` : undefined;
  const items = plain('list', parts, value.sql, kept);
  return typed(parts.limit ? `(${items})[1:${parts.limit}]` : items, arrayOf(value.type));
}

function concatLists(args: readonly Typed[], parts: AggregateParts): Typed {
  const [value] = args;
  if (value?.type.kind !== 'ARRAY') throw noSignature('aggregate function ARRAY_CONCAT_AGG', args);
  const lists = plain('list', parts, value.sql, `${value.sql} IS NOT NULL`);
  return typed(`flatten(${parts.limit ? `(${lists})[1:${parts.limit}]` : lists})`, value.type);
}

function join(args: readonly Typed[], parts: AggregateParts): Typed {
  const value = needs(args, STRING, parts);
  const delimiter = args[1] ? coerce(args[1], STRING) : typed("','", STRING);
  if (!delimiter) throw noSignature('aggregate function STRING_AGG', args);
  if (!parts.limit)
    return typed(
      `string_agg(${parts.distinct}${value.sql}, ${delimiter.sql}${parts.order})${parts.filter()}${parts.over}`,
      STRING,
    );
  const items = plain('list', parts, value.sql, `${value.sql} IS NOT NULL`);
  return typed(`array_to_string((${items})[1:${parts.limit}], ${delimiter.sql})`, STRING);
}

function anyValue(args: readonly Typed[], parts: AggregateParts): Typed {
  const [value] = args;
  if (!value) throw noSignature('aggregate function ANY_VALUE', args);
  return typed(plain('any_value', parts, value.sql), value.type);
}

const by =
  (name: 'arg_max_null' | 'arg_min_null'): Aggregate =>
  (args, parts) => {
    const [value, key] = args;
    if (!value || !key) throw noSignature(`aggregate function ${parts.call.name}`, args);
    return typed(
      `${name}(${value.sql}, ${key.sql})${parts.filter(`${key.sql} IS NOT NULL`)}${parts.over}`,
      value.type,
    );
  };

/** The exact quantiles: minimum, n − 1 between, maximum. */
function quantiles(args: readonly Typed[], parts: AggregateParts): Typed {
  const [value, number] = args;
  const steps = Number(number?.literal);
  if (!value || !Number.isInteger(steps) || steps < 1)
    throw noSignature('aggregate function APPROX_QUANTILES', args);
  if (parts.call.nulls === 'RESPECT')
    throw new SqlError('APPROX_QUANTILES with RESPECT NULLS is not supported');
  const shares = Array.from({ length: steps + 1 }, (_, index) => index / steps);
  return typed(
    `quantile_disc(${parts.distinct}${value.sql}, [${shares.join(', ')}])${parts.filter()}${parts.over}`,
    arrayOf(value.type),
  );
}

/** The most frequent values with their exact counts, by count, then in the order of the values. */
function topCount(args: readonly Typed[], parts: AggregateParts): Typed {
  const [value, number] = args;
  const limit = Number(number?.literal);
  if (!value || !Number.isInteger(limit) || limit < 1)
    throw noSignature('aggregate function APPROX_TOP_COUNT', args);
  const fields = [
    { name: 'value', type: value.type },
    { name: 'count', type: INT64 },
  ];
  const entries = `map_entries(histogram(${value.sql})${parts.filter()})`;
  const pairs = `list_transform(${entries}, lambda h: struct_pack(n := -CAST(h.value AS BIGINT), v := h.key))`;
  const top = `list_sort(${pairs})[1:${limit}]`;
  return typed(
    `list_transform(${top}, lambda h: struct_pack("value" := h.v, "count" := -h.n))`,
    arrayOf({ kind: 'STRUCT', fields }),
  );
}

function grouping(args: readonly Typed[]): Typed {
  return typed(`grouping(${args[0]?.sql})`, INT64);
}

function countIf(args: readonly Typed[], parts: AggregateParts): Typed {
  const value = needs(args, BOOL, parts);
  return typed(`count(*)${parts.filter(value.sql)}${parts.over}`, INT64);
}

const distinctCount: Aggregate = (args, parts) =>
  typed(`count(DISTINCT ${args[0]?.sql})${parts.filter()}${parts.over}`, INT64);

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  COUNT: count,
  COUNTIF: countIf,
  SUM: sum,
  AVG: average,
  MIN: extreme('min'),
  MAX: extreme('max'),
  ANY_VALUE: anyValue,
  MAX_BY: by('arg_max_null'),
  MIN_BY: by('arg_min_null'),
  ARRAY_AGG: list,
  ARRAY_CONCAT_AGG: concatLists,
  STRING_AGG: join,
  LOGICAL_AND: ofBool('bool_and'),
  LOGICAL_OR: ofBool('bool_or'),
  BIT_AND: ofInt('bit_and'),
  BIT_OR: ofInt('bit_or'),
  BIT_XOR: ofInt('bit_xor'),
  APPROX_COUNT_DISTINCT: distinctCount,
  APPROX_QUANTILES: quantiles,
  APPROX_TOP_COUNT: topCount,
  STDDEV: ofFloat('stddev_samp'),
  STDDEV_SAMP: ofFloat('stddev_samp'),
  STDDEV_POP: ofFloat('stddev_pop'),
  VARIANCE: ofFloat('var_samp'),
  VAR_SAMP: ofFloat('var_samp'),
  VAR_POP: ofFloat('var_pop'),
  CORR: ofFloats('corr'),
  COVAR_POP: ofFloats('covar_pop'),
  COVAR_SAMP: ofFloats('covar_samp'),
  GROUPING: grouping,
};

export const isAggregate = (name: string): boolean => name in AGGREGATES;

/** The call as an aggregate, over the rows that pass `filter`; undefined when the function is none. */
export function translateAggregate(
  call: Call,
  scope: Scope,
  context: Context,
  filter?: string,
  over = '',
): Typed | undefined {
  const aggregate = AGGREGATES[call.name];
  if (!aggregate) return undefined;
  // Within an aggregate names are columns, never aliases of the SELECT list.
  const inner = scope.with({ aliases: [] });
  const args = call.args.map((arg) =>
    arg.node === 'star' ? typed('*', INT64) : translate(arg, inner, context),
  );
  const limit = call.limit && coerce(translate(call.limit, inner, context), INT64)?.literal;
  if (call.limit && limit === undefined)
    throw context.error('LIMIT in an aggregate function expects an integer literal or parameter', call);
  const keys = call.orderBy.map((key) => keySql(key, translate(key.value, inner, context), context));
  const parts: AggregateParts = {
    call,
    limit,
    over,
    distinct: call.distinct ? 'DISTINCT ' : '',
    order: keys.length > 0 ? ` ORDER BY ${keys.join(', ')}` : '',
    filter: (condition) => {
      const all = [filter, condition].filter((one) => one !== undefined);
      return all.length > 0 ? ` FILTER (WHERE ${all.join(' AND ')})` : '';
    },
  };
  if (call.having) {
    const key = translate(call.having.by, inner, context);
    return by(call.having.which === 'MAX' ? 'arg_max_null' : 'arg_min_null')([...args, key], parts);
  }
  return aggregate(args, parts);
}
