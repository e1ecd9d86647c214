import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { decodeText } from './text.ts';
import { type TableLimits, unreadable } from './types.ts';
import {
  attribute,
  columnOf,
  type DateStyle,
  dateStyles,
  dateText,
  numberText,
  stringItem,
  xmlText,
} from './xlsx-cells.ts';
import { Zip } from './zip.ts';

/** A row of a sheet, before it is held against the header. `line` is its number in the sheet. */
export type SheetRow =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly error: string };

/** Text the shared strings of a workbook may hold: they stay in memory while it is read. */
const MAX_SHARED_CHARACTERS = 256 * 2 ** 20;

interface Workbook {
  readonly strings: readonly string[];
  readonly styles: readonly DateStyle[];
  readonly epoch1904: boolean;
  /** Days repeat, and writing them out is slow. */
  readonly dates: Map<string, string>;
}

const MAX_DATES = 20_000;

/** Which sheet to read; without a name the first visible one. */
export interface SheetChoice {
  readonly name?: string;
  /** Is told which sheets can be read, once they are known. */
  readonly found?: (names: readonly string[]) => void;
}

/**
 * Reads one sheet of a workbook, in memory bounded by its distinct strings. The archive is first put
 * into a temporary file, since its parts are needed in another order than they are stored.
 */
export async function* readXlsx(
  chunks: AsyncIterable<Buffer>,
  limits: TableLimits,
  warn: (message: string) => void,
  choice: SheetChoice = {},
): AsyncGenerator<SheetRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mewayz-xlsx-'));
  let file: FileHandle | undefined;
  try {
    const path = join(folder, 'workbook.xlsx');
    await pipeline(chunks, createWriteStream(path));
    file = await open(path, 'r');
    const { size } = await file.stat();
    const zip = await Zip.open(file, { size, limits, what: 'workbook' });
    const { sheet, epoch1904 } = await findSheet(zip, warn, choice);
    const strings = zip.has('xl/sharedStrings.xml') ? await sharedStrings(zip) : [];
    const styles = zip.has('xl/styles.xml') ? dateStyles(await zip.text('xl/styles.xml')) : [];
    yield* sheetRows(
      decodeText(zip.read(sheet), warn),
      { strings, styles, epoch1904, dates: new Map() },
      limits,
    );
  } finally {
    await file?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function findSheet(
  zip: Zip,
  warn: (message: string) => void,
  { name, found }: SheetChoice,
): Promise<{ sheet: string; epoch1904: boolean }> {
  if (!zip.has('xl/workbook.xml'))
    throw unreadable('This ZIP archive is not an XLSX workbook. Save the file as .xlsx (Excel workbook).');
  const book = await zip.text('xl/workbook.xml');
  const sheets = [...book.matchAll(/<(?:\w+:)?sheet\s[^>]*>/g)].map(([tag]) => ({
    name: attribute(tag, 'name') ?? '',
    relation: /\s\w+:id=["']([^"']+)/.exec(tag)?.[1],
    visible: (attribute(tag, 'state') ?? 'visible') === 'visible',
  }));
  const readable = sheets.filter(({ visible }) => visible).map((sheet) => sheet.name);
  found?.(readable);
  const first = sheets.find((sheet) => (name === undefined ? sheet.visible : sheet.name === name));
  if (readable.length === 0) throw unreadable('The workbook has no visible sheet.');
  if (!first)
    throw unreadable(`The workbook has no sheet “${name}”. It has ${readable.slice(0, 20).join(', ')}.`);
  if (sheets.length > 1 && name === undefined)
    warn(`The workbook has ${sheets.length} sheets; only “${first.name}” was read.`);
  const relations = await zip.text('xl/_rels/workbook.xml.rels');
  const target = [...relations.matchAll(/<(?:\w+:)?Relationship\s[^>]*>/g)].find(
    ([tag]) => attribute(tag, 'Id') === first.relation,
  );
  const path = attribute(target?.[0] ?? '', 'Target') ?? 'worksheets/sheet1.xml';
  const epoch1904 = /\sdate1904=["'](1|true)["']/.test(book);
  return { sheet: path.startsWith('/') ? path.slice(1) : posix.join('xl', path), epoch1904 };
}

async function sharedStrings(zip: Zip): Promise<string[]> {
  const strings: string[] = [];
  let rest = '';
  let characters = 0;
  for await (const chunk of decodeText(zip.read('xl/sharedStrings.xml'), () => undefined)) {
    rest += chunk;
    const end = lastElement(rest, 'si');
    for (const [, empty, content = ''] of rest
      .slice(0, end)
      .matchAll(/<(?:\w+:)?si(?:\s[^>]*)?(\/)?>(?:([\s\S]*?)<\/(?:\w+:)?si>)?/g)) {
      const text = empty ? '' : stringItem(content);
      characters += text.length;
      strings.push(text);
    }
    rest = rest.slice(end);
    if (characters + rest.length > MAX_SHARED_CHARACTERS)
      throw unreadable('The workbook holds too much text. Save it as CSV.');
  }
  return strings;
}

/** Where the last complete element of a name ends; 0 when none does. */
function lastElement(xml: string, name: string): number {
  const ends = [`</${name}>`, `:${name}>`, `<${name}/>`].map((end) => {
    const at = xml.lastIndexOf(end);
    return at < 0 ? 0 : at + end.length;
  });
  return Math.max(...ends);
}

async function* sheetRows(
  text: AsyncIterable<string>,
  book: Workbook,
  limits: TableLimits,
): AsyncGenerator<SheetRow[]> {
  let rest = '';
  let line = 0;
  let prefix: string | undefined;
  for await (const chunk of text) {
    rest += chunk;
    prefix ??= /<(\w+:)?worksheet\b/
      .exec(rest)
      ?.slice(1, 2)
      .map((found) => found ?? '')[0];
    if (prefix === undefined) continue;
    const rows: SheetRow[] = [];
    let at = 0;
    for (;;) {
      const start = rest.indexOf(`<${prefix}row`, at);
      const open = start < 0 ? -1 : rest.indexOf('>', start);
      if (open < 0) break;
      const tag = rest.slice(start, open);
      const empty = tag.endsWith('/');
      const end = empty ? open : rest.indexOf(`</${prefix}row>`, open);
      if (end < 0) break;
      line = Number(attribute(tag, 'r') ?? line + 1);
      if (!empty) rows.push(readRow(rest, open + 1, end, line, prefix, book, limits));
      at = end + 1;
    }
    rest = rest.slice(at);
    if (rest.length > limits.maxRowLength * 20) throw unreadable(`Row ${line + 1} of the sheet is too long.`);
    yield rows;
  }
}

function readRow(
  xml: string,
  start: number,
  end: number,
  line: number,
  prefix: string,
  book: Workbook,
  limits: TableLimits,
): SheetRow {
  const cells: string[] = [];
  const tagStart = `<${prefix}c`;
  const tagEnd = `</${prefix}c>`;
  let error: string | undefined;
  for (let at = xml.indexOf(tagStart, start); at >= 0 && at < end; at = xml.indexOf(tagStart, at)) {
    const open = xml.indexOf('>', at);
    const tag = xml.slice(at + tagStart.length, open);
    const reference = attribute(tag, 'r');
    const column = reference ? columnOf(reference) : cells.length;
    at = open;
    if (tag.endsWith('/')) continue;
    const close = xml.indexOf(tagEnd, open);
    at = close;
    if (close < 0 || column < 0 || column >= limits.maxColumns)
      return { line, error: `The row has more than ${limits.maxColumns} columns.` };
    while (cells.length < column) cells.push('');
    const type = attribute(tag, 't');
    const value = cellText(xml.slice(open + 1, close), type, attribute(tag, 's'), prefix, book);
    if (type === 'e') error ??= `Cell ${reference ?? `${column + 1}`} holds the error ${value}.`;
    if (value.length > limits.maxCellLength)
      error ??= `A cell is longer than ${limits.maxCellLength} characters.`;
    cells[column] = value;
  }
  return error ? { line, error } : { line, cells };
}

function cellText(
  xml: string,
  type: string | undefined,
  style: string | undefined,
  prefix: string,
  book: Workbook,
): string {
  if (type === 'inlineStr') return stringItem(xml);
  const open = xml.indexOf(`<${prefix}v`);
  if (open < 0) return '';
  const from = xml.indexOf('>', open) + 1;
  const raw = xml.slice(from, Math.max(from, xml.indexOf(`</${prefix}v>`, from)));
  if (type === 's') return book.strings[Number(raw)] ?? '';
  if (type === 'b') return raw === '1' ? 'true' : 'false';
  if (type === 'str' || type === 'e' || type === 'd') return xmlText(raw);
  const date = style === undefined ? undefined : book.styles[Number(style)];
  return date && raw !== '' ? rememberedDate(raw, date, book) : numberText(raw);
}

function rememberedDate(raw: string, style: NonNullable<DateStyle>, { dates, epoch1904 }: Workbook): string {
  const key = style + raw;
  const known = dates.get(key);
  if (known !== undefined) return known;
  if (dates.size >= MAX_DATES) dates.clear();
  const text = dateText(Number(raw), style, epoch1904);
  dates.set(key, text);
  return text;
}
