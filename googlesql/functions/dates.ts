/** DATE, DATETIME, TIME and TIMESTAMP functions. */

import { SqlError } from '../errors.ts';
import type { Form, FormCall } from '../sql/calls.ts';
import { cast } from '../sql/casts.ts';
import { boundaries, fromZone, type IntervalTyped, inZone, truncate } from '../sql/intervals.ts';
import { noSignature } from '../sql/operators.ts';
import type { FunctionTable } from '../sql/signatures.ts';
import { coerce, type Typed, typed } from '../sql/typed.ts';
import { DATE, DATETIME, INT64, INTERVAL, type SqlType, STRING, TIME, TIMESTAMP } from '../sql/types.ts';
import { civilOf, datetimeText } from '../values/temporal.ts';

const parse = (kind: string, type: string): FunctionTable[string] => [
  [`STRING, STRING -> ${type}`, `bq_parse_${kind}_as($1, $2)`],
];
const SHIFT = 'to_microseconds($1 * 1000000)';

export const DATES: FunctionTable = {
  DATE_FROM_UNIX_DATE: [['INT64 -> DATE', "(DATE '1970-01-01' + CAST($1 AS INTEGER))"]],
  UNIX_DATE: [['DATE -> INT64', "($1 - DATE '1970-01-01')"]],
  UNIX_SECONDS: [['TIMESTAMP -> INT64', "(epoch_us(date_trunc('second', $1)) // 1000000)"]],
  UNIX_MILLIS: [['TIMESTAMP -> INT64', "(epoch_us(date_trunc('milliseconds', $1)) // 1000)"]],
  UNIX_MICROS: [['TIMESTAMP -> INT64', 'epoch_us($1)']],
  TIMESTAMP_SECONDS: [['INT64 -> TIMESTAMP', `(TIMESTAMP '1970-01-01' + ${SHIFT})`]],
  TIMESTAMP_MILLIS: [['INT64 -> TIMESTAMP', 'make_timestamp($1 * 1000)']],
  TIMESTAMP_MICROS: [['INT64 -> TIMESTAMP', 'make_timestamp($1)']],
  PARSE_DATE: parse('date', 'DATE'),
  PARSE_DATETIME: parse('datetime', 'DATETIME'),
  PARSE_TIME: parse('time', 'TIME'),
  PARSE_TIMESTAMP: [
    ['STRING, STRING -> TIMESTAMP', "bq_parse_timestamp_as($1, $2, 'UTC')"],
    ['STRING, STRING, STRING -> TIMESTAMP', 'bq_parse_timestamp_as($1, $2, $3)'],
  ],
  FORMAT_DATE: [['STRING, DATE -> STRING', "bq_format_moment($1, CAST($2 AS TIMESTAMP), 'DATE', 'UTC')"]],
  FORMAT_DATETIME: [['STRING, DATETIME -> STRING', "bq_format_moment($1, $2, 'DATETIME', 'UTC')"]],
  FORMAT_TIME: [['STRING, TIME -> STRING', "bq_format_moment($1, DATE '1970-01-01' + $2, 'TIME', 'UTC')"]],
  FORMAT_TIMESTAMP: [
    ['STRING, TIMESTAMP -> STRING', "bq_format_moment($1, $2, 'TIMESTAMP', 'UTC')"],
    ['STRING, TIMESTAMP, STRING -> STRING', "bq_format_moment($1, $2, 'TIMESTAMP', $3)"],
  ],
};

function as(value: Typed | undefined, type: SqlType, { name }: FormCall, args: readonly Typed[]): Typed {
  const coerced = value && coerce(value, type);
  if (!coerced) throw noSignature(`function ${name}`, args);
  return coerced;
}

const CALENDAR = ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'];
const CLOCK = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];
const UNITS: Readonly<Record<string, readonly string[]>> = {
  DATE: CALENDAR,
  DATETIME: [...CLOCK, ...CALENDAR],
  TIMESTAMP: [...CLOCK, 'DAY'],
  TIME: CLOCK,
};

/** DATE_ADD and its kin; the unit must be one that the type knows. */
const shift =
  (declared: SqlType, operator: '+' | '-'): Form =>
  (args, call) => {
    const interval = args[1] as IntervalTyped | undefined;
    const first = args[0]?.type.kind;
    // DATE_ADD also takes what it can be told from: DATETIME and TIMESTAMP.
    const type =
      declared.kind === 'DATE' && (first === 'DATETIME' || first === 'TIMESTAMP')
        ? (args[0]?.type ?? declared)
        : declared;
    const moment = as(args[0], type, call, args);
    if (interval?.type.kind !== 'INTERVAL' || args.length !== 2)
      throw noSignature(`function ${call.name}`, args);
    if (interval.unit && !UNITS[type.kind]?.includes(interval.unit))
      throw new SqlError(
        `${call.name} does not support the ${interval.unit} date part when the argument is ${type.kind} type`,
      );
    const sql = `(${moment.sql} ${operator} ${interval.sql})`;
    if (type.kind === 'DATE') return typed(`CAST(${sql} AS DATE)`, DATE);
    return typed(sql, type);
  };

const partOf = ({ nodes, name }: FormCall, index: number): { part: string; weekday?: string } => {
  const node = nodes[index];
  if (node?.node !== 'part')
    throw new SqlError(`A valid date part argument is required for function ${name}`);
  return node;
};

const ELAPSED: Readonly<Record<string, bigint>> = {
  MICROSECOND: 1n,
  MILLISECOND: 1000n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: 86_400_000_000n,
};

/** Whole units that lie between two moments of time. */
function elapsed(a: Typed, b: Typed, part: string): Typed {
  const unit = ELAPSED[part];
  if (unit === undefined) throw new SqlError(`TIMESTAMP_DIFF does not support the ${part} date part`);
  return typed(`((epoch_us(${a.sql}) - epoch_us(${b.sql})) // ${unit})`, INT64);
}

const diff =
  (declared: SqlType): Form =>
  (args, call) => {
    const kinds = args.slice(0, 2).map(({ type }) => type.kind);
    const type =
      declared.kind !== 'DATE'
        ? declared
        : kinds.includes('TIMESTAMP')
          ? TIMESTAMP
          : kinds.includes('DATETIME')
            ? DATETIME
            : DATE;
    const [a, b] = [as(args[0], type, call, args), as(args[1], type, call, args)];
    const { part, weekday } = partOf(call, 2);
    if (type.kind === 'TIMESTAMP') return elapsed(a, b, part);
    if (type.kind === 'DATE' && CLOCK.includes(part))
      throw new SqlError(`DATE_DIFF does not support the ${part} date part`);
    return boundaries(a, b, part, weekday);
  };

const trunc =
  (declared: SqlType): Form =>
  (args, call) => {
    const first = args[0]?.type;
    const type =
      declared.kind === 'DATE' && (first?.kind === 'DATETIME' || first?.kind === 'TIMESTAMP')
        ? first
        : declared;
    const moment = as(args[0], type, call, args);
    const { part, weekday } = partOf(call, 1);
    if (type.kind === 'TIME')
      return typed(
        `CAST(date_trunc('${part.toLowerCase()}', DATE '1970-01-01' + ${moment.sql}) AS TIME)`,
        TIME,
      );
    const zone = args[2];
    if (!zone || type.kind !== 'TIMESTAMP') return truncate(moment, part, weekday);
    return fromZone(truncate(inZone(moment, zone), part, weekday), zone);
  };

const lastDay: Form = (args, call) => {
  const [value] = args;
  const day =
    value?.type.kind === 'DATETIME' ? typed(`CAST(${value.sql} AS DATE)`, DATE) : as(value, DATE, call, args);
  const { part, weekday } = call.nodes[1] ? partOf(call, 1) : { part: 'MONTH', weekday: undefined };
  const lengths: Readonly<Record<string, string>> = {
    YEAR: 'to_years(1)',
    QUARTER: 'to_months(3)',
    MONTH: 'to_months(1)',
    WEEK: 'to_days(7)',
    ISOWEEK: 'to_days(7)',
  };
  const length = lengths[part];
  if (!length) throw new SqlError(`LAST_DAY does not support the ${part} date part`);
  return typed(`CAST(${truncate(day, part, weekday).sql} + ${length} - to_days(1) AS DATE)`, DATE);
};

/** A part may also be read as a plain value; the constructors of DATE, DATETIME, TIME and TIMESTAMP. */
const date: Form = (args, call) => {
  const [first, zone] = args;
  if (args.length === 3) {
    const numbers = args.map((arg) => as(arg, INT64, call, args).sql);
    return typed(`make_date(${numbers.join(', ')})`, DATE);
  }
  if (first?.type.kind === 'TIMESTAMP')
    return typed(`CAST(${zone ? inZone(first, zone).sql : first.sql} AS DATE)`, DATE);
  if (first?.type.kind === 'DATETIME') return typed(`CAST(${first.sql} AS DATE)`, DATE);
  return as(first, DATE, call, args);
};

const datetime: Form = (args, call) => {
  const [first, second] = args;
  if (args.length === 6) {
    const numbers = args.map((arg) => as(arg, INT64, call, args).sql);
    return typed(`make_timestamp(${numbers.join(', ')})`, DATETIME);
  }
  if (first?.type.kind === 'TIMESTAMP') return second ? inZone(first, second) : { ...first, type: DATETIME };
  if (second)
    return typed(`(${as(first, DATE, call, args).sql} + ${as(second, TIME, call, args).sql})`, DATETIME);
  return as(first, DATETIME, call, args);
};

const time: Form = (args, call) => {
  const [first, zone] = args;
  if (args.length === 3) {
    const numbers = args.map((arg) => as(arg, INT64, call, args).sql);
    return typed(`make_time(${numbers.join(', ')})`, TIME);
  }
  if (first?.type.kind === 'TIMESTAMP')
    return typed(`CAST(${zone ? inZone(first, zone).sql : first.sql} AS TIME)`, TIME);
  if (first?.type.kind === 'DATETIME') return typed(`CAST(${first.sql} AS TIME)`, TIME);
  return as(first, TIME, call, args);
};

const timestamp: Form = (args, call) => {
  const [first, zone] = args;
  const name = zone && as(zone, STRING, call, args);
  if (first?.type.kind === 'STRING')
    return typed(`bq_parse_timestamp(${first.sql}, ${name?.sql ?? "'UTC'"})`, TIMESTAMP);
  if (first?.type.kind === 'DATE' || first?.type.kind === 'DATETIME')
    return name ? fromZone(first, name) : typed(`CAST(${first.sql} AS TIMESTAMP)`, TIMESTAMP);
  return as(first, TIMESTAMP, call, args);
};

/** `STRING(timestamp, zone)`: the text of a moment, or of a JSON string. */
const string: Form = (args, call) => {
  const [first, zone] = args;
  if (first?.type.kind === 'JSON') return typed(`bq_json_scalar(${first.sql}, 'string')`, STRING);
  if (first?.type.kind === 'TIMESTAMP' && zone)
    return typed(
      `bq_format_moment('zoned', ${first.sql}, 'TEXT', ${as(zone, STRING, call, args).sql})`,
      STRING,
    );
  if (!first || !['DATE', 'DATETIME', 'TIME', 'TIMESTAMP'].includes(first.type.kind))
    throw noSignature(`function ${call.name}`, args);
  return cast(first, STRING, false);
};

const current =
  (type: SqlType): Form =>
  (args, { context }) => {
    const literal = datetimeText(civilOf(context.options.now));
    const moment: Typed = { sql: `TIMESTAMP '${literal}'`, type: TIMESTAMP, atom: true };
    const [zone] = args;
    const civil = zone ? inZone(moment, zone) : { ...moment, type: DATETIME };
    if (type.kind === 'TIMESTAMP') return moment;
    return type.kind === 'DATETIME' ? civil : { sql: `CAST(${civil.sql} AS ${type.kind})`, type, atom: true };
  };

const KINDS = { DATE, DATETIME, TIME, TIMESTAMP } as const;
const perKind = (suffix: string, make: (type: SqlType) => Form): Record<string, Form> =>
  Object.fromEntries(Object.entries(KINDS).map(([name, type]) => [`${name}_${suffix}`, make(type)]));

export const DATE_FORMS: Readonly<Record<string, Form>> = {
  ...perKind('ADD', (type) => shift(type, '+')),
  ...perKind('SUB', (type) => shift(type, '-')),
  ...perKind('DIFF', diff),
  ...perKind('TRUNC', trunc),
  LAST_DAY: lastDay,
  DATE: date,
  DATETIME: datetime,
  TIME: time,
  TIMESTAMP: timestamp,
  STRING: string,
  CURRENT_DATE: current(DATE),
  CURRENT_DATETIME: current(DATETIME),
  CURRENT_TIME: current(TIME),
  CURRENT_TIMESTAMP: current(TIMESTAMP),
  MAKE_INTERVAL: (args, call) => {
    const units = ['year', 'month', 'day', 'hour', 'minute', 'second'];
    const given = units.map((unit, index) => call.named[unit] ?? args[index]);
    const makers = [
      'to_years(CAST($ AS INTEGER))',
      'to_months(CAST($ AS INTEGER))',
      'to_days(CAST($ AS INTEGER))',
      'to_microseconds($ * 3600000000)',
      'to_microseconds($ * 60000000)',
      'to_microseconds($ * 1000000)',
    ];
    const parts = given.flatMap((value, index) =>
      value ? [(makers[index] ?? '').replace('$', () => as(value, INT64, call, args).sql)] : [],
    );
    return typed(parts.length > 0 ? `(${parts.join(' + ')})` : 'to_days(0)', INTERVAL);
  },
};
