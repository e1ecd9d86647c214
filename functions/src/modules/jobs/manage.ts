import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { cancelJob, replayJob } from '../../kernel/jobs/job-queue.ts';
import { jobs } from '../../kernel/jobs/jobs.ts';

const answer = z.looseObject({ id: z.string(), kind: z.string(), state: z.string(), dueAt: z.string() });
const example = { id: 'job_01JD0000000000000000000000' };

export const cancel = defineEndpoint({
  name: 'jobs.jobs.cancel',
  summary: 'End a job that is not over; an attempt under way is told to stop and cannot finish',
  access: 'admin',
  input: z.strictObject({ id: z.string() }),
  output: answer,
  example,
  handle: async (ctx, { id }) => {
    await ctx.repo(jobs).require(id);
    return {
      ...(await cancelJob(ctx.asSystem(`cancelled by ${ctx.caller.id}`), id, ctx.ports.clock.now())),
    };
  },
});

export const replay = defineEndpoint({
  name: 'jobs.jobs.replay',
  summary: 'Run a job again from its first attempt, now, whether it is dead, cancelled, done or waiting',
  access: 'admin',
  input: z.strictObject({ id: z.string() }),
  output: answer,
  example,
  handle: async (ctx, { id }) => {
    await ctx.repo(jobs).require(id);
    return {
      ...(await replayJob(ctx.asSystem(`replayed by ${ctx.caller.id}`), id, ctx.ports.clock.now())),
    };
  },
});
