/** Operators, with GoogleSQL's rules for types, errors, NULL and NaN. */

import { SqlError } from '../errors.ts';
import { bind, coerce, describe, NULL, type Typed, typed, unify } from './typed.ts';
import {
  BOOL,
  DATE,
  DATETIME,
  FLOAT64,
  INT64,
  isNumber,
  NUMERIC,
  quoteText,
  type SqlType,
  STRING,
  storedType,
  TIMESTAMP,
} from './types.ts';

const SPELLING: Readonly<Record<string, string>> = {
  '=': '=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

export function noSignature(what: string, values: readonly Typed[]): SqlError {
  return new SqlError(
    `No matching signature for ${what} for argument types: ${values.map(describe).join(', ')}`,
  );
}

/** An expression of the type that always fails. The subject keeps it from being worked out when no row needs it. */
export function failure(message: string, subject: string, type: SqlType): string {
  return `CAST(bq_error(${quoteText(message)}, CAST(${subject} AS VARCHAR)) AS ${storedType(type)})`;
}

export function binary(operator: string, left: Typed, right: Typed): Typed {
  if (operator === 'AND' || operator === 'OR') return logical(operator, left, right);
  if (operator in SPELLING) return compare(operator, left, right);
  if (operator === 'LIKE') return like(left, right);
  if (operator === '||') return concat([left, right]);
  if ('&|^<<>>'.includes(operator)) return bitwise(operator, left, right);
  return arithmetic(operator, left, right);
}

function logical(operator: string, left: Typed, right: Typed): Typed {
  const [a, b] = [coerce(left, BOOL), coerce(right, BOOL)];
  if (!a || !b) throw noSignature(`operator ${operator}`, [left, right]);
  return typed(`(${a.sql} ${operator} ${b.sql})`, BOOL);
}

export function compare(operator: string, left: Typed, right: Typed): Typed {
  const [a = NULL, b = NULL] = unify([left, right], `operator ${operator === '<>' ? '!=' : operator}`);
  const { kind } = a.type;
  if (
    kind === 'JSON' ||
    (kind === 'ARRAY' && operator !== '=' && operator !== '<>') ||
    (kind === 'STRUCT' && operator !== '=' && operator !== '<>')
  )
    throw noSignature(`operator ${operator}`, [left, right]);
  const plain = (x: Typed, y: Typed) => `(${x.sql} ${SPELLING[operator]} ${y.sql})`;
  const unsure = [a, b].filter(({ literal }) => literal === undefined);
  if (kind !== 'FLOAT64' || unsure.length === 0) return typed(plain(a, b), BOOL);
  // DuckDB takes NaN for the greatest number, equal to itself; GoogleSQL finds it neither equal, less nor greater.
  return bind([a, b], ([x = a, y = b]) => {
    const nan = [x, y].filter(({ literal }) => literal === undefined).map(({ sql }) => `isnan(${sql})`);
    const unlike = operator === '<>' ? 'TRUE' : 'FALSE';
    const none = `CASE WHEN ${x.sql} IS NULL OR ${y.sql} IS NULL THEN NULL ELSE ${unlike} END`;
    return typed(`(CASE WHEN ${nan.join(' OR ')} THEN ${none} ELSE ${plain(x, y)} END)`, BOOL);
  });
}

export function inList(value: Typed, list: readonly Typed[]): Typed {
  const [first, ...rest] = unify([value, ...list], 'operator IN');
  if (first?.type.kind === 'FLOAT64')
    return rest.map((item) => compare('=', value, item)).reduce((left, right) => logical('OR', left, right));
  return typed(`(${first?.sql} IN (${rest.map(({ sql }) => sql).join(', ')}))`, BOOL);
}

/** In a pattern `\` takes the sign after it literally, everywhere. */
export function like(value: Typed, pattern: Typed): Typed {
  const [text, wanted] = [coerce(value, STRING), coerce(pattern, STRING)];
  if (!text || !wanted) throw noSignature('operator LIKE', [value, pattern]);
  return typed(`(${text.sql} LIKE ${wanted.sql} ESCAPE '\\')`, BOOL);
}

export function concat(values: readonly Typed[]): Typed {
  const parts = unify(values, 'operator ||');
  const type = parts[0]?.type ?? STRING;
  if (type.kind === 'NULL') return NULL;
  if (!['STRING', 'BYTES', 'ARRAY'].includes(type.kind)) throw noSignature('operator ||', values);
  if (type.kind !== 'ARRAY') return typed(`(${parts.map(({ sql }) => sql).join(' || ')})`, type);
  // DuckDB's list_concat skips NULL lists.
  return bind(parts, (atoms) =>
    typed(
      `CASE WHEN ${atoms.map(({ sql }) => `${sql} IS NULL`).join(' OR ')} THEN NULL ELSE ${atoms.map(({ sql }) => sql).reduce((a, b) => `list_concat(${a}, ${b})`)} END`,
      type,
    ),
  );
}

function bitwise(operator: string, left: Typed, right: Typed): Typed {
  const [a, b] = [coerce(left, INT64), coerce(right, INT64)];
  if (!a || !b) throw noSignature(`operator ${operator}`, [left, right]);
  if (operator === '^') return typed(`xor(${a.sql}, ${b.sql})`, INT64);
  if (operator === '&' || operator === '|') return typed(`(${a.sql} ${operator} ${b.sql})`, INT64);
  return typed(`bq_shift(${a.sql}, ${operator === '<<' ? b.sql : `(-${b.sql})`})`, INT64);
}

export function negate(operator: string, value: Typed): Typed {
  if (operator === 'NOT') {
    const bool = coerce(value, BOOL);
    if (!bool) throw noSignature('operator NOT', [value]);
    return typed(`(NOT ${bool.sql})`, BOOL);
  }
  const { type } = value.type.kind === 'NULL' ? { type: INT64 } : value;
  if (operator === '~') {
    if (type.kind !== 'INT64') throw noSignature('operator ~', [value]);
    return typed(`(~${value.sql})`, INT64);
  }
  if (!isNumber(type) && type.kind !== 'INTERVAL') throw noSignature(`operator ${operator}`, [value]);
  if (operator === '+') return value;
  const literal = value.literal !== undefined ? { literal: `-${value.literal}`, atom: true } : {};
  return { sql: `(-${value.sql})`, type, ...literal };
}

function arithmetic(operator: string, left: Typed, right: Typed): Typed {
  return temporalArithmetic(operator, left, right) ?? numberArithmetic(operator, left, right);
}

function temporalArithmetic(operator: string, left: Typed, right: Typed): Typed | undefined {
  if (operator !== '+' && operator !== '-') {
    if (left.type.kind !== 'INTERVAL' && right.type.kind !== 'INTERVAL') return undefined;
    throw noSignature(`operator ${operator}`, [left, right]);
  }
  const [moment, amount] =
    operator === '+' && ['INT64', 'INTERVAL'].includes(left.type.kind) && isMoment(right)
      ? [right, left]
      : [left, right];
  if (moment.type.kind === 'DATE' && amount.type.kind === 'INT64')
    return typed(`(${moment.sql} ${operator} CAST(${amount.sql} AS INTEGER))`, DATE);
  if (amount.type.kind === 'INTERVAL' && isMoment(moment)) {
    if (moment.type.kind === 'TIMESTAMP')
      return typed(`(${moment.sql} ${operator} ${amount.sql})`, TIMESTAMP);
    return typed(`(CAST(${moment.sql} AS TIMESTAMP) ${operator} ${amount.sql})`, DATETIME);
  }
  if (amount.type.kind === 'INTERVAL' && moment.type.kind === 'INTERVAL')
    return typed(`(${moment.sql} ${operator} ${amount.sql})`, { kind: 'INTERVAL' });
  if (operator === '-' && isMoment(left)) return difference(left, right);
  return undefined;
}

const isMoment = ({ type }: Typed): boolean => ['DATE', 'DATETIME', 'TIMESTAMP'].includes(type.kind);

/** DATE − DATE is an interval of days; of timestamps, one of hours and less. */
function difference(left: Typed, right: Typed): Typed {
  const [a = NULL, b = NULL] = unify([left, right], 'operator -');
  if (a.type.kind === 'DATE')
    return typed(`to_days(CAST(${a.sql} - ${b.sql} AS INTEGER))`, { kind: 'INTERVAL' });
  return typed(`to_microseconds(epoch_us(${a.sql}) - epoch_us(${b.sql}))`, { kind: 'INTERVAL' });
}

function numberArithmetic(operator: string, left: Typed, right: Typed): Typed {
  const [a = NULL, b = NULL] = unify([left, right], `operator ${operator}`);
  const type = a.type.kind === 'NULL' ? INT64 : a.type;
  if (!isNumber(type)) throw noSignature(`operator ${operator}`, [left, right]);
  if (operator === '/') return divide(left, right);
  if (operator === '%') throw new SqlError('Syntax error: Unexpected "%"');
  if (type.kind === 'NUMERIC' && operator === '*')
    return typed(`bq_numeric_multiply(${a.sql}, ${b.sql})`, NUMERIC);
  return type.kind === 'FLOAT64' ? finite(operator, a, b) : typed(`(${a.sql} ${operator} ${b.sql})`, type);
}

/** `/` of whole numbers is a FLOAT64; dividing by zero is an error. */
export function divide(left: Typed, right: Typed): Typed {
  const whole = left.type.kind === 'INT64' && right.type.kind === 'INT64';
  const [first = NULL, second = NULL] = unify([left, right], 'operator /');
  const type = first.type.kind === 'NUMERIC' ? NUMERIC : FLOAT64;
  const [a, b] = [coerce(first, type), coerce(second, type)];
  if (!a || !b) throw noSignature('operator /', [left, right]);
  if (type.kind === 'NUMERIC') return typed(`bq_numeric_divide(${a.sql}, ${b.sql})`, NUMERIC);
  if (b.literal !== undefined && Number(b.literal) !== 0)
    return whole ? typed(`(${a.sql} / ${b.sql})`, FLOAT64) : finite('/', a, b);
  return bind([a, b], ([x = a, y = b]) => {
    const failed = failure('division by zero', x.sql, FLOAT64);
    const quotient = whole ? `${x.sql} / ${y.sql}` : finite('/', x, y).sql;
    return typed(`CASE WHEN ${y.sql} = 0 THEN ${failed} ELSE ${quotient} END`, FLOAT64);
  });
}

/** Whether the result of finite numbers is finite whatever they are, as one of them is small. */
function cannotOverflow(operator: string, a: Typed, b: Typed): boolean {
  const [x, y] = [a, b].map(({ literal }) => (literal === undefined ? undefined : Math.abs(Number(literal))));
  if (operator === '/') return y !== undefined && y >= 1;
  const limit = operator === '*' ? 1 : 1e290;
  return (x !== undefined && x <= limit) || (y !== undefined && y <= limit);
}

/** FLOAT64 arithmetic: where DuckDB answers infinity for finite numbers, GoogleSQL fails. */
function finite(operator: string, a: Typed, b: Typed): Typed {
  const result = (x: Typed, y: Typed) => `(${x.sql} ${operator} ${y.sql})`;
  if (cannotOverflow(operator, a, b)) return typed(result(a, b), FLOAT64);
  return bind([a, b], ([x = a, y = b]) => {
    const checked = `bq_finite(${result(x, y)}, ${x.sql}, ${y.sql})`;
    return typed(`(CASE WHEN isfinite${result(x, y)} THEN ${result(x, y)} ELSE ${checked} END)`, FLOAT64);
  });
}
