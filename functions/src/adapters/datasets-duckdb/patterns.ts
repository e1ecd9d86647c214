/** A way to write a date: what it looks like, and the same for DuckDB's `strptime`. */
export interface DatePattern {
  /** `DD/MM/YYYY` */
  readonly name: string;
  readonly strptime: string;
  /** With the groups `y`, `m` (number or name) and `d`. */
  readonly shape: string;
}

const YEAR = '(?<y>\\d{4})';
const SHORT_YEAR = '(?<y>\\d{2})';
const MONTH = '(?<m>\\d{1,2})';
const DAY = '(?<d>\\d{1,2})';
const MONTH_NAME = '(?<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)';

function numeric(separator: string): DatePattern[] {
  const s = `\\${separator}`;
  const at = (name: string, strptime: string, ...parts: string[]): DatePattern => ({
    name: name.replaceAll('/', separator),
    strptime: strptime.replaceAll('/', separator),
    shape: parts.join(s),
  });
  return [
    at('YYYY/MM/DD', '%Y/%m/%d', YEAR, MONTH, DAY),
    at('DD/MM/YYYY', '%d/%m/%Y', DAY, MONTH, YEAR),
    at('MM/DD/YYYY', '%m/%d/%Y', MONTH, DAY, YEAR),
    at('DD/MM/YY', '%d/%m/%y', DAY, MONTH, SHORT_YEAR),
    at('MM/DD/YY', '%m/%d/%y', MONTH, DAY, SHORT_YEAR),
  ];
}

/** ISO 8601 is the first of them. */
export const DATE_PATTERNS: readonly DatePattern[] = [
  ...['-', '/', '.'].flatMap(numeric),
  { name: 'DD MMM YYYY', strptime: '%d %b %Y', shape: `${DAY} ${MONTH_NAME} ${YEAR}` },
  { name: 'DD-MMM-YYYY', strptime: '%d-%b-%Y', shape: `${DAY}-${MONTH_NAME}-${YEAR}` },
  { name: 'MMM DD, YYYY', strptime: '%b %d, %Y', shape: `${MONTH_NAME} ${DAY}, ${YEAR}` },
];

/** A way to write the time after a date. */
export interface TimePattern {
  readonly strptime: string;
  readonly shape: string;
}

const CLOCK = '(?:[01]?\\d|2[0-3]):[0-5]\\d';

/** From the longest to the shortest. */
export const TIME_PATTERNS: readonly TimePattern[] = [
  { strptime: '%H:%M:%S.%f', shape: `${CLOCK}:[0-5]\\d\\.\\d{1,6}` },
  { strptime: '%H:%M:%S', shape: `${CLOCK}:[0-5]\\d` },
  { strptime: '%H:%M', shape: CLOCK },
  { strptime: '%I:%M:%S %p', shape: '(?:0?[1-9]|1[0-2]):[0-5]\\d:[0-5]\\d [ap]m' },
  { strptime: '%I:%M %p', shape: '(?:0?[1-9]|1[0-2]):[0-5]\\d [ap]m' },
];

const patterns = new Map(DATE_PATTERNS.map((pattern) => [pattern.name, pattern]));

/** Throws a TypeError for a name that is none. */
export function datePattern(name: string): DatePattern {
  const found = patterns.get(name);
  if (!found) throw new TypeError(`${name} is not a date pattern`);
  return found;
}
