import { Readable } from 'node:stream';
import { type Column, cellText, valueAt } from './flatten.ts';
import { guarded } from './formulas.ts';
import type { TableFormat } from './types.ts';
import { type FormattedNumber, type SheetCell, writeXlsx } from './write-xlsx.ts';

type Rows = AsyncIterable<Readonly<Record<string, unknown>>>;

/**
 * Writes records as a file, a row at a time. CSV is RFC 4180 with no byte order mark, CRLF line ends, and texts
 * a spreadsheet would run as formulas guarded by an apostrophe that an import takes off again. NDJSON and JSON carry
 * the records as they are.
 */
export function writeTable(rows: Rows, format: TableFormat, columns: readonly Column[]): Readable {
  switch (format) {
    case 'csv':
    case 'xlsx':
      return writeGrid(gridOf(rows, columns), format);
    case 'ndjson':
      return Readable.from(inPieces(ndjson(rows)), { objectMode: false });
    case 'json':
      return Readable.from(inPieces(json(rows)), { objectMode: false });
  }
}

/** A number that a workbook shows in a format of its own, and the text a CSV has in its place. */
export class GridNumber implements FormattedNumber {
  readonly value: number;
  readonly format: string;
  readonly text: string;
  constructor(value: number, format: string, text = String(value)) {
    this.value = value;
    this.format = format;
    this.text = text;
  }
}

/** Rows of cells, the header first. What is neither a number nor a boolean is written as text. */
export type Grid = AsyncIterable<readonly unknown[]>;

/** Writes rows of cells, under the same rules as `writeTable`. */
export function writeGrid(rows: Grid, format: 'csv' | 'xlsx'): Readable {
  const bytes = format === 'csv' ? inPieces(csv(rows)) : writeXlsx(sheetRows(rows));
  return Readable.from(bytes, { objectMode: false });
}

async function* gridOf(rows: Rows, columns: readonly Column[]): AsyncGenerator<unknown[]> {
  yield columns.map(({ path }) => path);
  for await (const row of rows) yield columns.map(({ path }) => valueAt(row, path));
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

async function* csv(rows: Grid): AsyncGenerator<string> {
  for await (const row of rows) yield `${row.map(csvCell).join(',')}\r\n`;
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
  if (value instanceof GridNumber) return quoted(value.text);
  const text = cellText(value);
  return quoted(typeof value === 'number' ? text : guarded(text));
}

const quoted = (text: string): string =>
  /[",;\t|\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Numbers and booleans stay what they are; times are text, since workbooks know neither zone nor milliseconds. */
async function* sheetRows(rows: Grid): AsyncGenerator<SheetCell[]> {
  for await (const row of rows) yield row.map(sheetCell);
}

function sheetCell(value: unknown): SheetCell {
  if (value instanceof GridNumber) return value;
  if ((typeof value === 'number' && Number.isFinite(value)) || typeof value === 'boolean') return value;
  // Guarded here too: many programs turn a workbook into CSV, and the import is the same for both.
  return guarded(cellText(value));
}
