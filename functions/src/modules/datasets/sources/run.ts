import { Readable } from 'node:stream';
import { z } from 'zod';
import type { App, JobScope, Ports, Scope, TransactionScope } from '../../../kernel/context.ts';
import { defineEndpoint } from '../../../kernel/define.ts';
import { Problem } from '../../../kernel/errors.ts';
import { defineJob, enqueue, JobAbandoned, JobRetry, jobs, keyedId } from '../../../kernel/jobs/jobs.ts';
import { type Dataset, datasets, type Load, loads, MAX_PARTS, uploads } from '../datasets.collection.ts';
import { end, isOver, loading } from '../load.ts';
import { lookAt, uploadKey } from '../upload.ts';
import { type Fetched, type FetchedFile, type Fetching, SourceFailed, SourceRefused } from './kind.ts';
import { fetchFrom } from './kinds.ts';
import { recordLines } from './records.ts';
import { nextTime } from './schedule.ts';
import { openSecrets } from './secrets.ts';
import { FETCHING, fetchJobId, finishWithout } from './settle.ts';
import { sinceOf } from './since.ts';
import { DUE, type Source, sources } from './sources.collection.ts';

const MAX_BYTES = 16 * 2 ** 30;

/** Begins the runs of a schedule, and sets the next: each time once, and none while one is on its way. */
export const due = defineJob({
  kind: DUE,
  input: z.strictObject({ sourceId: z.string(), at: z.iso.datetime() }),
  retry: { attempts: 5, backoff: { base: 5, max: 60 } },
  handle: ({ app, scope, ports }, { sourceId, at }) =>
    scope.transaction(async (transaction) => {
      const repo = transaction.repo(sources);
      const source = await repo.get(sourceId);
      // Another schedule has taken its place, or it was paused.
      if (!source?.schedule || !source.active || source.nextRunAt !== at) return;
      const after = Math.max(ports.clock.now(), Date.parse(at));
      await repo.patch(sourceId, { nextRunAt: new Date(nextTime(source.schedule, after)).toISOString() });
      if (source.datasetId !== undefined) await begin(app, transaction, sourceId);
    }),
});

/** Begins a run of a source, or gives back the one that is on its way. */
export async function begin(
  { ids, ports }: App,
  transaction: TransactionScope,
  sourceId: string,
): Promise<{ readonly load: Load; readonly begun: boolean }> {
  const source = await transaction.repo(sources).require(sourceId);
  const { datasetId, mode, name, cursor } = source;
  const repo = transaction.repo(loads);
  const present = source.loadId === undefined ? undefined : await repo.get(source.loadId);
  if (present && !isOver(present)) {
    if (await isOnItsWay(transaction, present)) return { load: present, begun: false };
    const lost = { state: 'failed', error: 'The server was lost while it ran.' } as const;
    await end(transaction, ports.clock.now(), present.id, lost);
  }
  if (datasetId === undefined)
    throw new Problem('conflict', 'Choose the dataset first that its rows go into.');
  const load = await repo.create({
    datasetId,
    uploadId: ids.next('upl'),
    sourceId,
    fileName: name,
    mode,
    state: 'queued',
    progress: 0,
    ...(cursor ? { cursorBefore: cursor } : {}),
  });
  await transaction.repo(sources).patch(sourceId, { loadId: load.id });
  await enqueue(transaction, fetching, { loadId: load.id, sourceId }, { key: load.id });
  return { load, begun: true };
}

/** Whether a job still works on a run. */
async function isOnItsWay(transaction: TransactionScope, { id }: Load): Promise<boolean> {
  const { tenantId } = transaction;
  for (const jobId of [fetchJobId(tenantId, id), keyedId(tenantId, loading.name, id)]) {
    const state = (await transaction.repo(jobs).get(jobId))?.state;
    if (state === 'scheduled' || state === 'running') return true;
  }
  return false;
}

/** Fetches what a run loads; from there it is loaded like a file that somebody sent. */
export const fetching = defineJob({
  kind: FETCHING,
  input: z.strictObject({ loadId: z.string(), sourceId: z.string() }),
  retry: { attempts: 3, backoff: { base: 5, max: 60 } },
  timeoutSeconds: 500,
  concurrency: { limit: 1, lane: ({ sourceId }) => sourceId },
  handle: async (ctx, { loadId }, job) => {
    const load = await ctx.scope.repo(loads).require(loadId);
    const fetched = await ctx.scope.repo(uploads).get(load.uploadId);
    if (isOver(load) || fetched) return { state: load.state };
    try {
      await ctx.scope.repo(loads).patch(loadId, { state: 'running' });
      return await bring(ctx, load);
    } catch (error) {
      await ctx.ports.files.delete(uploadKey(ctx.scope.tenantId, load.uploadId));
      const hopeless = isHopeless(error);
      // The last attempt's reason is told here; one that was lost before has gone to another worker.
      if ((job.attempts >= job.maxAttempts || hopeless) && !ctx.signal.aborted) {
        const shown = hopeless || error instanceof SourceFailed;
        await fail(ctx.scope, ctx.ports.clock.now(), loadId, shown ? (error as Error).message : undefined);
      }
      if (hopeless) throw new JobAbandoned((error as Error).message, { cause: error });
      throw error instanceof SourceFailed ? new JobRetry(error.seconds, error.message) : error;
    }
  },
  onDead: async (transaction, { loadId }, now) => {
    await fail(transaction, now, loadId);
  },
});

const fail = (scope: Scope, now: number, loadId: string, reason = 'The source could not be read.') =>
  end(scope, now, loadId, { state: 'failed', error: reason.slice(0, 2_000) });

const isHopeless = (error: unknown): boolean => error instanceof SourceRefused || error instanceof Problem;

async function bring(ctx: JobScope, load: Load): Promise<{ readonly bytes: number }> {
  const { app, ports, scope, signal } = ctx;
  const source = await requireSource(scope, load);
  const dataset = await scope.repo(datasets).get(load.datasetId);
  if (!dataset) throw new SourceRefused('Its dataset does not exist any more.');
  if (dataset.parts.length >= MAX_PARTS && load.mode !== 'replace')
    throw new SourceRefused(
      `The dataset is made of ${MAX_PARTS} loads, most of which have rows set aside. Correct them, or load it anew as a whole.`,
    );
  const since = sinceOf(source);
  const fetching: Fetching = {
    app,
    ports,
    scope,
    sourceId: source.id,
    secrets: await openSecrets(ports.secrets, source),
    ...(since ? { since } : {}),
    preview: false,
    maxBytes: MAX_BYTES,
  };
  const fetched = await fetchFrom(fetching, source.config, source.cursor ?? {}, signal);
  if ('unchanged' in fetched) {
    await finishWithout(ctx, load);
    return { bytes: 0 };
  }
  return keep(ctx, load, dataset, fetched, fetching);
}

async function requireSource(scope: Scope, { sourceId = '' }: Load): Promise<Source> {
  const source = await scope.repo(sources).get(sourceId);
  if (!source) throw new SourceRefused('The source does not exist any more.');
  return source;
}

/** Stores what comes, learns how it is written, and hands it on. */
async function keep(
  ctx: JobScope,
  load: Load,
  dataset: Dataset,
  fetched: Exclude<Fetched, { unchanged: true }>,
  { since }: Fetching,
): Promise<{ readonly bytes: number }> {
  const { ports, scope } = ctx;
  const key = uploadKey(scope.tenantId, load.uploadId);
  const lines = 'records' in fetched ? recordLines(fetched.records, since) : undefined;
  const content = 'content' in fetched ? fetched.content : Readable.from(lines?.text ?? []);
  const { bytes } = await ports.files.write(key, content, { maxBytes: MAX_BYTES });
  const { greatest } = load.cursorBefore ?? {};
  const cursorAfter = { ...fetched.next(), ...(greatest === undefined ? {} : { greatest }) };
  if (lines?.count() === 0) {
    await ports.files.delete(key);
    await finishWithout(ctx, load, cursorAfter);
    return { bytes };
  }
  const upload =
    'content' in fetched
      ? await looked(ports, key, dataset, fetched)
      : // Ours, so there is nothing to find out.
        { layout: { format: 'ndjson' }, rows: lines?.count() ?? 0, warnings: [], columns: asRead(dataset) };
  await scope.transaction(async (transaction) => {
    const current = await transaction.repo(loads).require(load.id);
    if (isOver(current)) throw new JobAbandoned(`The run is ${current.state}.`);
    await transaction
      .repo(uploads)
      .create({ ...upload, bytes, fileName: load.fileName }, { id: load.uploadId });
    await transaction.repo(loads).patch(load.id, { cursorAfter });
    await enqueue(transaction, loading, { loadId: load.id }, { key: load.id });
  });
  return { bytes };
}

const asRead = ({ columns }: Dataset) => columns.map((column) => ({ ...column, samples: [], empty: 0 }));

/** How a file is written, and that it has the columns of the dataset. */
async function looked(ports: Ports, key: string, dataset: Dataset, { format, choice }: FetchedFile) {
  const { entries: _entries, sheets: _sheets, ...found } = await lookAt(ports, key, format, choice ?? {});
  const known = new Set(found.columns.map(({ source }) => source));
  const missing = dataset.columns.find(({ source }) => !known.has(source));
  // Members that are empty are often left out of JSON.
  const sparse = found.layout.format === 'ndjson' || found.layout.format === 'json';
  if (missing && !sparse) throw new SourceRefused(`What came has no column ${missing.source}.`);
  return found;
}

export const run = defineEndpoint({
  name: 'datasets.sources.run',
  summary: 'Read a source now; answers the run, or the one that is on its way',
  access: 'editor',
  status: 202,
  input: z.strictObject({ id: z.string() }),
  output: z.looseObject({ id: z.string(), state: z.string() }),
  example: { id: 'src_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    await ctx.repo(sources).require(id);
    const system = ctx.asSystem(`source run by ${ctx.caller.id}`);
    const { load } = await system.transaction((transaction) => begin(ctx.app, transaction, id));
    return { ...load };
  },
});
