import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { replayJob } from '../../kernel/jobs/job-queue.ts';
import { defineJob, enqueue, jobs } from '../../kernel/jobs/jobs.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { instant } from '../../kernel/schema.ts';

const PAGE = 100;

/** Runs the dead letters of a kind again. What dies anew meanwhile is left alone, so it comes to an end. */
export const replaying = defineJob({
  kind: 'jobs.replay-dead',
  input: z.strictObject({ kind: z.string(), before: instant }),
  retry: { attempts: 5, backoff: { base: 5, max: 300 } },
  timeoutSeconds: 500,
  concurrency: { limit: 1, lane: ({ kind }) => kind },
  handle: async ({ scope, ports, signal }, { kind, before }) => {
    let replayed = 0;
    for (;;) {
      const { items } = await scope.repo(jobs).list({
        filters: [
          { field: 'state', operator: 'eq', value: 'dead' },
          { field: 'kind', operator: 'eq', value: kind },
          { field: 'finishedAt', operator: 'lt', value: before },
        ],
        sort: [{ field: 'finishedAt', direction: 'asc' }],
        limit: PAGE,
      });
      if (items.length === 0) return { replayed };
      for (const { id } of items) {
        signal.throwIfAborted();
        await replayJob(scope, id, ports.clock.now());
        replayed += 1;
      }
    }
  },
});

export const replayDead = defineEndpoint({
  name: 'jobs.jobs.replay-dead',
  summary: 'Run all dead letters of a kind again, each from its first attempt',
  access: 'admin',
  status: 202,
  input: z.strictObject({ kind: z.string().max(120) }),
  output: z.object({ jobId: z.string() }),
  example: { kind: 'webhooks.deliver' },
  handle: async (ctx, { kind }) => {
    if (!ctx.app.registry.jobs.has(kind))
      throw new Problem('invalid', 'There are no jobs of this kind.', {
        errors: [{ path: 'kind', message: `There is no kind ${kind}.`, code: 'unknown_kind' }],
      });
    const before = timestamp(ctx.ports.clock);
    return { jobId: (await enqueue(ctx, replaying, { kind, before })).id };
  },
});
