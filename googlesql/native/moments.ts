import { SqlError } from '../errors.ts';
import { formatMoment, zoneText } from '../values/moment-format.ts';
import { dayOf, parseMoment } from '../values/moment-parse.ts';
import {
  civilOf,
  DAY,
  dateText,
  datetimeText,
  floorDiv,
  isZone,
  parseDate,
  parseDatetime,
  parseTime,
  parseTimestamp,
  timeText,
  toUtc,
  zoneOffset,
} from '../values/temporal.ts';
import type { Interval, NativeFunctions, Plain } from './define.ts';

const orFail =
  <Value extends Plain>(parse: (text: string) => Value | undefined, what: string) =>
  (text: string): Value => {
    const value = parse(text);
    if (value === undefined) throw new SqlError(`Invalid ${what}: "${text}"`);
    return value;
  };

function known(zone: string): string {
  if (!isZone(zone)) throw new SqlError(`Invalid time zone: ${zone}`);
  return zone;
}

function momentText(kind: string, micros: bigint): string {
  const civil = civilOf(micros);
  switch (kind) {
    case 'DATE':
      return dateText(civil);
    case 'TIME':
      return timeText(civil);
    case 'DATETIME':
      return datetimeText(civil);
    case 'JSON_DATETIME':
      return datetimeText(civil, 'T');
    case 'JSON_TIMESTAMP':
      return `${datetimeText(civil, 'T')}Z`;
    default:
      return `${datetimeText(civil)}+00`;
  }
}

function format(pattern: string, micros: bigint, kind: string, zone: string): string {
  const offset = zoneOffset(known(zone), micros);
  const civil = micros + offset;
  if (kind === 'TEXT') return `${datetimeText(civilOf(civil))}${zoneText(offset, ':').replace(/:00$/, '')}`;
  return formatMoment(pattern, { micros: civil, kind, zone, offset });
}

/** `1-2 3 4:5:6.789` */
export function intervalText({ months, days, micros }: Interval): string {
  const [absMonths, absMicros] = [Math.abs(months), micros < 0n ? -micros : micros];
  const time = civilOf(absMicros % DAY);
  const hours = absMicros / 3_600_000_000n;
  const [, minutesAndSeconds = ''] = /^\d+:(.*)$/.exec(timeText(time)) ?? [];
  const sign = (negative: boolean) => (negative ? '-' : '');
  return (
    `${sign(months < 0)}${Math.floor(absMonths / 12)}-${absMonths % 12} ${days} ` +
    `${sign(micros < 0n)}${hours}:${minutesAndSeconds.replace(/^0(\d):/, '$1:').replace(/:0(\d)/, ':$1')}`
  );
}

export const MOMENT_FUNCTIONS: NativeFunctions = {
  bq_parse_date: { args: ['VARCHAR'], result: 'DATE', run: orFail((text) => toBig(parseDate(text)), 'date') },
  bq_parse_datetime: {
    args: ['VARCHAR'],
    result: 'TIMESTAMP',
    run: orFail(parseDatetime, 'datetime string'),
  },
  bq_parse_time: { args: ['VARCHAR'], result: 'TIME', run: orFail(parseTime, 'time string') },
  bq_parse_timestamp: {
    args: ['VARCHAR', 'VARCHAR'],
    result: 'TIMESTAMP',
    run: (text: string, zone: string) =>
      orFail((value) => parseTimestamp(value, known(zone)), 'timestamp')(text),
  },
  bq_parse_date_as: {
    args: ['VARCHAR', 'VARCHAR'],
    result: 'DATE',
    run: (pattern: string, text: string) => dayOf(parseMoment(pattern, text, 'DATE')),
  },
  bq_parse_datetime_as: {
    args: ['VARCHAR', 'VARCHAR'],
    result: 'TIMESTAMP',
    run: (pattern: string, text: string) => parseMoment(pattern, text, 'DATETIME'),
  },
  bq_parse_time_as: {
    args: ['VARCHAR', 'VARCHAR'],
    result: 'TIME',
    run: (pattern: string, text: string) => modDay(parseMoment(pattern, text, 'TIME')),
  },
  bq_parse_timestamp_as: {
    args: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    result: 'TIMESTAMP',
    run: (pattern: string, text: string, zone: string) => parseMoment(pattern, text, 'TIMESTAMP', zone),
  },
  bq_format_moment: { args: ['VARCHAR', 'TIMESTAMP', 'VARCHAR', 'VARCHAR'], result: 'VARCHAR', run: format },
  bq_moment_text: { args: ['VARCHAR', 'TIMESTAMP'], result: 'VARCHAR', run: momentText },
  bq_interval_text: { args: ['INTERVAL'], result: 'VARCHAR', run: intervalText },
  bq_utc_offset: {
    args: ['VARCHAR', 'BIGINT'],
    result: 'BIGINT',
    run: (zone: string, utc: bigint) => zoneOffset(known(zone), utc),
  },
  bq_to_utc: {
    args: ['VARCHAR', 'BIGINT'],
    result: 'BIGINT',
    run: (zone: string, civil: bigint) => toUtc(civil, known(zone)),
  },
};

const toBig = (days: number | undefined): bigint | undefined =>
  days === undefined ? undefined : BigInt(days);
const modDay = (micros: bigint): bigint => micros - floorDiv(micros, DAY) * DAY;
