import type { Dataset } from '@google-cloud/bigquery';
import type { StreamedRow } from './rows.ts';

/** BigQuery takes at most 10 MB a request, and advises 500 rows. */
const MAX_ROWS = 500;
const MAX_BYTES = 5_000_000;

/** Streams rows into a table of the dataset; throws when BigQuery refuses any of them. */
export const insertAll =
  (dataset: Dataset) =>
  async (table: string, rows: readonly StreamedRow[]): Promise<void> => {
    for (const part of partsOf(rows)) await dataset.table(table).insert(part, { raw: true });
  };

function partsOf(rows: readonly StreamedRow[]): StreamedRow[][] {
  const parts: StreamedRow[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row.json));
    const last = parts.at(-1);
    if (last && last.length < MAX_ROWS && bytes + size <= MAX_BYTES) {
      last.push(row);
      bytes += size;
    } else {
      parts.push([row]);
      bytes = size;
    }
  }
  return parts;
}
