import { setTimeout as sleep } from 'node:timers/promises';
import { defineSubscriber } from '../../kernel/define.ts';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';

/** Other changes of the tenant wait behind these, so a slow job is not waited for to its end: its lease keeps it. */
const PATIENCE_MS = 2_000;

/** Starts what is due as soon as it was made, without waiting for the next minute. */
export const startNew = defineSubscriber({
  name: 'jobs.start-new',
  on: ['jobs.jobs.created'],
  handle: async (ctx) => {
    const waited = new AbortController();
    const patience = sleep(PATIENCE_MS, undefined, { signal: waited.signal }).catch(() => {});
    await Promise.race([runDueJobs(ctx.app), patience]).finally(() => waited.abort());
  },
});
