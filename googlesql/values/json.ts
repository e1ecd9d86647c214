/** JSON text as BigQuery keeps it: no white space, members sorted by name, numbers as they round-trip. */

import { SqlError } from '../errors.ts';

/** A number is kept with its text, as a double cannot hold every whole number. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | string | JsonNumber | Json[] | Map<string, Json>;

const TOKEN =
  /\s*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/uy;
const MAX_DEPTH = 500;

/** @throws SqlError when the text is no JSON. */
export function parseJson(text: string): Json {
  let at = 0;
  const next = (): { kind: 'mark' | 'text' | 'number' | 'word'; value: string } => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw invalid(text);
    at = TOKEN.lastIndex;
    const [, mark, string, number, word] = match;
    if (mark !== undefined) return { kind: 'mark', value: mark };
    if (string !== undefined) return { kind: 'text', value: string };
    return number !== undefined ? { kind: 'number', value: number } : { kind: 'word', value: word ?? '' };
  };
  const value = (token = next(), depth = 0): Json => {
    if (depth > MAX_DEPTH) throw invalid(text);
    if (token.kind === 'text') return String(JSON.parse(token.value));
    if (token.kind === 'number') return new JsonNumber(token.value);
    if (token.kind === 'word') return token.value === 'null' ? null : token.value === 'true';
    if (token.value === '[') return list(depth);
    if (token.value === '{') return members(depth);
    throw invalid(text);
  };
  const list = (depth: number): Json[] => {
    const items: Json[] = [];
    let token = next();
    if (token.value === ']' && token.kind === 'mark') return items;
    for (;;) {
      items.push(value(token, depth + 1));
      const mark = next();
      if (mark.kind !== 'mark' || (mark.value !== ',' && mark.value !== ']')) throw invalid(text);
      if (mark.value === ']') return items;
      token = next();
    }
  };
  const members = (depth: number): Map<string, Json> => {
    const found = new Map<string, Json>();
    let token = next();
    if (token.value === '}' && token.kind === 'mark') return found;
    for (;;) {
      if (token.kind !== 'text' || next().value !== ':') throw invalid(text);
      const name = String(JSON.parse(token.value));
      const member = value(next(), depth + 1);
      // Of members of one name the first counts.
      if (!found.has(name)) found.set(name, member);
      const mark = next();
      if (mark.kind !== 'mark' || (mark.value !== ',' && mark.value !== '}')) throw invalid(text);
      if (mark.value === '}') return found;
      token = next();
    }
  };
  const parsed = value();
  if (text.slice(at).trim() !== '') throw invalid(text);
  return parsed;
}

const invalid = (text: string): SqlError =>
  new SqlError(`Invalid input to JSON: syntax error while parsing "${text.slice(0, 60)}"`);

export function jsonTextOf(value: Json, sorted = false): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => jsonTextOf(item, sorted)).join(',')}]`;
  const members = [...value];
  if (sorted) members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonTextOf(member, sorted)}`).join(',')}}`;
}

/** A number as the JSON type keeps it: whole ones exactly, others as doubles. @throws SqlError when it would change. */
function canonicalNumber(text: string, round: boolean): string {
  if (/^-?\d+$/.test(text)) {
    const whole = BigInt(text);
    if (whole === BigInt.asIntN(64, whole) || whole === BigInt.asUintN(64, whole)) return String(whole);
  }
  const number = Number(text);
  if (!Number.isFinite(number))
    throw new SqlError(`Input number: ${text} cannot round-trip through string representation`);
  if (!round && !sameDecimal(text, number))
    throw new SqlError(`Input number: ${text} cannot round-trip through string representation`);
  return floatJson(number);
}

/** Whether the text is the number that the double's shortest text says. */
function sameDecimal(text: string, number: number): boolean {
  return decimalKey(text) === decimalKey(String(number));
}

function decimalKey(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace(/^[-+]/, '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  const scale = Number(exponent) - fraction.length + (digits.length - trimmed.length);
  return trimmed === '' ? '0' : `${negative ? '-' : ''}${trimmed}e${scale}`;
}

export const floatJson = (number: number): string => {
  const text = String(number).replace('e+', 'e+');
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
};

export function canonical(value: Json, round = false): Json {
  if (value instanceof JsonNumber) return new JsonNumber(canonicalNumber(value.text, round));
  if (Array.isArray(value)) return value.map((item) => canonical(item, round));
  return value instanceof Map
    ? new Map([...value].map(([name, member]) => [name, canonical(member, round)]))
    : value;
}

export const canonicalJson = (text: string, round = false): string =>
  jsonTextOf(canonical(parseJson(text), round), true);

export type PathStep = string | number;

const STEP =
  /\.([A-Za-z_][\w-]*)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** Steps of `$.a."b c"[0]`; the legacy functions quote as `$['b c']`. @throws SqlError for another path. */
export function parsePath(path: string, legacy: boolean): PathStep[] {
  const failed = () => new SqlError(`Unsupported operator or invalid token in JSONPath: ${path}`);
  if (!path.startsWith('$')) throw new SqlError("JSONPath must start with '$'");
  const steps: PathStep[] = [];
  let at = 1;
  while (at < path.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(path);
    if (!match) throw failed();
    const [, name, quoted, index, single, double] = match;
    if (legacy ? quoted !== undefined : single !== undefined || double !== undefined) throw failed();
    steps.push(
      index !== undefined
        ? Number(index)
        : (name ?? (quoted ?? single ?? double ?? '').replace(/\\(.)/g, '$1')),
    );
    at = STEP.lastIndex;
  }
  return steps;
}

/** What stands at the path; undefined when nothing does. */
export function follow(value: Json, steps: readonly PathStep[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of steps) {
    if (Array.isArray(at)) at = typeof step === 'number' || /^\d+$/.test(step) ? at[Number(step)] : undefined;
    else if (at instanceof Map) at = at.get(String(step));
    else return undefined;
    if (at === undefined) return undefined;
  }
  return at;
}
