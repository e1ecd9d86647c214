/** PARSE_DATE and its kin: reads a text element by element, as strptime does. */

import { SqlError } from '../errors.ts';
import { DAYS, MONTHS } from './moment-format.ts';
import { DAY, daysOf, floorDiv, isZone, toUtc } from './temporal.ts';

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: bigint;
  /** 0 for AM, 12 for PM. */
  half?: number;
  hour12?: number;
  dayOfYear?: number;
  epoch?: bigint;
  /** Microseconds that the text says it is ahead of UTC. */
  offset?: bigint;
  zone?: string;
  century?: number;
  yearOfCentury?: number;
}

interface Element {
  readonly pattern: string;
  readonly apply: (parts: Parts, text: string) => void;
}

const number = (digits: string, apply: (parts: Parts, value: number) => void): Element => ({
  pattern: digits,
  apply: (parts, text) => apply(parts, Number(text)),
});

const names = (list: readonly string[], apply: (parts: Parts, index: number) => void): Element => ({
  pattern: list.flatMap((name) => [name, name.slice(0, 3)]).join('|'),
  apply: (parts, text) =>
    apply(
      parts,
      list.findIndex((name) => name.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase()),
    ),
});

const MONTH = names(MONTHS, (parts, index) => {
  parts.month = index + 1;
});
const WEEKDAY = names(DAYS, () => {});
const HALF: Element = {
  pattern: 'AM|PM',
  apply: (parts, text) => {
    parts.half = text.toUpperCase() === 'PM' ? 12 : 0;
  },
};
const OFFSET: Element = {
  pattern: String.raw`[zZ]|[+-]\d{1,2}:?\d{2}|[+-]\d{1,2}`,
  apply: (parts, text) => {
    const match = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(text);
    const minutes = match ? Number(match[2]) * 60 + Number(match[3] ?? 0) : 0;
    parts.offset = BigInt(match?.[1] === '-' ? -minutes : minutes) * 60_000_000n;
  },
};
const SECONDS: Element = {
  pattern: String.raw`\d{1,2}(?:\.\d*)?`,
  apply: (parts, text) => {
    const [whole = '0', fraction = ''] = text.split('.');
    parts.second = Number(whole);
    parts.micros = BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  },
};

const HOUR = number(String.raw`\d{1,2}`, (parts, value) => {
  parts.hour = value;
});
const HOUR12 = number(String.raw`\d{1,2}`, (parts, value) => {
  parts.hour12 = value;
});
const DAY_OF_MONTH = number(String.raw`\d{1,2}`, (parts, value) => {
  parts.day = value;
});

const ELEMENTS: Readonly<Record<string, Element>> = {
  A: WEEKDAY,
  a: WEEKDAY,
  B: MONTH,
  b: MONTH,
  h: MONTH,
  Y: number(String.raw`\d{1,4}`, (parts, value) => {
    parts.year = value;
  }),
  E4Y: number(String.raw`\d{4}`, (parts, value) => {
    parts.year = value;
  }),
  y: number(String.raw`\d{1,2}`, (parts, value) => {
    parts.yearOfCentury = value;
  }),
  C: number(String.raw`\d{1,2}`, (parts, value) => {
    parts.century = value;
  }),
  m: number(String.raw`\d{1,2}`, (parts, value) => {
    parts.month = value;
  }),
  Q: number('[1-4]', (parts, value) => {
    parts.month = value * 3 - 2;
  }),
  d: DAY_OF_MONTH,
  e: DAY_OF_MONTH,
  j: number(String.raw`\d{1,3}`, (parts, value) => {
    parts.dayOfYear = value;
  }),
  H: HOUR,
  k: HOUR,
  I: HOUR12,
  l: HOUR12,
  M: number(String.raw`\d{1,2}`, (parts, value) => {
    parts.minute = value;
  }),
  S: number(String.raw`\d{1,2}`, (parts, value) => {
    parts.second = value;
  }),
  'E*S': SECONDS,
  p: HALF,
  P: HALF,
  s: {
    pattern: String.raw`-?\d+`,
    apply: (parts, text) => {
      parts.epoch = BigInt(text) * 1_000_000n;
    },
  },
  z: OFFSET,
  Ez: OFFSET,
  Z: {
    pattern: String.raw`[A-Za-z][\w+\-/:]*`,
    apply: (parts, text) => {
      parts.zone = text;
    },
  },
};

const SHORTHAND: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  r: '%I:%M:%S %p',
  c: '%a %b %e %H:%M:%S %Y',
};

const TOKEN = /%(E\*S|E4Y|Ez|E\dS|[A-Za-z])|%(.)|(\s+)|([^%\s])|(%)$/gs;

interface Compiled {
  readonly pattern: RegExp;
  readonly elements: readonly Element[];
}

const DATE_ONLY = 'AaBbhYCymQdejFDxcsE4Y';
const TIME_ONLY = 'HkIlMSpPTXRrcsE*S';

function compile(format: string, kind: string): Compiled {
  const elements: Element[] = [];
  let pattern = '';
  const expanded = format.replace(/%([FTXRDxrc])/g, (_, name: string) => SHORTHAND[name] ?? '');
  for (const [whole, found, other, space, literal] of expanded.matchAll(TOKEN)) {
    if (space !== undefined || found === 'n' || found === 't') pattern += String.raw`\s*`;
    else if (literal !== undefined) pattern += quoted(literal);
    else if (other === '%') pattern += '%';
    else {
      const name = /^E\dS$/.test(found ?? '') ? 'E*S' : (found ?? '');
      const element = ELEMENTS[name];
      const fits =
        kind === 'DATE'
          ? !TIME_ONLY.includes(name) || DATE_ONLY.includes(name)
          : kind !== 'TIME' || !DATE_ONLY.includes(name) || TIME_ONLY.includes(name);
      if (!element || !fits || (kind !== 'TIMESTAMP' && 'zZEz'.includes(name)))
        throw new SqlError(`Format element ${whole} is not supported when parsing ${kind}`);
      pattern += String.raw`\s*(${element.pattern})`;
      elements.push(element);
    }
  }
  return { pattern: new RegExp(`^\\s*${pattern}\\s*$`, 'i'), elements };
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Civil microseconds; for a TIMESTAMP those of UTC. @throws SqlError when the text does not have the format. */
export function parseMoment(format: string, text: string, kind: string, zone = 'UTC'): bigint {
  const { pattern, elements } = compile(format, kind);
  const match = pattern.exec(text);
  if (!match) throw new SqlError(`Failed to parse input string "${text}"`);
  const parts: Parts = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0n };
  for (const [index, element] of elements.entries()) element.apply(parts, match[index + 1] ?? '');
  const civil = parts.epoch ?? civilMicros(parts, text);
  if (kind !== 'TIMESTAMP' || parts.epoch !== undefined) return civil;
  if (parts.offset !== undefined) return civil - parts.offset;
  const named = parts.zone ?? zone;
  if (!isZone(named)) throw new SqlError(`Invalid time zone: ${named}`);
  return toUtc(civil, named);
}

function civilMicros(parts: Parts, text: string): bigint {
  const year = yearOf(parts);
  const first = daysOf(year, 1, 1);
  const days =
    parts.dayOfYear !== undefined && first !== undefined
      ? first + parts.dayOfYear - 1
      : daysOf(year, parts.month, parts.day);
  const hour = parts.hour12 === undefined ? parts.hour : (parts.hour12 % 12) + (parts.half ?? 0);
  const ok =
    days !== undefined && hour < 24 && parts.minute < 60 && parts.second < 60 && (parts.hour12 ?? 1) <= 12;
  if (!ok || (parts.dayOfYear !== undefined && (parts.dayOfYear < 1 || parts.dayOfYear > 366)))
    throw new SqlError(`Failed to parse input string "${text}"`);
  return (
    BigInt(days) * DAY + BigInt((hour * 60 + parts.minute) * 60 + parts.second) * 1_000_000n + parts.micros
  );
}

/** Two digits mean 1969 to 2068, unless a century is given. */
function yearOf({ year, century, yearOfCentury }: Parts): number {
  if (century !== undefined) return century * 100 + (yearOfCentury ?? 0);
  if (yearOfCentury === undefined) return year;
  return yearOfCentury < 69 ? 2000 + yearOfCentury : 1900 + yearOfCentury;
}

export const dayOf = (micros: bigint): bigint => floorDiv(micros, DAY);
