/** Dates and times as BigQuery reads and writes them. Moments are microseconds since 1970, civil or UTC. */

export const DAY = 86_400_000_000n;
const FIRST_YEAR = 1;
const LAST_YEAR = 9999;

export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
}

export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** Days since 1970 of a date of the proleptic Gregorian calendar; undefined when there is no such date. */
export function daysOf(year: number, month: number, day: number): number | undefined {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 || day > 31)
    return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCDate() === day ? date.getTime() / 86_400_000 : undefined;
}

export function civilOf(micros: bigint): Civil {
  const days = floorDiv(micros, DAY);
  const date = new Date(Number(days) * 86_400_000);
  const time = Number(micros - days * DAY);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: Math.floor(time / 3_600_000_000),
    minute: Math.floor(time / 60_000_000) % 60,
    second: Math.floor(time / 1_000_000) % 60,
    micros: time % 1_000_000,
  };
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** `.5` as `.500`, none at all for whole seconds. */
export function fractionText(micros: number): string {
  if (micros === 0) return '';
  return micros % 1000 === 0 ? `.${pad(micros / 1000, 3)}` : `.${pad(micros, 6)}`;
}

export const dateText = (civil: Civil): string =>
  `${pad(civil.year, 4)}-${pad(civil.month)}-${pad(civil.day)}`;
export const timeText = ({ hour, minute, second, micros }: Civil, fraction = fractionText(micros)): string =>
  `${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}`;
export const datetimeText = (civil: Civil, between = ' '): string =>
  `${dateText(civil)}${between}${timeText(civil)}`;

const DATE_PART = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`;
const TIME_PART = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,6}))?`;
const DATE = new RegExp(`^${DATE_PART}$`);
const TIME = new RegExp(`^${TIME_PART}$`);
const MOMENT = new RegExp(`^${DATE_PART}(?:[ tT]${TIME_PART})?(.*)$`);
const ZONE = /^\s*(?:([zZ])|([+-])(\d{1,2})(?::(\d{2}))?|([A-Za-z][\w+\-/]*))$/;

/** Microseconds of the day. */
function timeOf(hour = '0', minute = '0', second = '0', fraction = ''): bigint | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  return BigInt((h * 60 + m) * 60 + s) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text.trim());
  return match ? daysOf(Number(match[1]), Number(match[2]), Number(match[3])) : undefined;
}

export function parseTime(text: string): bigint | undefined {
  const match = TIME.exec(text.trim());
  return match ? timeOf(match[1], match[2], match[3], match[4]) : undefined;
}

function parseMoment(text: string): { micros: bigint; rest: string } | undefined {
  const match = MOMENT.exec(text.trim());
  if (!match) return undefined;
  const days = daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
  const time = timeOf(match[4], match[5], match[6], match[7]);
  if (days === undefined || time === undefined) return undefined;
  return { micros: BigInt(days) * DAY + time, rest: match[8] ?? '' };
}

export function parseDatetime(text: string): bigint | undefined {
  const moment = parseMoment(text);
  return moment?.rest === '' ? moment.micros : undefined;
}

/** UTC microseconds; a text without a zone is in `zone`. */
export function parseTimestamp(text: string, zone = 'UTC'): bigint | undefined {
  const moment = parseMoment(text);
  if (!moment) return undefined;
  if (moment.rest === '') return toUtc(moment.micros, zone);
  const match = ZONE.exec(moment.rest);
  if (!match) return undefined;
  const [, zulu, sign, hours, minutes = '0', name] = match;
  if (zulu) return moment.micros;
  if (name) return isZone(name) ? toUtc(moment.micros, name) : undefined;
  const offset = BigInt(Number(hours) * 60 + Number(minutes)) * 60_000_000n;
  return sign === '-' ? moment.micros + offset : moment.micros - offset;
}

const OFFSET_ZONE = /^(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/;
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, bigint>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

export function isZone(zone: string): boolean {
  if (OFFSET_ZONE.test(zone)) return true;
  try {
    return formatOf(zone) !== undefined;
  } catch {
    return false;
  }
}

/** How far the zone's clocks are ahead of UTC at a moment, in microseconds. @throws RangeError for an unknown zone. */
export function zoneOffset(zone: string, utc: bigint): bigint {
  if (zone === 'UTC') return 0n;
  const fixed = OFFSET_ZONE.exec(zone);
  if (fixed) {
    const minutes = BigInt(Number(fixed[2]) * 60 + Number(fixed[3] ?? 0));
    return (fixed[1] === '-' ? -minutes : minutes) * 60_000_000n;
  }
  // Clocks change at quarters of an hour at the earliest.
  const quarter = floorDiv(utc, 900_000_000n);
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const offset = offsetAt(zone, quarter * 900_000_000n);
  if (offsets.size > 50_000) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

function offsetAt(zone: string, utc: bigint): bigint {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(zone).formatToParts(Number(utc / 1000n))) parts[type] = value;
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year);
  const local = new Date(0);
  local.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day));
  local.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
  return BigInt(local.getTime()) * 1000n - utc;
}

/** The UTC moment of a civil time; of a time that clocks showed twice, the first, and of one they skipped, the later. */
export function toUtc(civil: bigint, zone: string): bigint {
  const before = civil - zoneOffset(zone, civil - DAY);
  if (civil - before === zoneOffset(zone, before)) return before;
  const after = civil - zoneOffset(zone, civil + DAY);
  return civil - after === zoneOffset(zone, after) ? after : before;
}

/** The literal's value as DuckDB reads it; undefined when the text is no value of the type. */
export function temporalLiteral(text: string, kind: string): string | undefined {
  if (kind === 'DATE') {
    const days = parseDate(text);
    return days === undefined ? undefined : dateText(civilOf(BigInt(days) * DAY));
  }
  if (kind === 'TIME') {
    const time = parseTime(text);
    return time === undefined ? undefined : timeText(civilOf(time));
  }
  const micros = kind === 'TIMESTAMP' ? parseTimestamp(text) : parseDatetime(text);
  return micros === undefined ? undefined : datetimeText(civilOf(micros));
}
