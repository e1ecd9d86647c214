import type { SystemContext } from '../../kernel/context.ts';
import { defineSubscriber } from '../../kernel/define.ts';
import { asProblem, Problem } from '../../kernel/errors.ts';
import { type ImportJob, importFileKey, importJobs } from '../../kernel/import-job.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { StoreUnavailable } from '../../kernel/ports/documents.ts';
import { createScope } from '../../kernel/scope.ts';
import { type Lease, takeLease } from './lease.ts';
import { Slice } from './slice.ts';

/** Starts of one job that may fail for reasons of ours without any progress, before it is given up. */
const MAX_ATTEMPTS = 8;

/** Works off queued imports, in slices: each asks for the next by a change of its job. */
export const run = defineSubscriber({
  name: 'imports.run',
  on: ['imports.jobs.created', 'imports.jobs.updated'],
  handle: async (ctx, changes) => {
    // Of the updates only those matter that ask for a slice; the others tell of progress.
    const due = changes.filter(({ operation, patch }) => operation === 'create' || patch.slice !== undefined);
    const byTenant = new Map<string, Set<string>>();
    for (const { tenantId, recordId } of due)
      byTenant.set(tenantId, (byTenant.get(tenantId) ?? new Set()).add(recordId));
    await Promise.all(
      [...byTenant].map(async ([tenantId, jobIds]) => {
        for (const jobId of jobIds) await work(ctx, tenantId, jobId);
      }),
    );
  },
});

async function work(ctx: SystemContext, tenantId: string, jobId: string): Promise<void> {
  const job = await ctx.tenant(tenantId).repo(importJobs).get(jobId);
  if (!job || !isOpen(job)) return;
  const answer = await takeLease(ctx.ports, tenantId, jobId, ctx.app.ids.next('run'));
  if ('heldFor' in answer) {
    // Another job's run starts this one when it ends. The same job's run may be dead: come back and see.
    if (answer.heldFor === jobId) throw new StoreUnavailable(`${jobId} is being worked on`);
    return;
  }
  await runSlice(ctx, tenantId, job, answer.lease);
  await startNext(ctx, tenantId);
}

const isOpen = ({ state }: ImportJob): boolean => state === 'queued' || state === 'running';

async function runSlice(ctx: SystemContext, tenantId: string, job: ImportJob, lease: Lease): Promise<void> {
  const jobs = ctx.tenant(tenantId).repo(importJobs);
  const end = async (state: 'done' | 'failed', more: object = {}): Promise<void> => {
    await jobs.patch(job.id, { ...more, state, finishedAt: timestamp(ctx.ports.clock) });
  };
  let finished = true;
  try {
    const { startedAt = timestamp(ctx.ports.clock), attempts } = job;
    const started = await jobs.patch(job.id, { state: 'running', startedAt, attempts: attempts + 1 });
    const slice = new Slice(
      ctx,
      jobs,
      started,
      createScope({ app: ctx.app, tenantId, caller: job.actor, requestId: ctx.requestId }),
      lease,
    );
    const outcome = await slice.run();
    if (outcome === 'more') finished = false;
    if (outcome === 'done') await end('done', { progress: 100 });
  } catch (error) {
    const problem = asProblem(error);
    const ours = error instanceof StoreUnavailable || problem.status >= 500 || problem.code === 'conflict';
    if (ours && job.attempts < MAX_ATTEMPTS) {
      finished = false;
      throw error;
    }
    await fail(
      end,
      await jobs.require(job.id),
      ours
        ? new Problem(
            'internal',
            'The import was given up after repeated errors on our side. What it wrote until then is there.',
          )
        : problem,
    );
    if (ours) ctx.log.error({ tenantId, jobId: job.id, error: String(error) }, 'an import was given up');
  } finally {
    await lease.release();
    if (finished) await ctx.ports.files.delete(importFileKey(tenantId, job.id));
  }
}

/** A job-wide error concerns row 0. */
async function fail(
  end: (state: 'failed', more: object) => Promise<void>,
  job: ImportJob,
  problem: Problem,
): Promise<void> {
  const error = { row: 0, line: 0, field: '', message: problem.message };
  await end('failed', { errorCount: job.errorCount + 1, errors: [error, ...job.errors].slice(0, 1_000) });
}

/** Asks for the next slice of this or of another job of the tenant. */
async function startNext(ctx: SystemContext, tenantId: string): Promise<void> {
  const jobs = ctx.tenant(tenantId).repo(importJobs);
  const open = await jobs.list({
    filters: [{ field: 'state', operator: 'in', value: ['running', 'queued'] }],
    sort: [{ field: 'createdAt', direction: 'asc' }],
    limit: 1,
  });
  const [next] = open.items;
  if (next) await jobs.patch(next.id, { slice: next.slice + 1 });
}
