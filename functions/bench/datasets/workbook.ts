import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import ExcelJs from 'exceljs';
import { createDuckDbDatasets } from '../../src/adapters/datasets-duckdb/index.ts';
import { readTable } from '../../src/kernel/tables/read-table.ts';
import { seconds, tell } from './tell.ts';

const ROWS = 200_000;

/** Loads a workbook, beside its reader alone. */
export async function compareWorkbook(folder: string): Promise<void> {
  const file = path.join(folder, 'rows.xlsx');
  await writeWorkbook(file);
  const datasets = createDuckDbDatasets({ directory: folder });
  const { layout, columns } = await datasets.inspect(file, 'xlsx');
  const alone = await seconds(async () => {
    let rows = 0;
    const { batches } = await readTable(createReadStream(file), { format: 'xlsx' });
    for await (const batch of batches) rows += batch.length;
    if (rows !== ROWS) throw new Error(`the reader found ${rows} rows`);
  });
  const loaded = await seconds(async () => {
    const place = { tenantId: 'ten_bench', datasetId: 'dat_bench', part: 'book' };
    const { rows } = await datasets.load({ file, layout, columns, ...place });
    if (rows !== ROWS) throw new Error(`${rows} rows were loaded`);
  });
  tell('xlsx: its reader alone', ROWS / alone, 'rows/s');
  tell('xlsx: loaded', ROWS / loaded, 'rows/s');
  tell('xlsx: ratio', alone / loaded, '');
}

async function writeWorkbook(file: string): Promise<void> {
  const stream = createWriteStream(file);
  const book = new ExcelJs.stream.xlsx.WorkbookWriter({ stream, useSharedStrings: true });
  const sheet = book.addWorksheet('Orders');
  sheet.addRow(['order', 'customer', 'day', 'quantity', 'price']).commit();
  for (let at = 0; at < ROWS; at++)
    sheet
      .addRow([
        `A${at}`,
        `Customer ${at % 1_000}`,
        new Date(Date.UTC(2026, 0, 1 + (at % 365))),
        at % 17,
        (at % 9_999) / 100,
      ])
      .commit();
  sheet.commit();
  await book.commit();
  await finished(stream, { readable: false }).catch(() => undefined);
}
