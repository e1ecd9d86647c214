import { type ImportJob, MAX_JOB_ERRORS } from '../../kernel/import-job.ts';
import type { DocumentStore } from '../../kernel/ports/documents.ts';
import type { RowError } from '../../kernel/tables/rows.ts';
import type { Outcome } from './outcome.ts';

/** Errors one stored page holds: far below the size of a document. */
const PAGE = 1_000;
const MAX_MESSAGE = 500;

type Counts = Pick<
  ImportJob,
  'processed' | 'created' | 'updated' | 'unchanged' | 'skipped' | 'errorCount' | 'cursor'
>;

/** The collection of a job's error pages, in the order of their `offset`. */
export const errorPages = (tenantId: string, jobId: string): string =>
  `tenants/${tenantId}/imports-errors/${jobId}/pages`;

/**
 * What became of the rows so far. Errors are stored in pages named by their position, before the counts that include
 * them: work that is repeated after a crash writes the same pages again.
 */
export class Tally {
  readonly #counts: { -readonly [Name in keyof Counts]: number };
  readonly #first: RowError[];
  #pending: RowError[] = [];
  #stored: number;

  constructor(job: ImportJob) {
    const { processed, created, updated, unchanged, skipped, errorCount, cursor } = job;
    this.#counts = { processed, created, updated, unchanged, skipped, errorCount, cursor };
    this.#first = [...job.errors];
    this.#stored = errorCount;
  }

  add({ unit, result, errors }: Outcome): void {
    const counts = this.#counts;
    counts.processed += unit.rows.length;
    counts.cursor = Math.max(counts.cursor, unit.ordinal);
    if (result === 'created' || result === 'updated') counts[result]++;
    else counts.skipped += unit.rows.length;
    if (result === 'unchanged') counts.unchanged += unit.rows.length;
    for (const error of errors) this.error(error);
  }

  error(error: RowError): void {
    const short =
      error.message.length > MAX_MESSAGE
        ? { ...error, message: `${error.message.slice(0, MAX_MESSAGE)}…` }
        : error;
    this.#counts.errorCount++;
    if (this.#first.length < MAX_JOB_ERRORS) this.#first.push(short);
    this.#pending.push(short);
  }

  get cursor(): number {
    return this.#counts.cursor;
  }

  /** Stores the errors that are not stored yet; answers what the job is to say. */
  async settle(
    documents: DocumentStore,
    tenantId: string,
    jobId: string,
  ): Promise<Counts & { errors: RowError[] }> {
    for (let at = 0; at < this.#pending.length; at += PAGE) {
      const offset = this.#stored + at;
      const data = { offset, errors: JSON.stringify(this.#pending.slice(at, at + PAGE)) };
      await documents.commit([
        { kind: 'set', path: `${errorPages(tenantId, jobId)}/${String(offset).padStart(12, '0')}`, data },
      ]);
    }
    this.#stored += this.#pending.length;
    this.#pending = [];
    return { ...this.#counts, errors: [...this.#first] };
  }
}
