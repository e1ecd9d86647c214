import type { FieldType } from '../fields.ts';
import { unguarded } from './formulas.ts';

/** A text that is no value of its field. `message` says what to write instead. */
export class Refusal {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** How numbers are written in the file: `1234.5` or `1234,5`. Grouping of thousands is never guessed. */
export type DecimalMark = '.' | ',';

export interface CoerceOptions {
  readonly decimal: DecimalMark;
  /** Whether texts are guarded against being run as formulas, as in exported CSV and XLSX. */
  readonly guarded: boolean;
}

/** Turns the text of a cell into a value; undefined when the cell is empty. */
export type Coerce = (text: string) => unknown;

/**
 * Reads text as values of a field. Times without an offset are UTC; enums and booleans know no case; arrays are
 * written `a;b` or as JSON, objects as JSON. What remains to be checked (lengths, patterns) is the schema's.
 */
export function coercer(type: FieldType, { decimal, guarded }: CoerceOptions): Coerce {
  const read = reader(type, decimal);
  const own = guarded ? unguarded : (text: string): string => text;
  return (text) => {
    const trimmed = text.trim();
    return trimmed === '' ? undefined : read(own(type.kind === 'string' ? text : trimmed));
  };
}

function reader(type: FieldType, decimal: DecimalMark): Coerce {
  switch (type.kind) {
    case 'string':
      return (text) => text;
    case 'number':
    case 'integer':
      return (text) => readNumber(text, type.kind === 'integer', decimal);
    case 'boolean':
      return readBoolean;
    case 'instant':
      return remembering(readInstant);
    case 'date':
      return readDate;
    case 'enum':
      return enumReader(type.values);
    case 'array':
      return arrayReader(type.element, decimal);
    case 'object':
      return (text) => readJson(text, 'an object, as JSON: {"name": "value"}');
    case 'json':
      return (text) => (/^[{["]/.test(text) ? readJson(text, 'JSON') : text);
  }
}

const PLAIN = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const GROUPED = /^[+-]?\d{1,3}([.,' \u00a0\u202f]\d{3})+([.,]\d+)?$/;

function readNumber(text: string, integer: boolean, decimal: DecimalMark): unknown {
  const plain = decimal === ',' && !text.includes('.') ? text.replace(',', '.') : text;
  const isPlain = PLAIN.test(plain) && (decimal === '.' || !text.includes('.'));
  if (!isPlain) {
    const hint =
      GROUPED.test(text) || /\d[.,]\d/.test(text)
        ? `: write it without separators of thousands, with “${decimal}” before decimals`
        : '';
    return new Refusal(`“${short(text)}” is not a ${integer ? 'whole ' : ''}number${hint}.`);
  }
  const value = Number(plain);
  if (integer && !Number.isInteger(value)) return new Refusal(`“${short(text)}” is not a whole number.`);
  if (!Number.isFinite(value) || (integer && !Number.isSafeInteger(value)))
    return new Refusal(`“${short(text)}” is too large.`);
  // Zero has one sign here: -0 would come back as 0 from storage and count as a change.
  return value === 0 ? 0 : value;
}

const BOOLEANS = new Map<string, boolean>([
  ...['true', 'yes', 'y', 't', '1', 'on'].map((text) => [text, true] as const),
  ...['false', 'no', 'n', 'f', '0', 'off'].map((text) => [text, false] as const),
]);
const readBoolean: Coerce = (text) =>
  BOOLEANS.get(text.toLowerCase()) ?? new Refusal(`“${short(text)}” is neither true nor false.`);

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)? ?(Z|[+-]\d{2}:?\d{2})?$/i;

const readInstant: Coerce = (text) => {
  const found = INSTANT.exec(text);
  if (!found) return new Refusal(`“${short(text)}” is not a time such as 2026-01-31T18:00:00Z.`);
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = found;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const time = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    milliseconds,
  );
  const date = new Date(time);
  const exists =
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60;
  if (!exists) return new Refusal(`“${short(text)}” is not a time that exists.`);
  return new Date(time - offsetOf(offset)).toISOString();
};

/** Rows of one record follow each other with the same time. */
function remembering(read: Coerce): Coerce {
  let last: { readonly text: string; readonly value: unknown } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: read(text) };
    return last.value;
  };
}

/** Milliseconds east of UTC. */
function offsetOf(offset: string | undefined): number {
  if (offset === undefined || /^z$/i.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

const readDate: Coerce = (text) => {
  const [, year, month, day, rest = ''] =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?(.*)$/s.exec(text) ?? [];
  if (year === undefined || rest !== '')
    return new Refusal(`“${short(text)}” is not a date such as 2026-01-31.`);
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const exists = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return exists ? `${year}-${month}-${day}` : new Refusal(`“${short(text)}” is not a date that exists.`);
};

function enumReader(values: readonly string[]): Coerce {
  const known = new Map(values.map((value) => [value.toLowerCase(), value]));
  return (text) =>
    known.get(text.toLowerCase()) ?? new Refusal(`“${short(text)}” is not one of ${values.join(', ')}.`);
}

function arrayReader(element: FieldType, decimal: DecimalMark): Coerce {
  const one = coercer(element, { decimal, guarded: false });
  return (text) => {
    if (text.startsWith('[')) {
      const value = readJson(text, 'a list, as JSON: ["a", "b"]');
      return value instanceof Refusal || Array.isArray(value) ? value : new Refusal('This is not a list.');
    }
    if (element.kind === 'object')
      return new Refusal('This is not a list of objects, as JSON: [{"name": "value"}].');
    const values = text
      .split(';')
      .map((part) => one(part))
      .filter((value) => value !== undefined);
    return values.find((value) => value instanceof Refusal) ?? values;
  };
}

function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return new Refusal(`This is not ${what}.`);
  }
}

const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
