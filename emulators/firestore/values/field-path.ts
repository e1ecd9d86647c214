import { invalid } from '../errors.ts';
import { isReserved } from './names.ts';
import type { Fields, Value } from './values.ts';

/** A parsed field path; equal paths are the same object as long as the cache holds them. */
export interface FieldPath {
  readonly segments: readonly string[];
  /** The canonical text: simple segments bare, all others in backticks. */
  readonly text: string;
}

export const DOCUMENT_ID = '__name__';

const SIMPLE = /^[A-Za-z_][A-Za-z_0-9]*$/;
const CACHE_SIZE = 10_000;
const MAX_BYTES = 1500;

function joinSegments(segments: readonly string[]): string {
  return segments.map(quoteSegment).join('.');
}

export function quoteSegment(segment: string): string {
  if (SIMPLE.test(segment)) return segment;
  return `\`${segment.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function readQuoted(text: string, start: number): { segment: string; end: number } {
  let segment = '';
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (char === '`') return { segment, end: i + 1 };
    if (char === '\\') i++;
    segment += text[i] ?? '';
  }
  throw invalid(`Invalid property path "${text}": a backtick is not closed.`);
}

function readSegments(text: string): string[] {
  const segments: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '`') {
      const { segment, end } = readQuoted(text, at + 1);
      segments.push(segment);
      at = end;
    } else {
      const dot = text.indexOf('.', at);
      const end = dot === -1 ? text.length : dot;
      const segment = text.slice(at, end);
      if (segment !== '' && !SIMPLE.test(segment)) {
        throw invalid(
          `Invalid property path "${text}". Unquoted property names must match regex ([a-zA-Z_][a-zA-Z_0-9]*).`,
        );
      }
      segments.push(segment);
      at = end;
    }
    if (at === text.length) return segments;
    if (text[at] !== '.') throw invalid(`Invalid property path "${text}": a dot is missing.`);
    at++;
  }
}

/** Parses field paths as the API writes them, with backticks around segments that are not simple names. */
export class FieldPathParser {
  private readonly known = new Map<string, FieldPath>();

  parse(text: string): FieldPath {
    const known = this.known.get(text);
    if (known) return known;
    if (Buffer.byteLength(text) > MAX_BYTES) {
      throw invalid(`Invalid property path "${text.slice(0, 80)}…": longer than ${MAX_BYTES} bytes.`);
    }
    const segments = readSegments(text);
    if (segments.some((segment) => segment === '')) {
      throw invalid(`Invalid property path "${text}": a segment is empty.`);
    }
    if (text !== DOCUMENT_ID && segments.some((segment) => isReserved(segment) && segment !== '__type__')) {
      throw invalid(`Invalid property path "${text}": names of the form __x__ are reserved.`);
    }
    const path = { segments, text: joinSegments(segments) };
    if (this.known.size >= CACHE_SIZE) this.known.clear();
    this.known.set(text, path);
    return path;
  }
}

/** The value at a path, or undefined when the document does not have it. */
export function valueAt(fields: Fields, segments: readonly string[]): Value | undefined {
  let value: Value | undefined = Object.hasOwn(fields, segments[0] ?? '')
    ? fields[segments[0] ?? '']
    : undefined;
  for (let i = 1; i < segments.length && value; i++) {
    const segment = segments[i] ?? '';
    if (value.valueType !== 'mapValue' || !Object.hasOwn(value.mapValue.fields, segment)) return undefined;
    value = value.mapValue.fields[segment];
  }
  return value;
}

/** A copy of the fields in which the value at the path is replaced (or removed, when undefined). */
export function withValueAt(fields: Fields, segments: readonly string[], value: Value | undefined): Fields {
  const [first = '', ...rest] = segments;
  const current = Object.hasOwn(fields, first) ? fields[first] : undefined;
  if (rest.length === 0) {
    if (value !== undefined) return sorted({ ...fields, [first]: value }, current === undefined);
    if (current === undefined) return fields;
    const { [first]: _, ...kept } = fields;
    return kept;
  }
  const inner = current?.valueType === 'mapValue' ? current.mapValue.fields : {};
  if (value === undefined && current?.valueType !== 'mapValue') return fields;
  const map: Value = { valueType: 'mapValue', mapValue: { fields: withValueAt(inner, rest, value) } };
  return sorted({ ...fields, [first]: map }, current === undefined);
}

/** Documents keep their keys sorted, which makes their encoding canonical. */
function sorted(fields: Fields, added: boolean): Fields {
  if (!added) return fields;
  const result: Fields = {};
  for (const key of Object.keys(fields).sort()) {
    const value = fields[key];
    if (value) result[key] = value;
  }
  return result;
}

/** The document reduced to the masked paths. */
export function project(fields: Fields, paths: readonly FieldPath[]): Fields {
  let result: Fields = {};
  for (const { segments } of paths) {
    const value = valueAt(fields, segments);
    if (value) result = withValueAt(result, segments, value);
  }
  return result;
}
