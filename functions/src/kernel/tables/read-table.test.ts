import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import ExcelJs from 'exceljs';
import { describe, expect, it } from 'vitest';
import { type ReadTableOptions, readTable } from './read-table.ts';
import type { TableRow } from './types.ts';

/** Reads a file given in pieces of `size` bytes, so that every boundary is met. */
async function read(
  file: string | Buffer,
  format: ReadTableOptions['format'] = 'csv',
  size = 7,
  limits: ReadTableOptions['limits'] = {},
) {
  const bytes = Buffer.from(file);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const table = await readTable(Readable.from(pieces), { format, limits });
  const rows: TableRow[] = [];
  for await (const batch of table.batches) rows.push(...batch);
  return {
    header: table.header,
    rows,
    cells: rows.map((row) => ('cells' in row ? row.cells : row)),
    warnings: table.warnings(),
  };
}

describe('CSV', () => {
  it('reads what csv-parse reads, whatever the chunks and the dialect', async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % below;
    };
    const pieces = ['a', 'Zürich', '"', ',', ';', '\n', '\r\n', ' ', '12.5', "'", '=1', '€', '\t', '日本'];
    for (let round = 0; round < 300; round++) {
      const delimiter = [',', ';', '\t', '|'][round % 4] ?? ',';
      const newline = round % 3 === 0 ? '\r\n' : '\n';
      const width = 2 + random(5);
      const header = Array.from({ length: width }, (_, i) => `column${i}`);
      const quote = (text: string): string =>
        /["\n\r,;\t|]/.test(text) || random(4) === 0 ? `"${text.replaceAll('"', '""')}"` : text;
      const cell = (): string =>
        quote(Array.from({ length: random(4) }, () => pieces[random(pieces.length)]).join(''));
      const lines = Array.from({ length: 1 + random(12) }, () =>
        [quote('x'), ...header.slice(1).map(cell)].join(delimiter),
      );
      const file = [header.join(delimiter), ...lines].join(newline) + (round % 2 ? newline : '');
      const expected = parse(file, { delimiter, record_delimiter: newline }) as string[][];
      const found = await read(file, 'csv', 1 + random(40));
      expect([found.header, ...found.cells], file).toEqual(expected);
    }
  });

  it('refuses a row with broken quoting by its line and keeps the rows after it', async () => {
    const { rows } = await read('a,b\n1,2\n"open,3\n"x","y"\n"4"5,6\n7,8\n"never,9\n10,11\n');
    expect(rows).toEqual([
      { row: 1, line: 2, cells: ['1', '2'] },
      { row: 2, line: 3, error: expect.stringContaining('quote') },
      { row: 3, line: 4, cells: ['x', 'y'] },
      { row: 4, line: 5, error: expect.stringContaining('closing quote') },
      { row: 5, line: 6, cells: ['7', '8'] },
      { row: 6, line: 7, error: expect.stringContaining('never closed') },
      { row: 7, line: 8, cells: ['10', '11'] },
    ]);
  });

  it('counts lines over quoted newlines and refuses rows of another width', async () => {
    const { rows } = await read('a,b\n"1\n1",2\n3\n4,5,6\n7,8,,\n\n , \n9,10');
    expect(rows).toEqual([
      { row: 1, line: 2, cells: ['1\n1', '2'] },
      { row: 2, line: 4, error: expect.stringContaining('1 columns, the header 2') },
      { row: 3, line: 5, error: expect.stringContaining('3 columns') },
      { row: 4, line: 6, cells: ['7', '8'] },
      { row: 5, line: 9, cells: ['9', '10'] },
    ]);
  });

  it.each([
    ['UTF-8 with a mark', Buffer.from('\ufeffname,b\nZoë,1\n')],
    ['UTF-16 little endian', Buffer.from('\ufeffname,b\nZoë,1\n', 'utf16le')],
    ['UTF-16 big endian', Buffer.from('\ufeffname,b\nZoë,1\n', 'utf16le').swap16()],
    ['gzip', gzipSync('name,b\nZoë,1\n')],
    ['old Macintosh lines', Buffer.from('name,b\rZoë,1\r')],
    ['a separator line', Buffer.from('sep=;\r\nname;b\r\nZoë;1\r\n')],
  ])('reads %s', async (_, file) => {
    for (const size of [1, 2, 3, 5, 1000]) {
      const { header, cells, warnings } = await read(file, 'csv', size);
      expect([header, cells, warnings]).toEqual([['name', 'b'], [['Zoë', '1']], []]);
    }
  });

  it('falls back to Windows-1252 with a warning, and refuses single rows of a file that breaks midway', async () => {
    for (const size of [1, 3, 1000]) {
      const latin = await read(
        Buffer.from([...Buffer.from('n,b\nZo'), 0xeb, ...Buffer.from(',1\n'), 0x80, ...Buffer.from('5,2')]),
        'csv',
        size,
      );
      expect(latin.cells).toEqual([
        ['Zoë', '1'],
        ['€5', '2'],
      ]);
      expect(latin.warnings.join()).toContain('Windows-1252');
    }
    const mixed = await read(
      Buffer.concat([Buffer.from('n,b\nZoë,1\nZo'), Buffer.from([0xeb]), Buffer.from(',2\nAda,3\n')]),
    );
    expect(mixed.rows).toEqual([
      { row: 1, line: 2, cells: ['Zoë', '1'] },
      { row: 2, line: 3, error: expect.stringContaining('encoding') },
      { row: 3, line: 4, cells: ['Ada', '3'] },
    ]);
  });

  it.each([
    ['nothing', '', /empty/],
    ['only blank lines', '\n\n', /no header/],
    ['a nameless column', 'a,,c\n1,2,3\n', /no name for column 2/],
    ['a column twice', 'a,b,A\n1,2,3\n', /names A more than once/],
    ['a workbook', Buffer.from('PK\x03\x04rest'), /XLSX workbook.*\?format=xlsx/],
    ['an old workbook', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0, 0]), /\.xlsx/],
    ['a PDF', '%PDF-1.7', /PDF/],
    ['JSON', '[{"a":1}]', /JSON/],
    ['a web page', '<!doctype html>', /HTML/],
    ['binary', Buffer.from([1, 2, 0, 3, 4, 5]), /not text/],
    ['damaged gzip', gzipSync('a,b\n1,2\n').subarray(0, -9), /gzip file is damaged/],
  ])('refuses %s and says what to send', async (_, file, message) => {
    await expect(read(file)).rejects.toThrow(message);
  });

  it('stops at bombs and bounds rows', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000, 'a'));
    await expect(read(bomb, 'csv', 9999, { ratioFrom: 1_000_000 })).rejects.toThrow(
      /unfolds to more than 200 times/,
    );
    await expect(read(bomb, 'csv', 9999, { maxBytes: 1_000_000 })).rejects.toThrow(
      /unfolds to more than 1000000 bytes/,
    );
    const long = await read(`a,b\n${'x'.repeat(400)},1\n2,3\n"${'y'.repeat(900)}\n4,5\n`, 'csv', 11, {
      maxRowLength: 300,
    });
    expect(long.rows).toEqual([
      { row: 1, line: 2, error: expect.stringContaining('longer than 300') },
      { row: 2, line: 3, cells: ['2', '3'] },
      { row: 3, line: 4, error: expect.stringContaining('longer than 300') },
      { row: 4, line: 5, cells: ['4', '5'] },
    ]);
  });
});

describe('JSON', () => {
  it('reads lines and refuses the broken ones', async () => {
    const { rows } = await read('{"a":1}\n\n{"a":\n[1]\n{"a":"é"}', 'ndjson', 3);
    expect(rows).toEqual([
      { row: 1, line: 1, record: { a: 1 } },
      { row: 2, line: 3, error: expect.stringContaining('not JSON') },
      { row: 3, line: 4, error: 'This is not a JSON object.' },
      { row: 4, line: 5, record: { a: 'é' } },
    ]);
  });

  it('reads an array piece by piece', async () => {
    const items = [{ a: 'x,]}"\\' }, { b: [1, { c: [] }] }, {}, { d: null }];
    for (const size of [1, 2, 5, 500]) {
      const { rows } = await read(JSON.stringify(items, undefined, 1), 'json', size);
      expect(rows.map((row) => ('record' in row ? row.record : row))).toEqual(items);
    }
    expect((await read(' [ ] ', 'json', 1)).rows).toEqual([]);
    const broken = await read('[{"a":1},{"a":x},5,{"a":2}]', 'json', 2);
    expect(broken.rows.map((row) => ('record' in row ? row.record : 'refused'))).toEqual([
      { a: 1 },
      'refused',
      'refused',
      { a: 2 },
    ]);
    await expect(read('{"a":1}', 'json')).rejects.toThrow(/array of objects/);
    await expect(read('[{"a":1},{"a"', 'json')).rejects.toThrow(/cut off in element 2/);
    await expect(read('[{"a":1}] x', 'json')).rejects.toThrow(/follows the end/);
  });
});

describe('XLSX', () => {
  it('reads numbers, texts, dates, booleans, formulas and gaps as a person sees them', async () => {
    const book = new ExcelJs.Workbook();
    const sheet = book.addWorksheet('First');
    book.addWorksheet('Second').addRow(['other']);
    sheet.addRow(['name', 'price', 'day', 'at', 'ok', 'sum', 'last']);
    const row = sheet.addRow([
      'Zoë & <co>',
      0.1 + 0.2,
      new Date('2010-12-01T00:00:00Z'),
      new Date('2010-12-01T08:26:00Z'),
      true,
      { formula: '1+1', result: 2 },
      null,
    ]);
    row.getCell(3).numFmt = 'yyyy-mm-dd';
    row.getCell(4).numFmt = 'dd/mm/yyyy hh:mm';
    sheet.addRow([]);
    sheet.addRow([
      { richText: [{ text: 'rich ' }, { text: 'text' }] },
      12345678901,
      null,
      null,
      false,
      null,
      'end',
    ]);
    sheet.addRow(['bad', { error: '#N/A' }]);
    const file = Buffer.from(await book.xlsx.writeBuffer());
    const { header, rows, warnings } = await read(file, 'xlsx', 999);
    expect(header).toEqual(['name', 'price', 'day', 'at', 'ok', 'sum', 'last']);
    expect(rows).toEqual([
      {
        row: 1,
        line: 2,
        cells: ['Zoë & <co>', '0.3', '2010-12-01', '2010-12-01T08:26:00Z', 'true', '2', ''],
      },
      { row: 2, line: 4, cells: ['rich text', '12345678901', '', '', 'false', '', 'end'] },
      { row: 3, line: 5, error: 'Cell B5 holds the error #N/A.' },
    ]);
    expect(warnings).toEqual(['The workbook has 2 sheets; only “First” was read.']);
  });

  it('refuses what is no workbook', async () => {
    await expect(read('a,b\n1,2\n', 'xlsx')).rejects.toThrow(/not an XLSX workbook.*text\/csv/);
    await expect(read(Buffer.from('PK\x03\x04 and nothing more'), 'xlsx')).rejects.toThrow(/damaged/);
    const book = new ExcelJs.Workbook();
    book.addWorksheet('A').addRows(Array.from({ length: 2000 }, () => ['a'.repeat(300)]));
    const file = Buffer.from(await book.xlsx.writeBuffer());
    await expect(read(file.subarray(0, file.length - 400), 'xlsx', 999)).rejects.toThrow(/damaged/);
    await expect(read(file, 'xlsx', 999, { maxRatio: 2, ratioFrom: 1000 })).rejects.toThrow(
      /unfolds to more than 2 times/,
    );
  });
});
