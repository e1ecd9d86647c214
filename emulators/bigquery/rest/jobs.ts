import { randomUUID } from 'node:crypto';
import { BigQueryError, fieldOfType } from '@mewayz/googlesql';
import type { TimestampFormat } from '@mewayz/googlesql/duckdb';
import { asBigQueryError } from '@mewayz/googlesql/duckdb';
import { prepareCopy } from '../jobs/copy-job.ts';
import type { Job, JobReference } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { prepareQuery } from '../jobs/query-job.ts';
import { prepareLoad } from '../load/load.ts';
import type { Routes } from './datasets.ts';
import { page } from './http.ts';
import {
  flag,
  isObject,
  type Json,
  list,
  optionalInt,
  optionalObject,
  optionalString,
  string,
} from './input.ts';
import { storageFiles } from './storage.ts';
import { encodeRows, formatOf } from './table-rows.ts';

/** How long a call waits for a job that just began, so that short ones are done in the first answer. */
const GRACE_MS = 50;
const PAGE_ROWS = 10_000;
const DEFAULT_WAIT_MS = 10_000;

const within = (job: Job, ms: number): Promise<void> => {
  if (job.done || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void job.finished.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
};

export interface Upload {
  readonly files: readonly string[];
  /** Removes the files. */
  discard(): Promise<void>;
}

const NO_UPLOAD: Upload = { files: [], discard: async () => {} };

/** jobs.insert. @throws BigQueryError for what can be known to fail before it runs */
export async function insertJob(
  jobs: Jobs,
  projectId: string,
  body: Json,
  upload = NO_UPLOAD,
): Promise<Json> {
  const configuration = optionalObject(body.configuration, 'configuration') ?? {};
  const given = optionalObject(body.jobReference, 'jobReference') ?? {};
  const reference: JobReference = {
    projectId,
    jobId: optionalString(given.jobId, 'jobId') ?? `job_${randomUUID()}`,
    location: optionalString(given.location, 'location') ?? 'US',
  };
  if (!/^[\w-]{1,1024}$/.test(reference.jobId))
    throw new BigQueryError('invalid', `Invalid job ID "${reference.jobId}"`);
  const dryRun = flag(configuration.dryRun, 'dryRun');
  if (!dryRun && jobs.find(projectId, reference.jobId))
    throw new BigQueryError(
      'duplicate',
      `Already Exists: Job ${projectId}:${reference.location}.${reference.jobId}`,
    );
  const prepared = await prepare(jobs, projectId, configuration, upload);
  if (dryRun) {
    if (!prepared.dryRun) throw new BigQueryError('invalid', 'Dry run is supported for query jobs only');
    return {
      kind: 'bigquery#job',
      jobReference: { projectId, location: reference.location },
      configuration,
      status: { state: 'DONE' },
      statistics: { creationTime: String(Date.now()), ...prepared.dryRun },
    };
  }
  const job = jobs.start(reference, configuration, prepared);
  void job.finished.then(upload.discard);
  await within(job, GRACE_MS);
  return job.resource();
}

async function prepare(jobs: Jobs, projectId: string, configuration: Json, upload: Upload) {
  if (isObject(configuration.query)) return prepareQuery(jobs, configuration.query, projectId);
  if (isObject(configuration.copy)) return prepareCopy(jobs, configuration.copy);
  if (isObject(configuration.load)) {
    const uris = list(configuration.load.sourceUris, 'sourceUris').map((uri) => string(uri, 'sourceUris'));
    const { files } = uris.length > 0 ? await storageFiles(jobs, uris) : upload;
    if (files.length === 0) throw new BigQueryError('invalid', 'No source URIs and no upload');
    return prepareLoad(jobs, configuration.load, files);
  }
  if (configuration.extract)
    throw new BigQueryError(
      'invalid',
      'Extract jobs are not supported: there is no Cloud Storage to write to',
    );
  throw new BigQueryError('required', 'Required parameter is missing: configuration');
}

/** What getQueryResults and jobs.query answer once the job is done. */
async function results(
  job: Job,
  options: { start: number; max: number; format: TimestampFormat },
): Promise<Json> {
  const { reference } = job;
  const base = { jobReference: reference, jobComplete: job.done, cacheHit: false };
  if (!job.done) return base;
  job.throwIfFailed();
  const query = optionalObject(job.statistics.query, 'query') ?? {};
  const statistics = {
    totalBytesProcessed: job.statistics.totalBytesProcessed ?? '0',
    ...(query.numDmlAffectedRows !== undefined && { numDmlAffectedRows: query.numDmlAffectedRows }),
    ...(query.dmlStats !== undefined && { dmlStats: query.dmlStats }),
  };
  const { result } = job;
  if (!result) {
    if (query.statementType === 'SELECT')
      throw new BigQueryError('notFound', `Not found: the rows of job ${reference.jobId} are no longer kept`);
    return { ...base, ...statistics, totalRows: '0', schema: { fields: [] } };
  }
  const fields = result.columns.map(({ name, type }) => fieldOfType(name, type));
  const end = options.start + options.max;
  const found = await result.connection.runAndReadAll(
    `SELECT * FROM result WHERE rowid >= ${options.start} AND rowid < ${end} ORDER BY rowid`,
  );
  const rows = encodeRows(found.getRows(), fields, options.format);
  const next = options.start + rows.length;
  return {
    ...base,
    ...statistics,
    schema: { fields },
    totalRows: String(result.totalRows),
    rows,
    ...(options.max > 0 && next < result.totalRows && { pageToken: String(next) }),
  };
}

const pageSize = (value: number | undefined): number => Math.min(value ?? PAGE_ROWS, PAGE_ROWS);

/** jobs.query: runs the query and answers its first rows. A repeated requestId finds the job that it began. */
async function query(jobs: Jobs, projectId: string, body: Json): Promise<Json> {
  const requestId = optionalString(body.requestId, 'requestId');
  const jobId = `job_${requestId?.replace(/[^\w-]/g, '_') ?? randomUUID()}`;
  const options = optionalObject(body.formatOptions, 'formatOptions') ?? {};
  const output = optionalString(options.timestampOutputFormat, 'timestampOutputFormat');
  const format: TimestampFormat =
    output === 'INT64' || output === 'ISO8601_STRING'
      ? output
      : flag(options.useInt64Timestamp, 'useInt64Timestamp')
        ? 'INT64'
        : 'FLOAT64';
  const config = { ...body, useLegacySql: body.useLegacySql ?? false };
  if (flag(body.dryRun, 'dryRun')) {
    const { dryRun } = await prepareQuery(jobs, config, projectId);
    return {
      kind: 'bigquery#queryResponse',
      jobComplete: true,
      totalBytesProcessed: dryRun?.totalBytesProcessed,
      schema: optionalObject(dryRun?.query, 'query')?.schema,
    };
  }
  const job =
    jobs.find(projectId, jobId) ??
    (await begin(
      jobs,
      { projectId, jobId, location: optionalString(body.location, 'location') ?? 'US' },
      config,
    ));
  await within(job, optionalInt(body.timeoutMs, 'timeoutMs') ?? DEFAULT_WAIT_MS);
  const answer = await results(job, {
    start: 0,
    max: pageSize(optionalInt(body.maxResults, 'maxResults')),
    format,
  });
  return { kind: 'bigquery#queryResponse', queryId: jobId, ...answer };
}

async function begin(jobs: Jobs, reference: JobReference, config: Json): Promise<Job> {
  const prepared = await prepareQuery(jobs, config, reference.projectId);
  const known = jobs.find(reference.projectId, reference.jobId);
  if (known) return known;
  const { query: text, labels, defaultDataset, queryParameters, parameterMode } = config;
  const configuration = {
    query: { query: text, useLegacySql: false, defaultDataset, queryParameters, parameterMode },
    ...(labels !== undefined && { labels }),
  };
  return jobs.start(reference, configuration, prepared);
}

export function jobRoutes(jobs: Jobs): Routes {
  const find = ({ project = '', job = '' }: Readonly<Record<string, string>>) => jobs.get(project, job);
  const guarded = async (work: () => Promise<Json>): Promise<{ body: Json }> => {
    try {
      return { body: await work() };
    } catch (error) {
      throw asBigQueryError(error);
    }
  };
  return {
    'POST /projects/:project/jobs': (call) =>
      guarded(async () => insertJob(jobs, call.parts.project ?? '', await call.body())),
    'POST /projects/:project/queries': (call) =>
      guarded(async () => query(jobs, call.parts.project ?? '', await call.body())),
    'GET /projects/:project/queries/:job': (call) =>
      guarded(async () => {
        const job = find(call.parts);
        const number = (name: string) => optionalInt(call.query.get(name) ?? undefined, name);
        await within(job, number('timeoutMs') ?? DEFAULT_WAIT_MS);
        const start = number('pageToken') ?? number('startIndex') ?? 0;
        const answer = await results(job, {
          start,
          max: pageSize(number('maxResults')),
          format: formatOf(call.query),
        });
        return { kind: 'bigquery#getQueryResultsResponse', ...answer };
      }),
    'GET /projects/:project/jobs': async ({ parts, query: search }) => {
      const states = search.getAll('stateFilter').map((state) => state.toUpperCase());
      const all = jobs
        .list(parts.project ?? '')
        .filter(({ state }) => states.length === 0 || states.includes(state));
      const { items, next } = page(all, search);
      return {
        body: {
          kind: 'bigquery#jobList',
          jobs: items.map((job) => ({ ...job.resource(), state: job.state })),
          nextPageToken: next,
        },
      };
    },
    'GET /projects/:project/jobs/:job': async ({ parts }) => ({ body: find(parts).resource() }),
    'POST /projects/:project/jobs/:job/cancel': async ({ parts }) => {
      const job = find(parts);
      job.stop(new BigQueryError('stopped', 'Job execution was cancelled: User requested cancellation'));
      await within(job, GRACE_MS);
      return { body: { kind: 'bigquery#jobCancelResponse', job: job.resource() } };
    },
    'DELETE /projects/:project/jobs/:job/delete': async ({ parts }) => {
      await jobs.remove(parts.project ?? '', parts.job ?? '');
      return { status: 204 };
    },
  };
}
