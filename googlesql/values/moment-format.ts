/** FORMAT_DATE and its kin (https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements). */

import { SqlError } from '../errors.ts';
import { type Civil, civilOf, DAY, daysOf, floorDiv, timeText } from './temporal.ts';

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const pad = (value: number, width = 2, filler = '0'): string => String(value).padStart(width, filler);

export interface Moment {
  /** Civil microseconds. */
  readonly micros: bigint;
  /** What the type lets be said: a DATE has no hours, a TIME no days, only a TIMESTAMP a zone. */
  readonly kind: string;
  readonly zone: string;
  /** How far the zone is ahead of UTC, in microseconds. */
  readonly offset: bigint;
}

/** 0 for Sunday. */
export const weekday = (micros: bigint): number => Number((((floorDiv(micros, DAY) + 4n) % 7n) + 7n) % 7n);

function yearDay({ year }: Civil, micros: bigint): number {
  return Number(floorDiv(micros, DAY)) - (daysOf(year, 1, 1) ?? 0) + 1;
}

/** Year and week of ISO 8601: weeks begin on Monday, and the first holds January 4th. */
export function isoWeek(micros: bigint): { year: number; week: number } {
  const day = floorDiv(micros, DAY);
  const thursday = day - BigInt((weekday(micros) + 6) % 7) + 3n;
  const civil = civilOf(thursday * DAY);
  return { year: civil.year, week: Math.floor((yearDay(civil, thursday * DAY) - 1) / 7) + 1 };
}

export function zoneText(offset: bigint, colon: string): string {
  const minutes = Number((offset < 0n ? -offset : offset) / 60_000_000n);
  return `${offset < 0n ? '-' : '+'}${pad(Math.floor(minutes / 60))}${colon}${pad(minutes % 60)}`;
}

type Element = (civil: Civil, moment: Moment) => string;

const hour12 = ({ hour }: Civil): number => (hour % 12 === 0 ? 12 : hour % 12);

const DATE_ELEMENTS: Readonly<Record<string, Element>> = {
  A: (_, { micros }) => DAYS[weekday(micros)] ?? '',
  a: (_, { micros }) => DAYS[weekday(micros)]?.slice(0, 3) ?? '',
  B: ({ month }) => MONTHS[month - 1] ?? '',
  b: ({ month }) => MONTHS[month - 1]?.slice(0, 3) ?? '',
  h: ({ month }) => MONTHS[month - 1]?.slice(0, 3) ?? '',
  C: ({ year }) => pad(Math.floor(year / 100)),
  D: ({ year, month, day }) => `${pad(month)}/${pad(day)}/${pad(year % 100)}`,
  x: ({ year, month, day }) => `${pad(month)}/${pad(day)}/${pad(year % 100)}`,
  d: ({ day }) => pad(day),
  e: ({ day }) => pad(day, 2, ' '),
  F: ({ year, month, day }) => `${year}-${pad(month)}-${pad(day)}`,
  G: (_, { micros }) => String(isoWeek(micros).year),
  g: (_, { micros }) => pad(isoWeek(micros).year % 100),
  j: (civil, { micros }) => pad(yearDay(civil, micros), 3),
  m: ({ month }) => pad(month),
  Q: ({ month }) => String(Math.ceil(month / 3)),
  U: (civil, { micros }) => pad(Math.floor((yearDay(civil, micros) + 6 - weekday(micros)) / 7)),
  u: (_, { micros }) => String(weekday(micros) || 7),
  V: (_, { micros }) => pad(isoWeek(micros).week),
  W: (civil, { micros }) => pad(Math.floor((yearDay(civil, micros) + 6 - ((weekday(micros) + 6) % 7)) / 7)),
  w: (_, { micros }) => String(weekday(micros)),
  Y: ({ year }) => String(year),
  y: ({ year }) => pad(year % 100),
  E4Y: ({ year }) => pad(year, 4),
};

const TIME_ELEMENTS: Readonly<Record<string, Element>> = {
  H: ({ hour }) => pad(hour),
  I: (civil) => pad(hour12(civil)),
  k: ({ hour }) => pad(hour, 2, ' '),
  l: (civil) => pad(hour12(civil), 2, ' '),
  M: ({ minute }) => pad(minute),
  P: ({ hour }) => (hour < 12 ? 'am' : 'pm'),
  p: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  R: ({ hour, minute }) => `${pad(hour)}:${pad(minute)}`,
  r: (civil) =>
    `${pad(hour12(civil))}:${pad(civil.minute)}:${pad(civil.second)} ${civil.hour < 12 ? 'AM' : 'PM'}`,
  S: ({ second }) => pad(second),
  T: (civil) => timeText(civil, ''),
  X: (civil) => timeText(civil, ''),
  'E*S': ({ second, micros }) => pad(second) + (micros === 0 ? '' : `.${pad(micros, 6).replace(/0+$/, '')}`),
};

const BOTH: Readonly<Record<string, Element>> = {
  c: (civil, moment) =>
    `${DATE_ELEMENTS.a?.(civil, moment)} ${DATE_ELEMENTS.b?.(civil, moment)} ${pad(civil.day, 2, ' ')} ${timeText(civil, '')} ${civil.year}`,
};

const ZONED: Readonly<Record<string, Element>> = {
  s: (_, { micros, offset }) => String(floorDiv(micros - offset, 1_000_000n)),
  Z: (_, { zone, offset }) =>
    zone === 'UTC' ? 'UTC' : `UTC${zoneText(offset, ':').replace(/^([+-])0?(\d+):00$/, '$1$2')}`,
  z: (_, { offset }) => zoneText(offset, ''),
  Ez: (_, { offset }) => zoneText(offset, ':'),
};

const ALLOWED: Readonly<Record<string, readonly Readonly<Record<string, Element>>[]>> = {
  DATE: [DATE_ELEMENTS],
  TIME: [TIME_ELEMENTS],
  DATETIME: [DATE_ELEMENTS, TIME_ELEMENTS, BOTH],
  TIMESTAMP: [DATE_ELEMENTS, TIME_ELEMENTS, BOTH, ZONED],
};

const ELEMENT = /%(E\*S|E4Y|Ez|E(\d)S|[A-Za-z])|%(.)|([^%]+)|(%)$/gs;

export function formatMoment(format: string, moment: Moment): string {
  const civil = civilOf(moment.micros);
  const tables = ALLOWED[moment.kind] ?? [];
  let text = '';
  for (const [whole, name, digits, other, literal] of format.matchAll(ELEMENT)) {
    if (literal !== undefined) text += literal;
    else if (other === '%') text += '%';
    else if (name === 'n') text += '\n';
    else if (name === 't') text += '\t';
    else if (digits !== undefined && moment.kind !== 'DATE') text += seconds(civil, Number(digits));
    else {
      const element = tables.find((table) => name !== undefined && Object.hasOwn(table, name))?.[name ?? ''];
      if (!element) throw new SqlError(`Format element ${whole} is not supported for ${moment.kind}`);
      text += element(civil, moment);
    }
  }
  return text;
}

const seconds = ({ second, micros }: Civil, digits: number): string =>
  pad(second) + (digits === 0 ? '' : `.${pad(micros, 6).padEnd(9, '0').slice(0, digits)}`);
