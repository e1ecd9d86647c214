/** How texts of a file can be read: the choices for a column, and what a text means under each. */

import type { ColumnFormat, ColumnType, FoundColumn } from './datasets';

const numeric = (separator: string): string[] =>
  ['YYYY/MM/DD', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD/MM/YY', 'MM/DD/YY'].map((name) =>
    name.replaceAll('/', separator),
  );

/** The patterns the API knows. ISO 8601 is the first of them, and needs no format. */
export const DATE_PATTERNS = [
  ...['-', '/', '.'].flatMap(numeric),
  'DD MMM YYYY',
  'DD-MMM-YYYY',
  'MMM DD, YYYY',
] as const;
export const ISO_PATTERN = 'YYYY-MM-DD';

const BOOLEANS = [
  ['yes', 'no'],
  ['y', 'n'],
  ['1', '0'],
  ['on', 'off'],
  ['نعم', 'لا'],
] as const;

/** A format as the value of a select; the plain way is empty. Time zones are chosen apart. */
export function formatKey(format: ColumnFormat | undefined): string {
  switch (format?.kind) {
    case 'number':
      return format.decimal;
    case 'date':
    case 'timestamp':
      return format.pattern === ISO_PATTERN ? '' : format.pattern;
    case 'boolean':
      return `${format.yes}|${format.no}`;
    default:
      return '';
  }
}

/** The other way round. Times without an offset are of `timezone`. */
export function formatFrom(type: ColumnType, key: string, timezone: string): ColumnFormat | undefined {
  const zone = timezone === 'UTC' ? {} : { timezone };
  switch (type) {
    case 'number':
      return key === ',' || key === '.' ? { kind: 'number', decimal: key } : undefined;
    case 'date':
      return key ? { kind: 'date', pattern: key } : undefined;
    case 'timestamp':
      return key || zone.timezone ? { kind: 'timestamp', pattern: key || ISO_PATTERN, ...zone } : undefined;
    case 'boolean': {
      const [yes = '', no = ''] = key.split('|');
      return key ? { kind: 'boolean', yes, no } : undefined;
    }
    default:
      return undefined;
  }
}

/** The ways texts of a type may be written, as `formatKey` has them; none when there is one only. */
export function formatKeys(type: ColumnType, found: ColumnFormat | undefined): readonly string[] {
  switch (type) {
    case 'number':
      return ['', '.', ','];
    case 'date':
    case 'timestamp':
      return ['', ...DATE_PATTERNS.slice(1)];
    case 'boolean':
      return [
        ...new Set([
          '',
          ...(found?.kind === 'boolean' ? [formatKey(found)] : []),
          ...BOOLEANS.map(([yes, no]) => `${yes}|${no}`),
        ]),
      ];
    default:
      return [];
  }
}

/** What somebody has to choose between; empty when a column reads in one way only. */
export const readingsOf = ({ format, alternatives }: FoundColumn): readonly ColumnFormat[] =>
  format && alternatives ? [format, ...alternatives] : [];

const PARTS: Readonly<Record<string, string>> = {
  YYYY: '(?<y>\\d{4})',
  YY: '(?<y>\\d{2})',
  MMM: '(?<m>[a-z]{3})',
  MM: '(?<m>\\d{1,2})',
  DD: '(?<d>\\d{1,2})',
};
const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';

/** The day a text means under a pattern, as `YYYY-MM-DD`; undefined when it does not fit. A time after it is left out. */
export function readDate(text: string, pattern: string): string | undefined {
  const shape = pattern
    .replaceAll(/[-/.]/g, '\\$&')
    .replaceAll(/YYYY|YY|MMM|MM|DD/g, (part) => PARTS[part] ?? part);
  const { y = '', m = '', d = '' } = new RegExp(`^${shape}(?!\\d)`, 'i').exec(text.trim())?.groups ?? {};
  if (!y) return undefined;
  const month = /\d/.test(m) ? Number(m) : MONTHS.indexOf(m.toLowerCase()) / 3 + 1;
  // Two digits as POSIX has them: 69 to 99 are of the 20th century.
  const year = y.length === 2 ? (Number(y) < 69 ? 2000 : 1900) + Number(y) : Number(y);
  const date = new Date(Date.UTC(year, month - 1, Number(d)));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(d)
    ? date.toISOString().slice(0, 10)
    : undefined;
}

/** The number a text means with this decimal mark; undefined when it is none. */
export function readNumber(text: string, decimal: '.' | ','): number | undefined {
  const bare = text
    .trim()
    .replace(/^\((.*)\)$/, '-$1')
    .replaceAll(/[€$£¥%\s']/g, '');
  const figure = decimal === ',' ? bare.replaceAll('.', '').replace(',', '.') : bare.replaceAll(',', '');
  const value = figure === '' ? Number.NaN : Number(figure);
  if (Number.isNaN(value)) return undefined;
  return text.includes('%') ? value / 100 : value;
}

/** What a text means under a format, as a key to compare by. */
export function readAs(text: string, format: ColumnFormat): string | number | undefined {
  if (format.kind === 'number') return readNumber(text, format.decimal);
  return format.kind === 'boolean' ? text : readDate(text, format.pattern);
}

/** The text that tells the readings apart best: the first that means something else under each. */
export function tellingSample(
  samples: readonly string[],
  readings: readonly ColumnFormat[],
): string | undefined {
  const meanings = (text: string): number => new Set(readings.map((format) => readAs(text, format))).size;
  return samples.find((text) => meanings(text) === readings.length) ?? samples[0];
}
