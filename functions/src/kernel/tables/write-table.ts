import { Readable } from 'node:stream';
import { type Column, cellText, valueAt } from './flatten.ts';
import type { TableFormat } from './types.ts';
import { type SheetCell, writeXlsx } from './write-xlsx.ts';

type Rows = AsyncIterable<Readonly<Record<string, unknown>>>;

/**
 * Writes records as a file, a row at a time. CSV is RFC 4180 with no byte order mark, CRLF line ends, and texts
 * a spreadsheet would run as formulas guarded by an apostrophe that an import takes off again. NDJSON and JSON carry
 * the records as they are.
 */
export function writeTable(rows: Rows, format: TableFormat, columns: readonly Column[]): Readable {
  switch (format) {
    case 'csv':
      return Readable.from(inPieces(csv(rows, columns)), { objectMode: false });
    case 'ndjson':
      return Readable.from(inPieces(ndjson(rows)), { objectMode: false });
    case 'json':
      return Readable.from(inPieces(json(rows)), { objectMode: false });
    case 'xlsx':
      return Readable.from(writeXlsx(sheetRows(rows, columns)), { objectMode: false });
  }
}

const PIECE = 64 * 1024;

/** Joins small texts, so that a stream moves few large pieces. */
async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}

async function* csv(rows: Rows, columns: readonly Column[]): AsyncGenerator<string> {
  yield `${columns.map(({ path }) => quoted(path)).join(',')}\r\n`;
  for await (const row of rows)
    yield `${columns.map(({ path }) => csvCell(valueAt(row, path))).join(',')}\r\n`;
}

async function* ndjson(rows: Rows): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

async function* json(rows: Rows): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const row of rows) {
    yield separator + JSON.stringify(row);
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

function csvCell(value: unknown): string {
  const text = cellText(value);
  return quoted(typeof value === 'number' ? text : guarded(text));
}

const quoted = (text: string): string =>
  /[",;\t|\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const FORMULA = /^'*[=+\-@\t\r]/;
/** A text that begins like a formula, or like a guarded one, gets an apostrophe more; plain numbers are harmless. */
const guarded = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

/** Numbers and booleans stay what they are; times are text, since workbooks know neither zone nor milliseconds. */
async function* sheetRows(rows: Rows, columns: readonly Column[]): AsyncGenerator<SheetCell[]> {
  yield columns.map(({ path }) => path);
  for await (const row of rows) yield columns.map(({ path }) => sheetCell(valueAt(row, path)));
}

function sheetCell(value: unknown): SheetCell {
  if ((typeof value === 'number' && Number.isFinite(value)) || typeof value === 'boolean') return value;
  // Guarded here too: many programs turn a workbook into CSV, and the import is the same for both.
  return guarded(cellText(value));
}
