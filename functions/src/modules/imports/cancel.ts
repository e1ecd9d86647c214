import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { importFileKey, importJobs } from '../../kernel/import-job.ts';
import { timestamp } from '../../kernel/ports/clock.ts';

/** Stops an import. What it wrote until then stays, and its job says what that is. */
export const cancel = defineEndpoint({
  name: 'imports.jobs.cancel',
  summary: 'Stop an import; records it has written stay',
  access: 'viewer',
  input: z.strictObject({ id: z.string() }),
  output: z.looseObject({ id: z.string(), state: z.string() }),
  example: { id: 'imp_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    // Who may read a job may stop it: its sender, and administrators.
    const job = await ctx.repo(importJobs).require(id);
    if (job.state === 'cancelled') return { ...job };
    if (job.state === 'done' || job.state === 'failed')
      throw new Problem('conflict', `The import is ${job.state} already.`);
    const jobs = ctx.asSystem('import cancelled').repo(importJobs);
    await jobs
      .patch(id, { state: 'cancelled', finishedAt: timestamp(ctx.ports.clock) }, { ifVersion: job.version })
      .catch(async (error: unknown) => {
        // A running job changes every second; only an ended one is in the way.
        const { state } = await jobs.require(id);
        if (state === 'done' || state === 'failed' || !(error instanceof Problem && error.code === 'stale'))
          throw error;
        await jobs.patch(id, { state: 'cancelled', finishedAt: timestamp(ctx.ports.clock) });
      });
    if (job.state === 'queued') await ctx.ports.files.delete(importFileKey(ctx.tenantId, id));
    return { ...(await ctx.repo(importJobs).require(id)) };
  },
});
