import { z } from 'zod';
import type { JobScope, Scope } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { cancelJob } from '../../kernel/jobs/job-queue.ts';
import { defineJob, enqueue, JobAbandoned, keyedId } from '../../kernel/jobs/jobs.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import type { LoadOutcome } from '../../kernel/ports/datasets.ts';
import { datasets, type Load, loads, type Part, uploads } from './datasets.collection.ts';
import { checkLoad, refusalOf, type Verdict } from './quality/check-load.ts';
import { writeFindings } from './quality/findings.ts';
import { cursorAfter, fetchJobId, keyedBy, noteEnded, noteLoaded } from './sources/settle.ts';
import { refuseUndecided } from './undecided.ts';
import { uploadKey } from './upload.ts';

/** Progress is written down so often, in ms. */
const TELL_MS = 1_000;
export const isOver = ({ state }: Load): boolean => state !== 'queued' && state !== 'running';

/** Takes a file into its dataset. The part is named by the load, so that a repeated attempt replaces what it left. */
export const loading = defineJob({
  kind: 'datasets.load',
  input: z.strictObject({ loadId: z.string() }),
  retry: { attempts: 3, backoff: { base: 5, max: 60 } },
  timeoutSeconds: 500,
  concurrency: { limit: 1, lane: () => 'files' },
  handle: async (ctx, { loadId }, job) => {
    const repo = ctx.scope.repo(loads);
    const load = await repo.require(loadId);
    if (isOver(load)) return { state: load.state };
    await repo.patch(loadId, { state: 'running' });
    try {
      const outcome = await bringIn(ctx, load);
      const part = partOf(ctx, load, outcome);
      const verdict = await checkLoad(ctx, load, part, job.attempts >= job.maxAttempts);
      if (verdict.blockedBy.length > 0) return await refuse(ctx, load, outcome, verdict);
      await publish(ctx, load, part, verdict);
      await ctx.ports.files.delete(uploadKey(ctx.scope.tenantId, load.uploadId));
      return { ...outcome };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!ctx.signal.aborted)
        await end(ctx.scope, ctx.ports.clock.now(), loadId, { state: 'failed', error: error.message });
      throw new JobAbandoned(error.message, { cause: error });
    }
  },
  onDead: async (transaction, { loadId }, now) => {
    await end(transaction, now, loadId, { state: 'failed', error: 'The file could not be loaded.' });
  },
});

async function bringIn({ scope, ports, signal }: JobScope, load: Load): Promise<LoadOutcome> {
  const { columns } = await scope.repo(datasets).require(load.datasetId);
  const { layout, columns: found } = await scope.repo(uploads).require(load.uploadId);
  const file = await ports.files.local(uploadKey(scope.tenantId, load.uploadId));
  let told = ports.clock.now();
  const onProgress = (share: number): void => {
    if (ports.clock.now() - told < TELL_MS) return;
    told = ports.clock.now();
    // A progress that could not be told is not a reason to fail.
    scope
      .repo(loads)
      .patch(load.id, { progress: Math.min(99, Math.floor(share * 100)) })
      .catch(() => undefined);
  };
  try {
    return await ports.datasets.load(
      {
        file: file.path,
        layout,
        columns,
        header: found.map(({ source }) => source),
        tenantId: scope.tenantId,
        datasetId: load.datasetId,
        part: load.id,
      },
      { signal, onProgress },
    );
  } finally {
    await file.release();
  }
}

const partOf = ({ ports }: JobScope, { id, mends }: Load, outcome: LoadOutcome): Part => ({
  name: id,
  ...outcome,
  at: timestamp(ports.clock),
  ...(mends ? { mends: true } : {}),
});

/** The load has failed, for rules that its rows break. Its part stays aside. */
async function refuse(
  { scope, ports }: JobScope,
  load: Load,
  { rows, quarantined }: LoadOutcome,
  verdict: Verdict,
) {
  const at = timestamp(ports.clock);
  const blockedBy = verdict.blockedBy.map(({ id }) => id);
  const patch = { state: 'failed', error: refusalOf(verdict), rows, quarantined, blockedBy } as const;
  await scope.asSystem('load').transaction(async (transaction) => {
    const { state } = await transaction.repo(loads).require(load.id);
    if (state !== 'running') throw new JobAbandoned(`The load is ${state}.`);
    await writeFindings(transaction, verdict.checked, verdict.findings, { at, loadId: load.id });
    await end(transaction, ports.clock.now(), load.id, patch);
  });
  return { state: 'failed', blockedBy };
}

/** The new part counts from here on, and with it the load is done and its source stands further on: all or nothing. */
async function publish(ctx: JobScope, load: Load, part: Part, verdict: Verdict): Promise<void> {
  const { scope, ports } = ctx;
  const now = timestamp(ports.clock);
  const cursor = await cursorAfter(ctx, load, part);
  const keyed = await keyedBy(ctx, load, part);
  const old = await scope.asSystem('load').transaction(async (transaction) => {
    const repo = transaction.repo(datasets);
    const dataset = await repo.require(load.datasetId);
    const current = await transaction.repo(loads).require(load.id);
    if (isOver(current)) throw new JobAbandoned(`The load is ${current.state}.`);
    const others = withoutMended(dataset.parts, load).filter(({ name }) => name !== load.id);
    const parts = load.mode === 'replace' ? [part] : [...others, part];
    await repo.patch(load.datasetId, { parts, loadedAt: now, ...keyed });
    const { rows, quarantined } = part;
    await transaction
      .repo(loads)
      .patch(load.id, { state: 'done', progress: 100, rows, quarantined, finishedAt: now });
    const occasion = { at: now, loadId: load.id, measuredPart: load.id };
    await writeFindings(transaction, verdict.checked, verdict.findings, occasion);
    await noteLoaded(transaction, load, cursor, now);
    return load.mode === 'replace' ? others : [];
  });
  for (const { name } of old)
    await ports.datasets.remove({ tenantId: scope.tenantId, datasetId: load.datasetId, part: name });
}

/** Rows that came in corrected are no longer set aside. */
const withoutMended = (parts: readonly Part[], { mends }: Load): Part[] =>
  parts.map((part) =>
    part.name === mends?.loadId ? { ...part, quarantined: part.quarantined - mends.places.length } : part,
  );

/** A load that comes to nothing gives the rows it was to mend back to their quarantine; one that is over stays as it is. */
export const end = (
  scope: Scope,
  now: number,
  id: string,
  patch: Partial<Load> & { readonly state: 'failed' | 'cancelled' },
): Promise<Load> =>
  scope.asSystem('load').transaction(async (transaction) => {
    const repo = transaction.repo(loads);
    const current = await repo.require(id);
    if (isOver(current)) return current;
    const { mends } = current;
    const origin = mends ? await repo.require(mends.loadId) : undefined;
    if (mends && origin) {
      const mended = (origin.mended ?? []).filter((place) => !mends.places.includes(place));
      await repo.patch(origin.id, { mended });
    }
    const finishedAt = new Date(now).toISOString();
    await noteEnded(transaction, current, patch, finishedAt);
    return repo.patch(id, { ...patch, finishedAt });
  });

export const start = defineEndpoint({
  name: 'datasets.loads.start',
  summary: 'Load a file that was sent into a dataset, beside what is there or instead of it',
  access: 'editor',
  status: 202,
  input: z.strictObject({
    datasetId: z.string(),
    uploadId: z.string(),
    mode: z.enum(['append', 'replace']).default('append'),
  }),
  output: z.looseObject({ id: z.string(), state: z.string() }),
  example: { datasetId: 'dat_01JD0000000000000000000000', uploadId: 'upl_01JD0000000000000000000000' },
  handle: async (ctx, { datasetId, uploadId, mode }) => {
    const dataset = await ctx.repo(datasets).require(datasetId);
    const { fileName, columns } = await ctx.repo(uploads).require(uploadId);
    const known = new Set(columns.map(({ source }) => source));
    const missing = dataset.columns.filter(({ source }) => !known.has(source));
    if (missing.length > 0)
      throw new Problem('invalid', 'The file does not have the columns of the dataset.', {
        errors: missing.map(({ source }) => ({
          path: 'uploadId',
          message: `The file has no column ${source}.`,
          code: 'missing_column',
        })),
      });
    refuseUndecided(dataset, columns);
    return ctx.asSystem(`load started by ${ctx.caller.id}`).transaction(async (transaction) => {
      const load = await transaction.repo(loads).create({
        datasetId,
        uploadId,
        mode,
        state: 'queued',
        progress: 0,
        ...(fileName ? { fileName } : {}),
      });
      await enqueue(transaction, loading, { loadId: load.id }, { key: load.id });
      return { ...load };
    });
  },
});

export const cancel = defineEndpoint({
  name: 'datasets.loads.cancel',
  summary: 'Stop a load; nothing of it stays',
  access: 'editor',
  input: z.strictObject({ id: z.string() }),
  output: z.looseObject({ id: z.string(), state: z.string() }),
  example: { id: 'lod_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    const load = await ctx.repo(loads).require(id);
    if (load.state === 'cancelled') return { ...load };
    const now = ctx.ports.clock.now();
    const ended = await end(ctx.asSystem(`cancelled by ${ctx.caller.id}`), now, id, { state: 'cancelled' });
    if (ended.state !== 'cancelled') throw new Problem('conflict', `The load is ${ended.state} already.`);
    const system = ctx.asSystem('load cancelled');
    for (const jobId of [keyedId(ctx.tenantId, loading.name, id), fetchJobId(ctx.tenantId, id)])
      await cancelJob(system, jobId, now).catch((error: unknown) => {
        // It ended at this very moment, or there is none.
        if (!(error instanceof Problem)) throw error;
      });
    return { ...ended };
  },
});
