import type { JsonObject } from '../records/record.ts';
import { UNREADABLE_CHARACTER } from './text.ts';
import { type TableLimits, unreadable } from './types.ts';

/** One JSON value of a file, before it is numbered as a row. */
export type JsonRecord =
  | { readonly line: number; readonly record: JsonObject }
  | { readonly line: number; readonly error: string };

type Limits = Pick<TableLimits, 'maxRowLength'>;

/** Reads newline-delimited JSON. A line that is not an object is an error of that line. */
export async function* readNdjson(text: AsyncIterable<string>, limits: Limits): AsyncGenerator<JsonRecord[]> {
  let rest = '';
  let line = 0;
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    // Of a line that is too long enough is kept to know that it is.
    rest = (lines.pop() ?? '').slice(0, limits.maxRowLength + 1);
    const records: JsonRecord[] = [];
    for (const each of lines) {
      line++;
      if (each.trim() !== '') records.push(parse(each, line, limits));
    }
    yield records;
  }
  if (rest.trim() !== '') yield [parse(rest, line + 1, limits)];
}

function parse(text: string, line: number, limits: Limits): JsonRecord {
  if (text.length > limits.maxRowLength)
    return { line, error: `The row is longer than ${limits.maxRowLength} characters.` };
  if (text.includes(UNREADABLE_CHARACTER))
    return { line, error: 'A character could not be read: save the file as UTF-8.' };
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null && !Array.isArray(record))
      return { line, record: record as JsonObject };
    return { line, error: 'This is not a JSON object.' };
  } catch (error) {
    return { line, error: `This is not JSON: ${(error as Error).message.slice(0, 200)}` };
  }
}

/**
 * Reads the elements of one JSON array without holding the array. Elements are found by their brackets, so a
 * malformed element is an error of its own and the ones after it are read.
 */
export async function* readJsonArray(
  text: AsyncIterable<string>,
  limits: Limits,
): AsyncGenerator<JsonRecord[]> {
  const splitter = new ArraySplitter(limits);
  for await (const chunk of text) yield splitter.push(chunk);
  splitter.end();
}

const STOPS = /["{}[\],]/g;

class ArraySplitter {
  readonly #limits: Limits;
  #text = '';
  /** Where scanning of `#text` goes on. */
  #at = 0;
  /** 0 before the array, 1 between its elements, more within one. */
  #depth = 0;
  #element = 0;
  #ended = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  push(chunk: string): JsonRecord[] {
    this.#text += chunk;
    const records: JsonRecord[] = [];
    const text = this.#text;
    let from = 0;
    if (this.#depth === 0 && !this.#ended) {
      const first = text.search(/\S/);
      if (first < 0) return [];
      if (text[first] !== '[') throw unreadable('Send a JSON array of objects: [{…}, {…}].');
      this.#depth = 1;
      this.#at = from = first + 1;
    }
    while (!this.#ended) {
      STOPS.lastIndex = this.#at;
      const found = STOPS.exec(text);
      if (!found) {
        this.#at = text.length;
        break;
      }
      const at = found.index;
      if (found[0] === '"') {
        const close = endOfString(text, at);
        if (close < 0) {
          this.#at = at;
          break;
        }
        this.#at = close + 1;
        continue;
      }
      this.#at = at + 1;
      if (found[0] === '{' || found[0] === '[') this.#depth++;
      else if (found[0] !== ',') this.#depth--;
      if (this.#depth === 0 || (this.#depth === 1 && found[0] === ',')) {
        const element = text.slice(from, at).trim();
        const closesEmpty = this.#depth === 0 && element === '';
        if (!closesEmpty) records.push(parse(element, ++this.#element, this.#limits));
        from = at + 1;
        this.#ended = this.#depth === 0;
      }
    }
    if (this.#ended && text.slice(from).trim() !== '')
      throw unreadable('Something follows the end of the JSON array.');
    this.#text = text.slice(from);
    this.#at -= from;
    if (this.#text.length > this.#limits.maxRowLength)
      throw unreadable(
        `Element ${this.#element + 1} is longer than ${this.#limits.maxRowLength} characters, or a bracket or quote in it is never closed.`,
      );
    return records;
  }

  end(): void {
    if (!this.#ended) throw unreadable(`The JSON array is cut off in element ${this.#element + 1}.`);
  }
}

/** Index of the quote that closes the string which opens at `open`; -1 when it is not there yet. */
function endOfString(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}
