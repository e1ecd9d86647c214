import type { ColumnType } from './warehouse.ts';

/** A table as it is made for the one who asks: it holds what they may see, and nothing else. */
export interface AskableTable {
  /** What a query calls it, in any case. */
  readonly name: string;
  /** One at least. */
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** A SELECT in the SQL of the warehouse that has these columns. Parameters are `$1`, `$2`, … in its text. */
  readonly sql: string;
  readonly parameters: readonly (string | number | boolean)[];
  /** Whether it reads files that never change, and no table of the warehouse. */
  readonly filesOnly?: boolean;
}

/** A query in GoogleSQL. It reaches the tables given by their names, and nothing beyond them. */
export interface Question {
  readonly sql: string;
  readonly tables: readonly AskableTable[];
  /** Questions with the same asker wait for each other, so that one cannot keep the others waiting. */
  readonly asker: string;
}

export interface AskLimits {
  readonly timeoutMs: number;
  /** Rows beyond are left out, and the answer says so. */
  readonly maxRows: number;
  /** Of the rows as JSON; those beyond are left out too. */
  readonly maxBytes: number;
  /** Ends the work. */
  readonly signal?: AbortSignal;
}

export interface Answer {
  /** Types as GoogleSQL writes them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /**
   * Numbers that JSON cannot hold exactly come as text; times are RFC 3339, bytes base64, intervals and JSON text,
   * arrays and structs arrays and objects.
   */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly truncated: boolean;
  /** What ran, in the SQL of the engine. It tells nothing of where things are. */
  readonly sql: string;
  readonly elapsedMs: number;
}
