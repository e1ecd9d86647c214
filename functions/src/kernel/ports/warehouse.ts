import type { Change } from '../changes/change.ts';
import type { Answer, AskLimits, Question } from './questions.ts';

/** SQL types both DuckDB and BigQuery have. `json` holds what has no type of its own. */
export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'timestamp' | 'date' | 'json';

export interface WarehouseColumn {
  /** snake_case; the path into the record joined by `_` (`billing_country`). */
  readonly name: string;
  readonly type: ColumnType;
  /** Path into the record (or into the element, for a child table). */
  readonly path: readonly string[];
}

/** A child table: one row an element of an array field, such as the lines of an invoice. */
export interface WarehouseChildTable {
  /** Table name, `finance_invoices_lines`. */
  readonly name: string;
  readonly field: string;
  readonly columns: readonly WarehouseColumn[];
  /** Columns of its record that each row repeats, with paths into the record: questions about elements need no join. */
  readonly inherited?: readonly WarehouseColumn[];
  /** The inherited column that tells when; see `time` of the table. */
  readonly time?: string;
}

/**
 * One collection: the current state, a row a record with tenant_id, id, version, created_at, updated_at, deleted;
 * and `<name>_history`, a row a version, with the columns as they were then and those of `HISTORY_COLUMNS`.
 */
export interface WarehouseTable {
  /** `finance_invoices` */
  readonly name: string;
  /** `finance.invoices` */
  readonly collection: string;
  readonly columns: readonly WarehouseColumn[];
  readonly children: readonly WarehouseChildTable[];
  /** The column by which most questions choose a period; rows of a tenant lie in its order. `created_at` when absent. */
  readonly time?: string;
}

export interface QueryResult {
  readonly columns: readonly { name: string; type: ColumnType }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly elapsedMs: number;
}

/**
 * Reads the whole record from the documents: as it stands now, or as it was at `version`, for a change whose
 * predecessor never arrived. Undefined when there is none.
 */
export type ReadRecord = (
  tenantId: string,
  collection: string,
  id: string,
  version?: number,
) => Promise<{ record: Readonly<Record<string, unknown>>; version: number; deleted: boolean } | undefined>;

/** Where changes become tables that answer questions. */
export interface Warehouse {
  /** `duckdb` or `bigquery`, told to the caller with every answer. */
  readonly engine: string;
  /**
   * Writes changes exactly once by id: the log table `changes`, and the current state and the history of their
   * collections. Whatever the order in which they arrive, once all are there every table is the same.
   */
  apply(
    changes: readonly Change[],
    tables: readonly WarehouseTable[],
    readRecord: ReadRecord,
  ): Promise<{ applied: number }>;
  /**
   * Names the state of a tenant's data: by another name once an apply that brought changes of its records has ended,
   * and after a restart. Undefined when that cannot be told; answers must not be kept then.
   */
  dataVersion(tenantId: string): Promise<string | undefined>;
  /** Runs one read-only statement the metric compiler made. Parameters are `$1`, `$2` … in its text. */
  query(
    sql: string,
    parameters: readonly (string | number | boolean | null)[],
    limits?: { timeoutMs?: number; maxRows?: number },
  ): Promise<QueryResult>;
  /** Answers one query of an analyst. Throws `invalid` for what cannot be asked, `too_large` for what needs too much. */
  ask(question: Question, limits: AskLimits): Promise<Answer>;
  /** How SQL names one of its tables. */
  nameOf(table: string): string;
  /** Resolves when it answers; throws otherwise. */
  check(): Promise<void>;
  close(): Promise<void>;
}
