import { type ZipPart, zip } from './zip-writer.ts';

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** The fixed parts of a workbook with one sheet (ECMA-376 part 1, §12.2 and part 2). */
const PARTS: Readonly<Record<string, string>> = {
  '[Content_Types].xml': `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPE}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/></Types>`,
  '_rels/.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="Export" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
};

/** A number that is shown in a way of its own. */
export interface FormattedNumber {
  readonly value: number;
  /** A number format (§18.8.31): `yyyy-mm-dd`, `[$GBP] #,##0.00`. */
  readonly format: string;
}

export type SheetCell = string | number | boolean | FormattedNumber;

/** Rows a sheet can hold (§18.3.1.73). */
export const MAX_SHEET_ROWS = 1_048_576;

/**
 * Writes a workbook with one sheet, a row at a time and no faster than it is read. Throws beyond the rows of a sheet;
 * a text beyond the 32,767 characters Excel shows in a cell is written whole, for programs that can read it.
 */
export function writeXlsx(rows: AsyncIterable<readonly SheetCell[]>): AsyncGenerator<Buffer> {
  const parts: ZipPart[] = Object.entries(PARTS).map(([name, xml]) => ({ name, content: once(() => xml) }));
  const formats = new Formats();
  return zip([
    ...parts,
    { name: 'xl/worksheets/sheet1.xml', content: sheet(rows, formats) },
    // The sheet is written by now, so every format it uses is known.
    { name: 'xl/styles.xml', content: once(() => formats.xml()) },
  ]);
}

async function* once(xml: () => string): AsyncGenerator<string> {
  yield XML + xml();
}

/** The number formats of a workbook; style 0 is the plain one (§18.8). */
class Formats {
  readonly #styles = new Map<string, number>();

  styleOf(format: string): number {
    const style = this.#styles.get(format) ?? this.#styles.size + 1;
    this.#styles.set(format, style);
    return style;
  }

  xml(): string {
    // Numbers below 164 are the formats every program knows already (§18.8.30).
    const ids = [...this.#styles].map(([format, style]) => ({ format, id: 163 + style }));
    const own = ids.map(({ format, id }) => `<numFmt numFmtId="${id}" formatCode="${attribute(format)}"/>`);
    const xfs = ids.map(({ id }) => `<xf numFmtId="${id}" applyNumberFormat="1"/>`);
    return `<styleSheet xmlns="${MAIN}">${own.length > 0 ? `<numFmts count="${own.length}">${own.join('')}</numFmts>` : ''}<fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="${xfs.length + 1}"><xf/>${xfs.join('')}</cellXfs></styleSheet>`;
  }
}

const PIECE = 64 * 1024;

async function* sheet(rows: AsyncIterable<readonly SheetCell[]>, formats: Formats): AsyncGenerator<string> {
  let text = `${XML}<worksheet xmlns="${MAIN}"><sheetData>`;
  let number = 0;
  for await (const row of rows) {
    if (++number > MAX_SHEET_ROWS) throw new RangeError(`a sheet holds ${MAX_SHEET_ROWS} rows`);
    text += `<row r="${number}">${row.map((cell, column) => cellXml(cell, `${columnName(column)}${number}`, formats)).join('')}</row>`;
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  yield `${text}</sheetData></worksheet>`;
}

function cellXml(cell: SheetCell, reference: string, formats: Formats): string {
  if (cell === '') return '';
  if (typeof cell === 'number') return `<c r="${reference}"><v>${cell}</v></c>`;
  if (typeof cell === 'boolean') return `<c r="${reference}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  if (typeof cell === 'object')
    return `<c r="${reference}" s="${formats.styleOf(cell.format)}"><v>${cell.value}</v></c>`;
  return `<c r="${reference}" t="inlineStr"><is><t xml:space="preserve">${escaped(cell)}</t></is></c>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const hex = (character: string): string =>
  character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');

/** Text as character data. What XML cannot hold is written `_x000D_` (§22.9.2.19), and what looks like that already is escaped. */
const escaped = (text: string): string =>
  text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (character) => `_x${hex(character)}_`)
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);

const attribute = (text: string): string => escaped(text).replaceAll('"', '&quot;');

/** `A`, `B`, … `Z`, `AA`, … */
function columnName(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26));
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter;
}
