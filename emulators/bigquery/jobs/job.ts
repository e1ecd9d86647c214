import type { DuckDBConnection } from '@duckdb/node-api';
import { BigQueryError, type ErrorProto, type OutputColumn } from '@mewayz/googlesql';
import type { Json } from '../rest/input.ts';

export interface JobReference {
  readonly projectId: string;
  readonly jobId: string;
  readonly location: string;
}

/** Rows of a finished query, in a temporary table `result` of a connection of its own. */
export interface JobResult {
  readonly connection: DuckDBConnection;
  readonly columns: readonly OutputColumn[];
  readonly totalRows: number;
}

/** A job as it is kept once it is done. */
export interface JobRecord {
  readonly reference: JobReference;
  readonly configuration: Json;
  readonly created: number;
  readonly started: number;
  readonly ended: number;
  readonly statistics: Json;
  readonly errors: readonly ErrorProto[];
  /** The first error is why the job failed, and not one it went on after. */
  readonly failed: boolean;
}

export const jobKey = ({ projectId, jobId }: Pick<JobReference, 'projectId' | 'jobId'>): string =>
  `${projectId}:${jobId}`;

/** One job while it runs and after. */
export class Job {
  readonly reference: JobReference;
  readonly configuration: Json;
  readonly created: number;
  readonly finished: Promise<void>;
  started = 0;
  ended = 0;
  statistics: Json = {};
  errors: readonly ErrorProto[] = [];
  failed = false;
  /** Whether the record of the job is on disk, or will be with what the job wrote. */
  recorded = false;
  result: JobResult | undefined;
  #finish: () => void = () => {};
  #running: DuckDBConnection | undefined;
  #stopping: BigQueryError | undefined;

  constructor(reference: JobReference, configuration: Json) {
    this.reference = reference;
    this.configuration = configuration;
    this.created = Date.now();
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  static restore(record: JobRecord): Job {
    const job = new Job(record.reference, record.configuration);
    Object.assign(job, {
      created: record.created,
      started: record.started,
      statistics: record.statistics,
      errors: record.errors,
      failed: record.failed,
    });
    job.ended = record.ended;
    job.#finish();
    return job;
  }

  get done(): boolean {
    return this.ended > 0;
  }

  get state(): 'PENDING' | 'RUNNING' | 'DONE' {
    return this.done ? 'DONE' : this.started > 0 ? 'RUNNING' : 'PENDING';
  }

  /** What is kept of the job when it ends now. */
  record(): JobRecord {
    const { reference, configuration, created, started, statistics, errors, failed } = this;
    return {
      reference,
      configuration,
      created,
      started,
      ended: this.ended || Date.now(),
      statistics,
      errors,
      failed,
    };
  }

  /** Runs work on a connection that `stop` can interrupt. */
  async run<Result>(connection: DuckDBConnection, work: () => Promise<Result>): Promise<Result> {
    this.throwIfStopped();
    this.#running = connection;
    try {
      return await work();
    } catch (error) {
      throw this.#stopping ?? error;
    } finally {
      this.#running = undefined;
    }
  }

  throwIfStopped(): void {
    if (this.#stopping) throw this.#stopping;
  }

  /** Ends the job with the error, now or as soon as it runs. */
  stop(reason: BigQueryError): void {
    if (this.done || this.#stopping) return;
    this.#stopping = reason;
    // An interrupt that comes before the statement runs is lost, so it is repeated.
    const again = setInterval(() => this.#running?.interrupt(), 20);
    this.#running?.interrupt();
    void this.finished.then(() => clearInterval(again));
  }

  end(error?: BigQueryError): void {
    if (this.done) return;
    this.ended = Date.now();
    if (error) {
      this.errors = [error.proto, ...this.errors];
      this.failed = true;
    }
    this.#finish();
  }

  /** @throws BigQueryError when the job failed */
  throwIfFailed(): void {
    const [first] = this.errors;
    if (this.failed && first)
      throw new BigQueryError(first.reason, first.message, {
        ...(first.location && { location: first.location }),
      });
  }

  resource(): Json {
    const { reference, created, started, ended } = this;
    const [first] = this.errors;
    const kind = ['query', 'load', 'copy', 'extract'].find((type) => type in this.configuration) ?? 'query';
    return {
      kind: 'bigquery#job',
      etag: `"${this.state}${ended}"`,
      id: `${reference.projectId}:${reference.location}.${reference.jobId}`,
      selfLink: '',
      user_email: 'local@localhost',
      jobReference: reference,
      configuration: { jobType: kind.toUpperCase(), ...this.configuration },
      status: {
        state: this.state,
        ...(this.failed && { errorResult: first }),
        ...(this.errors.length > 0 && this.done && { errors: this.errors }),
      },
      statistics: {
        creationTime: String(created),
        ...(started > 0 && { startTime: String(started) }),
        ...(this.done && { endTime: String(ended) }),
        ...this.statistics,
      },
    };
  }
}
