import { UNREADABLE_CHARACTER } from './text.ts';
import type { TableLimits } from './types.ts';

/** A record of a CSV file, before it is held against the header. */
export type CsvRecord =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly error: string };

/** A record that was read: where it ends, and how many lines it took. */
interface Scanned {
  readonly cells: string[];
  readonly end: number;
}

const INCOMPLETE = Symbol('incomplete');

/**
 * Cuts text into records as RFC 4180 says, a chunk at a time. Lines without a quote are split in one step.
 * A quote within an unquoted cell is taken as it stands. Where a quoted cell is never closed, or text follows its
 * closing quote, that line is an error and reading goes on at the next line, so that no later row is swallowed.
 */
export class CsvScanner {
  readonly #delimiter: string;
  readonly #newline: string;
  readonly #limits: Pick<TableLimits, 'maxRowLength' | 'maxCellLength'>;
  #text = '';
  #line: number;
  /** Some cell of the text at hand holds a character that could not be decoded. */
  #suspect = false;
  /** An endless line is being dropped up to its end. */
  #skipping = false;

  /** `newline` is `\n` (a `\r` before it is dropped) or, for old Macintosh files, `\r`. */
  constructor(
    dialect: { readonly delimiter: string; readonly newline: string; readonly firstLine?: number },
    limits: Pick<TableLimits, 'maxRowLength' | 'maxCellLength'>,
  ) {
    this.#delimiter = dialect.delimiter;
    this.#newline = dialect.newline;
    this.#line = dialect.firstLine ?? 1;
    this.#limits = limits;
  }

  /** Takes the next piece of text; answers the records it completes. Blank lines are records of no cells. */
  push(chunk: string, last = false): CsvRecord[] {
    this.#text = this.#text === '' ? chunk : this.#text + chunk;
    const text = this.#text;
    this.#suspect = text.includes(UNREADABLE_CHARACTER);
    const records: CsvRecord[] = [];
    let at = 0;
    let quote = text.indexOf('"');
    while (at < text.length) {
      let end = text.indexOf(this.#newline, at);
      if (end < 0 && !last) break;
      if (end < 0) end = text.length;
      if (this.#skipping) {
        this.#skipping = false;
        this.#line++;
        at = end + 1;
        continue;
      }
      if (quote >= 0 && quote < at) quote = text.indexOf('"', at);
      if (quote < 0 || quote > end) {
        records.push(this.#plain(text, at, end));
        at = end + 1;
        this.#line++;
        continue;
      }
      const scanned = this.#quoted(text, at, last);
      if (scanned === INCOMPLETE) break;
      if (typeof scanned === 'string') {
        records.push({ line: this.#line, error: scanned });
        at = end + 1;
        this.#line++;
      } else {
        records.push(this.#checked(scanned.cells));
        this.#line += this.#lines(text, at, scanned.end);
        at = scanned.end + 1;
      }
    }
    this.#text = at < text.length ? text.slice(at) : '';
    if (this.#text.length > this.#limits.maxRowLength) records.push(...this.#overlong());
    return records;
  }

  /** What is left is longer than a row may be: its first line is given up, and the rest is read again. */
  #overlong(): CsvRecord[] {
    const end = this.#text.indexOf(this.#newline);
    const record = {
      line: this.#line,
      error: `The row is longer than ${this.#limits.maxRowLength} characters, or a quote in it is never closed.`,
    };
    if (end < 0) {
      this.#text = '';
      // The same endless line is reported once.
      if (this.#skipping) return [];
      this.#skipping = true;
      return [record];
    }
    const rest = this.#text.slice(end + 1);
    this.#text = '';
    this.#line++;
    return [record, ...this.push(rest)];
  }

  #plain(text: string, at: number, end: number): CsvRecord {
    const stop = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    if (stop === at) return { line: this.#line, cells: [] };
    return this.#checked(text.slice(at, stop).split(this.#delimiter));
  }

  #checked(cells: string[]): CsvRecord {
    let length = 0;
    for (const cell of cells) {
      if (cell.length > this.#limits.maxCellLength)
        return { line: this.#line, error: `A cell is longer than ${this.#limits.maxCellLength} characters.` };
      length += cell.length;
    }
    if (length > this.#limits.maxRowLength)
      return { line: this.#line, error: `The row is longer than ${this.#limits.maxRowLength} characters.` };
    if (this.#suspect && cells.some((cell) => cell.includes(UNREADABLE_CHARACTER)))
      return {
        line: this.#line,
        error: 'A character could not be read: the file mixes encodings. Save it as UTF-8.',
      };
    return { line: this.#line, cells };
  }

  /** Reads one record that has quotes; a string says how it is broken. */
  #quoted(text: string, start: number, last: boolean): Scanned | string | typeof INCOMPLETE {
    const cells: string[] = [];
    for (let at = start; ; ) {
      if (text.charCodeAt(at) !== 34) {
        const found = text.indexOf(this.#newline, at);
        if (found < 0 && !last) return INCOMPLETE;
        const end = found < 0 ? text.length : found;
        const next = text.indexOf(this.#delimiter, at);
        if (next < 0 || next > end) {
          cells.push(text.slice(at, text.charCodeAt(end - 1) === 13 && end > at ? end - 1 : end));
          return { cells, end };
        }
        cells.push(text.slice(at, next));
        at = next + 1;
        continue;
      }
      const cell = this.#quotedCell(text, at, last);
      if (typeof cell !== 'object') return cell;
      cells.push(cell.value);
      at = cell.end;
      if (at >= text.length) return last ? { cells, end: at } : INCOMPLETE;
      if (text.startsWith(this.#delimiter, at)) {
        at++;
        if (at >= text.length && !last) return INCOMPLETE;
        continue;
      }
      if (text.startsWith('\r\n', at)) at++;
      else if (text.charCodeAt(at) === 13 && at + 1 === text.length) {
        if (!last) return INCOMPLETE;
        at++;
      }
      if (at >= text.length || text.startsWith(this.#newline, at)) return { cells, end: at };
      return 'Text follows a closing quote. Double the quotes inside a quoted cell ("").';
    }
  }

  #quotedCell(
    text: string,
    open: number,
    last: boolean,
  ): { value: string; end: number } | string | typeof INCOMPLETE {
    let value = '';
    for (let from = open + 1; ; ) {
      const close = text.indexOf('"', from);
      if (close < 0) return last ? 'A quoted cell is never closed.' : INCOMPLETE;
      if (close - open > this.#limits.maxRowLength) return 'A quoted cell is never closed, or is too long.';
      if (text.charCodeAt(close + 1) !== 34)
        return { value: value + text.slice(from, close), end: close + 1 };
      value += text.slice(from, close + 1);
      from = close + 2;
    }
  }

  #lines(text: string, start: number, end: number): number {
    let lines = 1;
    for (
      let at = text.indexOf(this.#newline, start);
      at >= 0 && at < end;
      at = text.indexOf(this.#newline, at + 1)
    )
      lines++;
    return lines;
  }
}

const DELIMITERS = [',', ';', '\t', '|'];

/** How a CSV file is written, as its first lines show it. */
export interface Dialect {
  readonly delimiter: string;
  readonly newline: string;
  /** Characters before the header: the line `sep=;` that spreadsheets write. */
  readonly skip: number;
}

/** Finds the delimiter that cuts the first line most often outside quotes; a comma when none does. */
export function detectDialect(sample: string): Dialect {
  const newline = sample.includes('\n') || !sample.includes('\r') ? '\n' : '\r';
  const declared = /^sep=(.)\r?\n?/i.exec(sample);
  if (declared?.[1]) return { delimiter: declared[1], newline, skip: declared[0].length };
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let quoted = false;
  for (const character of sample) {
    if (character === '"') quoted = !quoted;
    else if (character === newline && !quoted) break;
    else if (!quoted && counts.has(character)) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const [best = [',', 0]] = [...counts].sort((a, b) => b[1] - a[1]);
  return { delimiter: best[1] > 0 ? best[0] : ',', newline, skip: 0 };
}
