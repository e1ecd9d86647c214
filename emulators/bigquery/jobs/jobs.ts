/** All jobs: those that run, and the record of those that did. */

import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { BigQueryError, quoteText } from '@mewayz/googlesql';
import { asBigQueryError } from '@mewayz/googlesql/duckdb';
import type { Json } from '../rest/input.ts';
import { optionalInt } from '../rest/input.ts';
import type { Catalog, CatalogChange } from '../store/catalog.ts';
import type { Database } from '../store/database.ts';
import { Job, type JobRecord, type JobReference, jobKey } from './job.ts';
import { type QueryLimits, Slots } from './limits.ts';
import type { PreparedJob } from './prepared.ts';

/** Jobs that are remembered. */
const MAX_JOBS = 10_000;
/** How long a record of a query may wait to be written, in milliseconds. */
const RECORD_DELAY_MS = 1000;

export class Jobs {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly limits: QueryLimits;
  readonly #jobs = new Map<string, Job>();
  readonly #slots: Slots;
  #unrecorded: Job[] = [];
  #recording: NodeJS.Timeout | undefined;

  constructor(database: Database, catalog: Catalog, limits: QueryLimits) {
    this.database = database;
    this.catalog = catalog;
    this.limits = limits;
    this.#slots = new Slots(limits.maxConcurrent);
  }

  async load(): Promise<void> {
    await this.withConnection(async (connection) => {
      const result = await connection.runAndReadAll(
        `SELECT body FROM (SELECT * FROM jobs ORDER BY created DESC LIMIT ${MAX_JOBS}) ORDER BY created`,
      );
      for (const [body] of result.getRows()) {
        const record: JobRecord = JSON.parse(String(body));
        this.#jobs.set(jobKey(record.reference), Job.restore(record));
      }
    });
  }

  find(projectId: string, jobId: string): Job | undefined {
    return this.#jobs.get(jobKey({ projectId, jobId }));
  }

  get(projectId: string, jobId: string): Job {
    const job = this.find(projectId, jobId);
    if (!job) throw new BigQueryError('notFound', `Not found: Job ${projectId}:${jobId}`);
    return job;
  }

  /** The newest first. */
  list(projectId: string): Job[] {
    return [...this.#jobs.values()].filter(({ reference }) => reference.projectId === projectId).reverse();
  }

  async remove(projectId: string, jobId: string): Promise<void> {
    const job = this.get(projectId, jobId);
    this.#drop(job);
    this.#unrecorded = this.#unrecorded.filter((one) => one !== job);
    await this.database.write((connection) =>
      connection.run('DELETE FROM jobs WHERE key = $1', [jobKey(job.reference)]),
    );
  }

  /** Starts a job; it is done when `job.finished` resolves. @throws BigQueryError duplicate */
  start(reference: JobReference, configuration: Json, prepared: PreparedJob): Job {
    const key = jobKey(reference);
    if (this.#jobs.has(key))
      throw new BigQueryError(
        'duplicate',
        `Already Exists: Job ${reference.projectId}:${reference.location}.${reference.jobId}`,
      );
    const job = new Job(reference, configuration);
    job.statistics = prepared.statistics;
    this.#jobs.set(key, job);
    void this.#slots.run(() => this.#run(job, prepared));
    return job;
  }

  async #run(job: Job, prepared: PreparedJob): Promise<void> {
    job.started = Date.now();
    const limit = Math.min(
      optionalInt(job.configuration.jobTimeoutMs, 'jobTimeoutMs') || this.limits.timeoutMs,
      this.limits.timeoutMs,
    );
    const timer = setTimeout(
      () =>
        job.stop(
          new BigQueryError('stopped', `Job execution was cancelled: Job timed out after ${limit / 1000}s`),
        ),
      limit,
    );
    let failure: BigQueryError | undefined;
    try {
      job.throwIfStopped();
      await prepared.execute(job);
    } catch (error) {
      const known = asBigQueryError(error);
      failure =
        known instanceof BigQueryError
          ? known
          : new BigQueryError('internalError', 'The job failed for a reason of the engine', { cause: error });
    } finally {
      clearTimeout(timer);
    }
    job.end(failure);
    if (!job.recorded) this.#recordLater(job);
    this.#trim();
  }

  /**
   * Runs the work of a job in a transaction, together with the record of the job: neither is there without the other.
   * What the work returns is added to the statistics of the query.
   */
  write(
    job: Job,
    work: (connection: DuckDBConnection, change: CatalogChange) => Promise<Json>,
  ): Promise<Json> {
    return this.catalog.change((connection, change) =>
      job.run(connection, async () => {
        const found = await work(connection, change);
        const { query } = job.statistics;
        if (query) job.statistics = { ...job.statistics, query: { ...query, ...found } };
        await this.#insert(connection, [job]);
        change.afterwards(() => {
          job.recorded = true;
        });
        return found;
      }),
    );
  }

  async #insert(connection: DuckDBConnection, jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      const record = job.record();
      await connection.run('INSERT INTO jobs VALUES ($1, $2, $3)', [
        jobKey(job.reference),
        BigInt(job.created),
        JSON.stringify(record),
      ]);
    }
  }

  #recordLater(job: Job): void {
    this.#unrecorded.push(job);
    this.#recording ??= setTimeout(() => void this.flush().catch(() => undefined), RECORD_DELAY_MS);
  }

  /** Writes the records that wait. */
  async flush(): Promise<void> {
    clearTimeout(this.#recording);
    this.#recording = undefined;
    const jobs = this.#unrecorded;
    this.#unrecorded = [];
    if (jobs.length > 0) await this.database.write((connection) => this.#insert(connection, jobs));
  }

  /** Forgets the oldest answers, and the oldest jobs. */
  #trim(): void {
    const answered = [...this.#jobs.values()].filter(({ result }) => result);
    for (const job of answered.slice(0, Math.max(0, answered.length - this.limits.maxResults)))
      this.#forget(job);
    for (const job of this.#jobs.values()) {
      if (this.#jobs.size <= MAX_JOBS) break;
      if (job.done) this.#drop(job);
    }
  }

  #drop(job: Job): void {
    this.#forget(job);
    this.#jobs.delete(jobKey(job.reference));
  }

  #forget(job: Job): void {
    job.result?.connection.closeSync();
    job.result = undefined;
  }

  async withConnection<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.database.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  }

  /** Hands rows to work on another connection, by way of a file; `source` is the SQL that reads it. */
  async spool<Result>(
    connection: DuckDBConnection,
    sql: string,
    work: (source: string) => Promise<Result>,
  ): Promise<Result> {
    const path = join(this.database.uploads, `${randomUUID()}.parquet`);
    try {
      await connection.run(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet)`);
      return await work(`read_parquet(${quoteText(path)})`);
    } finally {
      await rm(path, { force: true });
    }
  }

  async close(): Promise<void> {
    for (const job of this.#jobs.values())
      job.stop(new BigQueryError('backendError', 'The engine is closing'));
    await Promise.all([...this.#jobs.values()].map(({ finished }) => finished));
    await this.flush();
    for (const job of this.#jobs.values()) this.#forget(job);
  }
}
