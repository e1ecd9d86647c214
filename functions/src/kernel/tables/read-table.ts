import type { Readable } from 'node:stream';
import { CsvScanner, detectDialect } from './csv.ts';
import { readJsonArray, readNdjson } from './json.ts';
import { type ByteSource, type Magic, openBytes } from './source.ts';
import { decodeText } from './text.ts';
import {
  DEFAULT_LIMITS,
  type Table,
  type TableFormat,
  type TableLimits,
  type TableRow,
  unreadable,
} from './types.ts';
import { readXlsx, type SheetChoice, type SheetRow } from './xlsx.ts';

export interface ReadTableOptions {
  /** What the sender says the file is. Gzip around it is recognised by itself. */
  readonly format: TableFormat;
  readonly limits?: Partial<TableLimits>;
  /** Of a workbook: the sheet to read; without it the first visible one. */
  readonly sheet?: string;
}

/**
 * Opens a tabular file as a stream of rows. Throws a `malformed` Problem that says what to send instead when the
 * file cannot be read at all; rows that cannot be read are errors of their own and the others survive.
 */
export async function readTable(source: Readable, options: ReadTableOptions): Promise<Table> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const warnings = new Set<string>();
  const warn = (message: string): void => void warnings.add(message);
  let sheets: readonly string[] | undefined;
  const choice: SheetChoice = {
    ...(options.sheet === undefined ? {} : { name: options.sheet }),
    found: (names) => {
      sheets = names;
    },
  };
  const bytes = await openBytes(source, limits);
  refuseOther(bytes.magic, options.format);
  const body =
    options.format === 'ndjson' || options.format === 'json'
      ? jsonTable(bytes, options.format, limits, warn)
      : await gridTable(bytes, options.format, limits, warn, choice);
  return { ...body, sheets, warnings: () => [...warnings], bytesRead: bytes.bytesRead };
}

const SEND_XLSX =
  'Send it with Content-Type application/vnd.openxmlformats-officedocument.spreadsheetml.sheet or ?format=xlsx';

function refuseOther(magic: Magic, format: TableFormat): void {
  const promised = format.toUpperCase();
  if (magic === 'empty') throw unreadable('The file is empty.');
  if (magic === 'ole')
    throw unreadable(
      'This is an old .xls workbook, or one with a password. Save it as .xlsx without a password.',
    );
  if (magic === 'pdf') throw unreadable(`This is a PDF document, not ${promised}.`);
  if (magic === 'zip' && format !== 'xlsx')
    throw unreadable(
      `This is an XLSX workbook or a ZIP archive, not ${promised}. ${SEND_XLSX}, or save it as ${promised}.`,
    );
  if (magic !== 'zip' && format === 'xlsx')
    throw unreadable(
      'This is not an XLSX workbook. If it is CSV, send it with Content-Type text/csv or ?format=csv.',
    );
}

type Body = Pick<Table, 'header' | 'batches'>;

function jsonTable(
  bytes: ByteSource,
  format: 'ndjson' | 'json',
  limits: TableLimits,
  warn: (message: string) => void,
): Body {
  const text = decodeText(bytes.chunks, warn);
  const records = format === 'json' ? readJsonArray(text, limits) : readNdjson(text, limits);
  async function* batches(): AsyncGenerator<TableRow[]> {
    let row = 0;
    for await (const batch of records)
      if (batch.length > 0) yield batch.map((record) => ({ row: ++row, ...record }));
  }
  return { header: undefined, batches: batches() };
}

/** CSV and XLSX: the first row that is not blank is the header, and every row must fit it. */
async function gridTable(
  bytes: ByteSource,
  format: 'csv' | 'xlsx',
  limits: TableLimits,
  warn: (message: string) => void,
  sheet: SheetChoice,
): Promise<Body> {
  const source =
    format === 'csv'
      ? csvRows(decodeText(bytes.chunks, warn), limits)
      : readXlsx(bytes.chunks, limits, warn, sheet);
  let first: SheetRow[] = [];
  while (first.length === 0) {
    const next = await source.next();
    if (next.done) throw unreadable('The file has no header row.');
    first = next.value.slice(next.value.findIndex((row) => !isBlank(row)));
    if (next.value.every(isBlank)) first = [];
  }
  const [head, ...rest] = first;
  if (!head || 'error' in head) throw unreadable(`The header row could not be read. ${head?.error ?? ''}`);
  const header = checkHeader(head.cells, limits);
  async function* batches(): AsyncGenerator<TableRow[]> {
    const fit = new Fitter(header, format === 'xlsx');
    if (rest.length > 0) yield fit.rows(rest);
    for await (const batch of source) if (batch.length > 0) yield fit.rows(batch);
    if (fit.blank > 0) warn(`${fit.blank} blank ${fit.blank === 1 ? 'row was' : 'rows were'} left out.`);
  }
  return { header, batches: closing(batches(), source) };
}

/** Lets go of the source also when nobody reads to the end. */
async function* closing<T>(items: AsyncIterable<T>, source: AsyncGenerator<unknown>): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    await source.return(undefined);
  }
}

const isBlank = (row: SheetRow): boolean => 'cells' in row && row.cells.every((cell) => cell.trim() === '');

async function* csvRows(text: AsyncGenerator<string>, limits: TableLimits): AsyncGenerator<SheetRow[]> {
  let sample = '';
  // The first line decides how the file is written, so it must be there whole.
  while (!/[\n\r]./s.test(sample) && sample.length <= limits.maxRowLength) {
    const next = await text.next();
    if (next.done) break;
    sample += next.value;
  }
  const first = /^\s*(.)/s.exec(sample)?.[1];
  if (first === '{' || first === '[')
    throw unreadable(
      'This is JSON, not CSV. Send it with Content-Type application/json (an array) or application/x-ndjson (an object a line).',
    );
  if (first === '<') throw unreadable('This is HTML or XML, not CSV.');
  const { delimiter, newline, skip } = detectDialect(sample);
  const scanner = new CsvScanner({ delimiter, newline, firstLine: skip > 0 ? 2 : 1 }, limits);
  yield scanner.push(sample.slice(skip));
  for await (const chunk of text) yield scanner.push(chunk);
  yield scanner.push('', true);
}

function checkHeader(cells: readonly string[], limits: TableLimits): string[] {
  const header = cells.map((cell) => cell.trim());
  if (header.length > limits.maxColumns)
    throw unreadable(`The file has ${header.length} columns; at most ${limits.maxColumns} are read.`);
  const nameless = header.flatMap((name, index) => (name === '' ? [index + 1] : []));
  if (nameless.length > 0)
    throw unreadable(
      `The header has no name for column ${nameless.join(', ')}. Name every column, or remove it.`,
    );
  const seen = new Set<string>();
  const twice = header.filter((name) => seen.size === seen.add(name.toLowerCase()).size);
  if (twice.length > 0)
    throw unreadable(`The header names ${[...new Set(twice)].join(', ')} more than once.`);
  return header;
}

/** Numbers rows and holds them against the header. */
class Fitter {
  readonly #width: number;
  readonly #sparse: boolean;
  #row = 0;
  blank = 0;

  /** @param sparse whether empty cells at the end of a row are simply not there, as in workbooks */
  constructor(header: readonly string[], sparse: boolean) {
    this.#width = header.length;
    this.#sparse = sparse;
  }

  rows(found: readonly SheetRow[]): TableRow[] {
    const rows: TableRow[] = [];
    for (const row of found) {
      if ('error' in row) rows.push({ row: ++this.#row, line: row.line, error: row.error });
      else if (isBlank(row)) this.blank++;
      else rows.push(this.#fit(row.line, row.cells));
    }
    return rows;
  }

  #fit(line: number, cells: readonly string[]): TableRow {
    const row = ++this.#row;
    if (cells.length === this.#width) return { row, line, cells };
    const extra = cells.slice(this.#width).some((cell) => cell.trim() !== '');
    if (extra || (cells.length < this.#width && !this.#sparse))
      return {
        row,
        line,
        error: `The row has ${cells.length} columns, the header ${this.#width}. Quote cells that hold the delimiter.`,
      };
    return { row, line, cells: Array.from({ length: this.#width }, (_, index) => cells[index] ?? '') };
  }
}
