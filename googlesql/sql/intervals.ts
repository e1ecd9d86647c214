/** INTERVAL values, EXTRACT, and the parts of dates. */

import { SqlError } from '../errors.ts';
import { bind, coerce, type Typed, typed } from './typed.ts';
import { DATE, INT64, INTERVAL, quoteText, STRING, TIME } from './types.ts';

const UNITS: Readonly<Record<string, (amount: string) => string>> = {
  YEAR: (n) => `to_years(CAST(${n} AS INTEGER))`,
  QUARTER: (n) => `to_months(CAST(3 * ${n} AS INTEGER))`,
  MONTH: (n) => `to_months(CAST(${n} AS INTEGER))`,
  WEEK: (n) => `to_days(CAST(7 * ${n} AS INTEGER))`,
  DAY: (n) => `to_days(CAST(${n} AS INTEGER))`,
  HOUR: (n) => `to_microseconds(${n} * 3600000000)`,
  MINUTE: (n) => `to_microseconds(${n} * 60000000)`,
  SECOND: (n) => `to_microseconds(${n} * 1000000)`,
  MILLISECOND: (n) => `to_microseconds(${n} * 1000)`,
  MICROSECOND: (n) => `to_microseconds(${n})`,
};

/** An INTERVAL, and of which unit it is, so that DATE_ADD can refuse those it cannot add. */
export interface IntervalTyped extends Typed {
  readonly unit?: string;
  readonly amount?: Typed;
}

export function intervalOf(value: Typed, from: string, to?: string): IntervalTyped {
  if (to) {
    if (value.literal === undefined) throw new SqlError(`INTERVAL … ${from} TO ${to} needs a literal`);
    return { ...parseRange(value.literal, from, to), atom: true };
  }
  const unit = UNITS[from];
  if (!unit) throw new SqlError(`A valid date part name is required but found ${from}`);
  const amount = coerce(value, INT64);
  if (!amount) throw new SqlError(`Interval value must be coercible to INT64 type`);
  return { sql: unit(amount.sql), type: INTERVAL, unit: from, amount, ...(amount.atom && { atom: true }) };
}

const ORDER = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];

/** `'1-2' YEAR TO MONTH`, `'1 2:30:15' DAY TO SECOND`: numbers for each unit from the first to the last. */
function parseRange(text: string, from: string, to: string): Typed {
  const units = ORDER.slice(ORDER.indexOf(from), ORDER.indexOf(to) + 1);
  const groups = text.trim().split(/\s+/);
  const parts: number[] = [];
  let negative = false;
  for (const group of groups) {
    negative = group.startsWith('-');
    parts.push(
      ...group
        .replace(/^[+-]/, '')
        .split(/[-:]/)
        .map((part) => (negative ? -Number(part) : Number(part))),
    );
  }
  if (!ORDER.includes(from) || units.length < 2 || parts.length !== units.length || parts.some(Number.isNaN))
    throw new SqlError(`Invalid INTERVAL value '${text}'`);
  const sql = units.map((unit, index) =>
    unit === 'SECOND'
      ? `to_microseconds(${Math.round((parts[index] ?? 0) * 1e6)})`
      : UNITS[unit]?.(String(parts[index])),
  );
  return typed(`(${sql.join(' + ')})`, INTERVAL);
}

export const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

/** `$1` is the moment. Weeks of a year begin on Sunday; days before the first are in week 0. */
const PARTS: Readonly<Record<string, string>> = {
  YEAR: 'year($1)',
  QUARTER: 'quarter($1)',
  MONTH: 'month($1)',
  DAY: 'day($1)',
  DAYOFWEEK: '(dayofweek($1) + 1)',
  DAYOFYEAR: 'dayofyear($1)',
  ISOYEAR: 'isoyear($1)',
  ISOWEEK: 'week($1)',
  HOUR: 'hour($1)',
  MINUTE: 'minute($1)',
  SECOND: '(microsecond($1) // 1000000)',
  MILLISECOND: '((microsecond($1) % 1000000) // 1000)',
  MICROSECOND: '(microsecond($1) % 1000000)',
};

const DAY_PARTS = [
  'YEAR',
  'QUARTER',
  'MONTH',
  'DAY',
  'DAYOFWEEK',
  'DAYOFYEAR',
  'ISOYEAR',
  'ISOWEEK',
  'WEEK',
  'DATE',
];
const TIME_PARTS = ['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND', 'TIME'];

export function extract(part: string, weekday: string | undefined, from: Typed, zone?: Typed): Typed {
  const { kind } = from.type;
  if (kind === 'INTERVAL') return extractInterval(part, from);
  if (zone && kind !== 'TIMESTAMP') throw new SqlError(`EXTRACT from ${kind} does not support AT TIME ZONE`);
  const isAllowed =
    (kind !== 'TIME' && DAY_PARTS.includes(part) && !(kind === 'DATE' && part === 'DATE')) ||
    (kind !== 'DATE' && TIME_PARTS.includes(part)) ||
    (kind === 'TIMESTAMP' && part === 'DATETIME');
  if (!['DATE', 'DATETIME', 'TIMESTAMP', 'TIME'].includes(kind) || !isAllowed)
    throw new SqlError(`EXTRACT from ${kind} does not support the ${part} date part`);
  const local = zone ? inZone(from, zone) : from;
  if (part === 'DATE') return typed(`CAST(${local.sql} AS DATE)`, DATE);
  if (part === 'TIME') return typed(`CAST(${local.sql} AS TIME)`, TIME);
  if (part === 'DATETIME') return typed(local.sql, { kind: 'DATETIME' });
  if (part === 'WEEK') return bind([local], ([x = local]) => typed(weekOfYear(x.sql, weekday), INT64));
  return typed(
    (PARTS[part] ?? '').replaceAll('$1', () => local.sql),
    INT64,
  );
}

function extractInterval(part: string, { sql }: Typed): Typed {
  const parts: Readonly<Record<string, string>> = {
    YEAR: `datepart('year', ${sql})`,
    MONTH: `datepart('month', ${sql})`,
    DAY: `datepart('day', ${sql})`,
    HOUR: `datepart('hour', ${sql})`,
    MINUTE: `datepart('minute', ${sql})`,
    SECOND: `(datepart('microsecond', ${sql}) // 1000000)`,
    MILLISECOND: `((datepart('microsecond', ${sql}) % 1000000) // 1000)`,
    MICROSECOND: `(datepart('microsecond', ${sql}) % 1000000)`,
  };
  const found = parts[part];
  if (!found) throw new SqlError(`EXTRACT from INTERVAL does not support the ${part} date part`);
  return typed(found, INT64);
}

export function weekStart(weekday: string | undefined): number {
  const start = WEEKDAYS.indexOf(weekday ?? 'SUNDAY');
  if (start < 0) throw new SqlError(`Invalid weekday ${weekday}`);
  return start;
}

/** How many days of the week that starts on the weekday have passed: 0 … 6. */
const daysInto = (sql: string, start: number): string => `((dayofweek(${sql}) + ${7 - start}) % 7)`;

function weekOfYear(sql: string, weekday: string | undefined): string {
  return `((dayofyear(${sql}) + 6 - ${daysInto(sql, weekStart(weekday))}) // 7)`;
}

/** The civil time in the zone of a TIMESTAMP. */
export function inZone(moment: Typed, zone: Typed): Typed {
  const name = coerce(zone, STRING);
  if (!name) throw new SqlError('A time zone must be a STRING');
  const civil = { kind: 'DATETIME' } as const;
  if (name.literal === 'UTC') return { ...moment, type: civil };
  return bind([moment], ([x = moment]) =>
    typed(`(${x.sql} + to_microseconds(bq_utc_offset(${name.sql}, epoch_us(${x.sql}))))`, civil),
  );
}

/** The TIMESTAMP at which clocks of the zone show the civil time. */
export function fromZone(civil: Typed, zone: Typed): Typed {
  const name = coerce(zone, STRING);
  if (!name) throw new SqlError('A time zone must be a STRING');
  const moment = { kind: 'TIMESTAMP' } as const;
  if (name.literal === 'UTC') return typed(`CAST(${civil.sql} AS TIMESTAMP)`, moment);
  return typed(`make_timestamp(bq_to_utc(${name.sql}, epoch_us(CAST(${civil.sql} AS TIMESTAMP))))`, moment);
}

const TRUNCATE: Readonly<Record<string, string>> = {
  YEAR: 'year',
  QUARTER: 'quarter',
  MONTH: 'month',
  ISOWEEK: 'week',
  DAY: 'day',
  HOUR: 'hour',
  MINUTE: 'minute',
  SECOND: 'second',
  MILLISECOND: 'milliseconds',
  MICROSECOND: 'microseconds',
};

/** The start of the part that the civil moment is in; a DATE stays a DATE. */
export function truncate(moment: Typed, part: string, weekday?: string): Typed {
  const result = moment.type;
  const back = (sql: string) =>
    typed(result.kind === 'DATE' ? `CAST(${sql} AS DATE)` : `CAST(${sql} AS TIMESTAMP)`, result);
  if (part === 'WEEK')
    return bind([moment], ([x = moment]) =>
      back(`date_trunc('day', ${x.sql}) - to_days(CAST(${daysInto(x.sql, weekStart(weekday))} AS INTEGER))`),
    );
  if (part === 'ISOYEAR')
    return bind([moment], ([x = moment]) => back(`date_trunc('week', make_date(isoyear(${x.sql}), 1, 4))`));
  const unit = TRUNCATE[part];
  if (!unit || (result.kind === 'DATE' && TIME_PARTS.includes(part)))
    throw new SqlError(`A valid date part argument is required, but found ${part}`);
  return back(`date_trunc(${quoteText(unit)}, ${moment.sql})`);
}

/** How many starts of the part lie between two moments of one type. */
export function boundaries(a: Typed, b: Typed, part: string, weekday?: string): Typed {
  const isWeek = part === 'WEEK' || part === 'ISOWEEK';
  const unit = isWeek ? 'week' : TRUNCATE[part];
  if (part === 'ISOYEAR') return typed(`(isoyear(${a.sql}) - isoyear(${b.sql}))`, INT64);
  if (!unit) throw new SqlError(`A valid date part argument is required, but found ${part}`);
  if (isWeek) {
    const start = weekStart(part === 'ISOWEEK' ? 'MONDAY' : weekday);
    // 1970-01-01 was a Thursday.
    const week = (sql: string) =>
      `CAST(floor((CAST(${sql} AS DATE) - DATE '1970-01-01' + ${4 - start}) / 7) AS BIGINT)`;
    return typed(`(${week(a.sql)} - ${week(b.sql)})`, INT64);
  }
  return typed(`date_diff(${quoteText(unit)}, ${b.sql}, ${a.sql})`, INT64);
}
