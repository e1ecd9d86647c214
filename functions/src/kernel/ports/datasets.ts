import type { Readable } from 'node:stream';
import type { ColumnType } from './warehouse.ts';

/** How the texts of a column are to be read, where that is not the plain way (ISO 8601, decimal point, true/false). */
export type ColumnFormat =
  /** Thousands separators, currency signs and a percent sign are dropped; `(12)` is -12. */
  | { readonly kind: 'number'; readonly decimal: '.' | ',' }
  /** One of `DATE_PATTERNS`. */
  | { readonly kind: 'date'; readonly pattern: string }
  /** A date pattern before a time. Local times are read in `timezone` (IANA name; UTC without one). */
  | { readonly kind: 'timestamp'; readonly pattern: string; readonly timezone?: string }
  | { readonly kind: 'boolean'; readonly yes: string; readonly no: string };

export interface DatasetColumn {
  /** What the file calls it. */
  readonly source: string;
  /** What SQL calls it: lower case, digits and `_`. */
  readonly name: string;
  readonly type: ColumnType;
  readonly format?: ColumnFormat;
}

export type FileFormat = 'csv' | 'ndjson' | 'json' | 'xlsx' | 'parquet';

/** How a file is written. */
export interface FileLayout {
  readonly format: FileFormat;
  /** Of CSV: one character. */
  readonly delimiter?: string;
  readonly gzip?: boolean;
  /** The file is a ZIP archive, of which these are taken: one file, or several that have the same columns. */
  readonly entries?: readonly string[];
  /** Of workbooks: the sheet to read; without it the first visible one. */
  readonly sheet?: string;
  /** Whether the file has to be rewritten before it can be read at full speed: another encoding, a header below the top. */
  readonly rewrite?: boolean;
}

/** What a column may say of people. */
export const PERSONAL_KINDS = [
  'email',
  'phone',
  'name',
  'iban',
  'card',
  'ip-address',
  'national-id',
  'birth-date',
] as const;
export type PersonalKind = (typeof PERSONAL_KINDS)[number];

/** What was found in a column, and what else it could be. */
export interface InspectedColumn extends DatasetColumn {
  /** It seems to say something of people, and why. */
  readonly pii?: true;
  readonly personal?: PersonalKind;
  /** Readings that fit as well, such as month before day: somebody has to choose. Absent when there is one only. */
  readonly alternatives?: readonly ColumnFormat[];
  /** Texts as they stand in the file. */
  readonly samples: readonly string[];
  /** Empty cells, of the rows looked at. */
  readonly empty: number;
}

export interface Inspection {
  readonly layout: FileLayout;
  readonly columns: readonly InspectedColumn[];
  /** Rows looked at, from the start of the file. */
  readonly rows: number;
  /** What the owner should know, in plain English. */
  readonly warnings: readonly string[];
  /** Of an archive: every file in it that can be read. */
  readonly entries?: readonly string[];
  /** Of a workbook: its visible sheets. */
  readonly sheets?: readonly string[];
}

/** What the owner wants of a file that holds more than one table. */
export interface FileChoice {
  /** A file of the archive; without it all that have the same columns. */
  readonly entry?: string;
  /** A sheet of the workbook; without it the first visible one. */
  readonly sheet?: string;
}

/** A row that could not be read, as it stands in the file. */
export interface QuarantinedRow {
  /** Where it begins; 1 is the first line. Absent where the reader cannot tell. */
  readonly line?: number;
  /** The file of the archive it stands in, where several were loaded. */
  readonly entry?: string;
  readonly text: string;
  readonly errors: readonly { readonly column?: string; readonly message: string }[];
}

export interface LoadRequest {
  /** Path of the file on this machine. */
  readonly file: string;
  readonly layout: FileLayout;
  readonly columns: readonly DatasetColumn[];
  /** Of CSV: everything its first line names, in order. Absent when that is `columns`, which else may be some of it in any order. */
  readonly header?: readonly string[];
  readonly tenantId: string;
  readonly datasetId: string;
  /** Names what is loaded; loading the same part again replaces it. */
  readonly part: string;
}

export interface LoadOutcome {
  readonly rows: number;
  readonly quarantined: number;
  /** What the part takes on disk. */
  readonly bytes: number;
}

export interface LoadOptions {
  /** Ends the load; nothing of it stays. */
  readonly signal?: AbortSignal;
  /** From 0 to 1, a few times a second. */
  readonly onProgress?: (share: number) => void;
}

/** Where a row stands in its dataset; no column of a dataset begins with `_`. */
export const PLACE = '_place';

/** Files of any shape become parts of typed tables; a part is there whole or not at all, and never changes. */
export interface Datasets {
  /** The engine of the warehouse that can read the parts. */
  readonly engine: string;
  /**
   * Looks at the beginning of a file. Throws a Problem that says what to send instead when it cannot be read.
   * @param format of the file or of those in the archive; without it judged by names and first bytes, CSV in doubt
   */
  inspect(file: string, format?: FileFormat, choice?: FileChoice): Promise<Inspection>;
  load(request: LoadRequest, options?: LoadOptions): Promise<LoadOutcome>;
  /** Rows of a part that could not be read, in the order of the file. */
  quarantine(
    place: PartPlace,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<QuarantinedRow[]>;
  /**
   * What stands in `FROM` of the warehouse's SQL for these parts, in the order given.
   * @param key columns of which each combination is shown once: with the row that comes last
   */
  relation(tenantId: string, datasetId: string, parts: readonly string[], key?: readonly string[]): string;
  /** As `relation`, with a column `PLACE` more, that rises with the order of the parts and of the rows in their files. */
  numbered(tenantId: string, datasetId: string, parts: readonly string[], key?: readonly string[]): string;
  /** Every part of a tenant, or of one dataset, that takes room: also what a load left that ended early. */
  list(tenantId: string, datasetId?: string): Promise<StoredPart[]>;
  /**
   * Rows of parts as a stream of bytes, in the order of the parts: JSON lines (times as RFC 3339, whole numbers beyond
   * 2^53 as text) or one Parquet file. It fails where it cannot go on.
   */
  export(request: RowsRequest, options?: { readonly signal?: AbortSignal }): Promise<Readable>;
  /** Removes a part, its quarantine, and what an unfinished load of it left. */
  remove(place: PartPlace): Promise<void>;
}

/** A part as it lies on disk. */
export interface StoredPart {
  readonly datasetId: string;
  readonly part: string;
  /** When something of it was written last; milliseconds since 1970 on the machine's clock. */
  readonly writtenAt: number;
}

export interface RowsRequest {
  readonly tenantId: string;
  readonly datasetId: string;
  readonly parts: readonly string[];
  /** As for `relation`. */
  readonly key?: readonly string[];
  readonly columns: readonly Pick<DatasetColumn, 'name' | 'type'>[];
  readonly format: 'ndjson' | 'parquet';
}

export type PartPlace = Pick<LoadRequest, 'tenantId' | 'datasetId' | 'part'>;
