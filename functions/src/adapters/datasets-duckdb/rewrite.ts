import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { DatasetColumn, FileLayout, QuarantinedRow } from '../../kernel/ports/datasets.ts';
import { readTable } from '../../kernel/tables/read-table.ts';
import type { TableRow } from '../../kernel/tables/types.ts';
import type { Piece } from './pieces.ts';
import { DATASET_LIMITS, linesOf, openText, SHOWN } from './source.ts';
import { refuseTooMany, Unloadable } from './unloadable.ts';

/**
 * Writes a piece of any format as plain UTF-8 without header, each row after the line it began at: JSON as JSON, all else
 * as CSV with the columns in their order. Slower than reading it directly, but no broken row can take its neighbours along.
 * @param onProgress share of the piece that was read, 0 to 1
 * @returns rows that could not be taken apart
 */
export async function rewrite(
  piece: Piece,
  { format, sheet }: FileLayout,
  columns: readonly DatasetColumn[],
  target: string,
  onProgress: (share: number) => void,
): Promise<readonly QuarantinedRow[]> {
  if (format === 'parquet') throw new TypeError('Parquet is no text');
  const choice = sheet === undefined ? {} : { sheet };
  const table = await readTable(piece.open(), { format, limits: DATASET_LIMITS, ...choice });
  const places = columns.map(({ source }) => table.header?.indexOf(source) ?? -1);
  const missing = columns.find((_, index) => table.header && places[index] === -1);
  if (missing) throw new Unloadable(`The file has no column ${missing.source}.`);
  const rejected: QuarantinedRow[] = [];
  async function* texts(): AsyncGenerator<string> {
    for await (const batch of table.batches) {
      let text = '';
      for (const row of batch) {
        if ('error' in row) reject(rejected, row);
        else text += 'cells' in row ? csvLine(row, places) : `${row.line}\t${JSON.stringify(row.record)}\n`;
      }
      yield text;
      onProgress(Math.min(1, table.bytesRead() / Math.max(1, piece.size)));
    }
  }
  await pipeline(texts(), createWriteStream(target, { highWaterMark: 1 << 20 }));
  return format === 'csv' || format === 'ndjson' ? withTexts(piece, rejected) : rejected;
}

function reject(rejected: QuarantinedRow[], { line: at, error }: Extract<TableRow, { error: string }>): void {
  refuseTooMany(rejected.length + 1);
  rejected.push({ line: at, text: '', errors: [{ message: error }] });
}

function csvLine(
  { line, cells }: { readonly line: number; readonly cells: readonly string[] },
  places: readonly number[],
): string {
  let text = String(line);
  for (const place of places) text += `,${quoted(cells[place] ?? '')}`;
  return `${text}\n`;
}

const quoted = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** The lines as they stand in the file, so that somebody can mend them. */
async function withTexts(piece: Piece, rejected: readonly QuarantinedRow[]): Promise<QuarantinedRow[]> {
  if (rejected.length === 0) return [];
  const wanted = new Map(rejected.map((row) => [row.line, row]));
  const found: QuarantinedRow[] = [];
  let number = 0;
  for await (const text of linesOf(openText(piece), SHOWN)) {
    const row = wanted.get(++number);
    if (row) found.push({ ...row, text });
    if (found.length === wanted.size) break;
  }
  return found;
}
