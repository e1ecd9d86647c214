import { defineModule, defineSchedule } from '../../kernel/define.ts';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import { jobs as collection } from '../../kernel/jobs/jobs.ts';
import { counts } from './counts.ts';
import { cancel, replay } from './manage.ts';
import { replayDead, replaying } from './replay-dead.ts';
import { retention } from './retention.ts';
import { startNew } from './start-new.ts';

/** Each minute in the cloud; on one server the host calls it four times a second. */
const run = defineSchedule({
  name: 'jobs.run',
  cron: '* * * * *',
  handle: (ctx) => runDueJobs(ctx.app),
});

/** Work for later: `defineJob` and `enqueue` of the kernel make it, this module runs and shows it. */
export const jobs = defineModule({
  name: 'jobs',
  collections: [collection],
  endpoints: [cancel, replay, replayDead, counts],
  subscribers: [startNew],
  schedules: [run, retention],
  jobs: [replaying],
});
