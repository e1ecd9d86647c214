import { Problem } from '../errors.ts';
import type { JsonObject } from '../records/record.ts';

export const TABLE_FORMATS = ['csv', 'ndjson', 'json', 'xlsx'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** The media type each format is sent with. */
export const MEDIA_TYPES: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
  json: 'application/json',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Bounds on what a file may make the reader hold or do. */
export interface TableLimits {
  /** Bytes after decompression. */
  readonly maxBytes: number;
  /** Decompressed size over compressed size, checked once `ratioFrom` bytes came out. */
  readonly maxRatio: number;
  readonly ratioFrom: number;
  /** Characters of one row; a longer one is an error of that row. */
  readonly maxRowLength: number;
  /** Characters of one cell; a longer one is an error of its row. */
  readonly maxCellLength: number;
  readonly maxColumns: number;
}

export const DEFAULT_LIMITS: TableLimits = {
  maxBytes: 4 * 2 ** 30,
  maxRatio: 200,
  ratioFrom: 32 * 2 ** 20,
  maxRowLength: 1_000_000,
  maxCellLength: 200_000,
  maxColumns: 1_000,
};

interface RowPlace {
  /** 1 is the first row of data: the header and blank rows do not count. */
  readonly row: number;
  /** Where it begins in the file: the line of a text file, the row of a sheet, the element of a JSON array. 1 is the first. */
  readonly line: number;
}

/** One row as it stands in the file: text by column, a JSON object, or the reason it could not be read. */
export type TableRow =
  | (RowPlace & { readonly cells: readonly string[] })
  | (RowPlace & { readonly record: JsonObject })
  | (RowPlace & { readonly error: string });

/** An opened file. Reading `batches` to its end, or leaving the loop, releases everything it holds. */
export interface Table {
  /** Column names; undefined for JSON, whose rows name their own. */
  readonly header: readonly string[] | undefined;
  readonly batches: AsyncIterable<readonly TableRow[]>;
  /** Of a workbook: the sheets that can be read. */
  readonly sheets?: readonly string[] | undefined;
  /** What the owner of the file should know although it was read; complete after the last batch. */
  warnings(): string[];
  /** Bytes taken from the source so far, for a progress bar. */
  bytesRead(): number;
}

/** A file that cannot be read at all: nothing of it is taken. */
export const unreadable = (detail: string, cause?: unknown): Problem =>
  new Problem('malformed', detail, { cause });
