import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import ExcelJs from 'exceljs';
import { describe, expect, it } from 'vitest';
import { readTable } from './read-table.ts';
import type { TableFormat } from './types.ts';
import { GridNumber, writeGrid, writeTable } from './write-table.ts';

const columns = ['name', 'address.city', 'tags', 'lines'].map((path) => ({
  path,
  type: { kind: 'string', optional: true } as const,
}));
async function* rows(...items: Record<string, unknown>[]): AsyncGenerator<Record<string, unknown>> {
  yield* items;
}

async function cells(format: TableFormat, ...items: Record<string, unknown>[]): Promise<unknown[]> {
  const table = await readTable(writeTable(rows(...items), format, columns), { format });
  const found: unknown[] = [];
  for await (const batch of table.batches)
    found.push(...batch.map((row) => ('cells' in row ? row.cells : row)));
  return found;
}

describe('CSV', () => {
  it('follows RFC 4180', async () => {
    const file = await text(
      writeTable(
        rows({ name: 'a "b", c', address: { city: 'x\ny' }, tags: ['a', 'b'], lines: [{ sku: 1 }] }),
        'csv',
        columns,
      ),
    );
    expect(file).toBe('name,address.city,tags,lines\r\n"a ""b"", c","x\ny","a;b","[{""sku"":1}]"\r\n');
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['＝1+1', "'＝1+1"],
    ['\n=1+1', "'\n=1+1"],
    ['+49 30', "'+49 30"],
    ['-a', "'-a"],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
    ["'=x", "''=x"],
    ['-1.5', '-1.5'],
    ['+1e3', '+1e3'],
    ["'tis", "'tis"],
  ])('guards %j against being run', async (value, written) => {
    expect(await cells('csv', { name: value })).toEqual([[written, '', '', '']]);
    expect(await cells('xlsx', { name: value })).toEqual([[written, '', '', '']]);
  });

  it('leaves numbers alone', async () => {
    expect(await cells('csv', { name: -5, tags: [-1, 2] })).toEqual([['-5', '', "'-1;2", '']]);
  });
});

it('writes workbooks that hold any text', async () => {
  const value = 'a<b>&"\r\n\u0001 _x0041_ \ud83d\ude00 end ';
  expect(await cells('xlsx', { name: value, lines: '\ud800' })).toEqual([[value, '', '', '\ud800']]);
});

it('writes workbooks that other programs read', async () => {
  const many = Array.from({ length: 3_000 }, (_, index) => ({
    name: `name ${index}`,
    tags: index % 2 === 0,
    lines: index / 3,
  }));
  const book = new ExcelJs.Workbook();
  await book.xlsx.load((await buffer(writeTable(rows(...many), 'xlsx', columns))) as never);
  const sheet = book.worksheets[0];
  expect(sheet?.rowCount).toBe(3_001);
  expect(sheet?.getRow(1).values).toEqual([undefined, 'name', 'address.city', 'tags', 'lines']);
  expect(sheet?.getRow(3_001).values).toEqual([undefined, 'name 2999', undefined, false, 2999 / 3]);
});

it('writes dates and amounts as numbers in their formats, and as text into a CSV', async () => {
  async function* grid(): AsyncGenerator<unknown[]> {
    yield ['Day', '=Amount'];
    yield [new GridNumber(46_027, 'yyyy-mm-dd', '2026-01-05'), new GridNumber(-12.5, '[$GBP] #,##0.00')];
    yield [null, new GridNumber(7, '[$GBP] #,##0.00')];
  }
  expect(await text(writeGrid(grid(), 'csv'))).toBe("Day,'=Amount\r\n2026-01-05,-12.5\r\n,7\r\n");
  const book = new ExcelJs.Workbook();
  await book.xlsx.load((await buffer(writeGrid(grid(), 'xlsx'))) as never);
  const sheet = book.worksheets[0];
  expect(sheet?.getCell('B1').value).toBe("'=Amount");
  expect(sheet?.getCell('A2').value).toEqual(new Date('2026-01-05T00:00:00Z'));
  expect(sheet?.getCell('B2')).toMatchObject({ value: -12.5, numFmt: '[$GBP] #,##0.00' });
  expect(sheet?.getCell('B3')).toMatchObject({ value: 7, numFmt: '[$GBP] #,##0.00' });
});

it('takes no field of a record for a number in a format', async () => {
  const value = { value: '<x/>', format: '0', text: 't' };
  expect(await cells('xlsx', { name: value })).toEqual([[JSON.stringify(value), '', '', '']]);
});

it('streams: a reader that stops early stops the source', async () => {
  let made = 0;
  async function* endless(): AsyncGenerator<Record<string, unknown>> {
    for (;;) yield { name: `row ${made++}` };
  }
  for (const format of ['csv', 'ndjson', 'json', 'xlsx'] as const) {
    made = 0;
    const stream: Readable = writeTable(endless(), format, columns);
    for await (const piece of stream) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
    const after = made;
    await new Promise((resolve) => setImmediate(resolve));
    expect(made - after).toBeLessThan(100_000);
  }
});

it('writes an empty table that can be read', async () => {
  for (const format of ['csv', 'json', 'xlsx'] as const) expect(await cells(format)).toEqual([]);
});
