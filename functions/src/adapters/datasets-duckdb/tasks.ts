import type {
  DatasetColumn,
  FileChoice,
  FileFormat,
  FileLayout,
  Inspection,
  LoadOutcome,
  RowsRequest,
} from '../../kernel/ports/datasets.ts';

/** What the process that reads files is told, in one message. */
export type FileTask = LoadTask | InspectTask | ExportTask;

/** To look at a file. */
export interface InspectTask {
  readonly kind: 'inspect';
  readonly file: string;
  readonly format?: FileFormat;
  readonly choice?: FileChoice;
  /** A file to unpack into, which its maker removes. */
  readonly spill: string;
}

/** To write rows of parts: lines to the standard output, or a Parquet file. */
export interface ExportTask {
  readonly kind: 'export';
  /** What stands in FROM. */
  readonly source: string;
  readonly columns: RowsRequest['columns'];
  /** The Parquet file to make; lines are written without. */
  readonly target?: string;
  readonly spill: string;
}

/** To load a file. */
export interface LoadTask {
  readonly kind: 'load';
  readonly file: string;
  readonly layout: FileLayout;
  readonly columns: readonly DatasetColumn[];
  /** Of CSV: all columns the file has, in their order. */
  readonly header: readonly string[];
  /** The Parquet file to make. */
  readonly target: string;
  /** The file of rows that could not be read, as JSON lines. */
  readonly quarantine: string;
  /** Where big sorts may spill. */
  readonly spill: string;
  readonly threads: number;
}

/** What it answers: progress some times, then one of the others. */
export type FileAnswer =
  | { readonly progress: number }
  | { readonly loaded: LoadOutcome }
  | { readonly inspected: Inspection }
  | { readonly exported: true }
  /** What was wrong with the file, for its owner. */
  | { readonly refused: string }
  /** What was wrong with us, for the log. */
  | { readonly failed: string };
