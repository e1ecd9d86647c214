import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { DatasetColumn, FileLayout, QuarantinedRow } from '../../kernel/ports/datasets.ts';
import { readTable } from '../../kernel/tables/read-table.ts';
import type { TableRow } from '../../kernel/tables/types.ts';
import { DATASET_LIMITS, flatCells, openText } from './source.ts';

/** The column that carries where a row began. */
export const LINE_COLUMN = '_line';

export interface Rewritten {
  readonly rejected: readonly QuarantinedRow[];
}

/**
 * Writes a file of any format as plain UTF-8 CSV without header: where a row began, then the columns in their order.
 * Slower than reading it directly, but no broken row can take its neighbours along.
 * @param onProgress share of the file that was read, 0 to 1
 */
export async function rewrite(
  file: string,
  format: Exclude<FileLayout['format'], 'parquet'>,
  columns: readonly DatasetColumn[],
  target: string,
  maxRejected: number,
  onProgress: (share: number) => void,
): Promise<Rewritten> {
  const { size } = await stat(file);
  const table = await readTable(createReadStream(file), { format, limits: DATASET_LIMITS });
  const places = columns.map(({ source }) => table.header?.indexOf(source) ?? -1);
  const output = createWriteStream(target, { highWaterMark: 1 << 20 });
  const rejected: QuarantinedRow[] = [];
  try {
    for await (const batch of table.batches) {
      let text = '';
      for (const row of batch) {
        if ('error' in row) reject(rejected, row, maxRejected);
        else text += line(row, columns, places);
      }
      if (!output.write(text)) await once(output, 'drain');
      onProgress(table.bytesRead() / Math.max(1, size));
    }
    output.end();
    await once(output, 'finish');
  } finally {
    output.destroy();
  }
  return { rejected: format === 'csv' ? await withTexts(file, rejected) : rejected };
}

function reject(
  rejected: QuarantinedRow[],
  { line: at, error }: Extract<TableRow, { error: string }>,
  most: number,
): void {
  if (rejected.length >= most) throw new RangeError('too many rows are broken');
  rejected.push({ line: at, text: '', errors: [{ message: error }] });
}

function line(
  row: Exclude<TableRow, { error: string }>,
  columns: readonly DatasetColumn[],
  places: readonly number[],
): string {
  if ('cells' in row)
    return csvLine(
      row.line,
      places.map((place) => row.cells[place] ?? ''),
    );
  const cells = flatCells(row.record);
  return csvLine(
    row.line,
    columns.map(({ source }) => cells.get(source) ?? ''),
  );
}

const csvLine = (at: number, cells: readonly string[]): string => `${at},${cells.map(quoted).join(',')}\n`;

const quoted = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** The lines as they stand in the file, so that somebody can mend them. */
async function withTexts(file: string, rejected: readonly QuarantinedRow[]): Promise<QuarantinedRow[]> {
  if (rejected.length === 0) return [];
  const wanted = new Map(rejected.map((row) => [row.line, row]));
  const found: QuarantinedRow[] = [];
  let number = 0;
  for await (const text of createInterface({ input: openText(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const row = wanted.get(++number);
    if (row) found.push({ ...row, text });
    if (found.length === wanted.size) break;
  }
  return found;
}
