import { defineSchedule } from '../../kernel/define.ts';
import { jobs } from '../../kernel/jobs/jobs.ts';
import { type Retention, removeOld } from '../../kernel/jobs/retention.ts';

/** Days for which finished jobs are kept: dead letters longer, since somebody may still want to replay them. */
const KEPT_DAYS = { done: 30, cancelled: 30, dead: 90 } as const;

const retentions = Object.entries(KEPT_DAYS).map(
  ([state, days]): Retention => ({
    collection: jobs,
    field: 'finishedAt',
    days,
    where: [['state', '==', state]],
  }),
);

export const retention = defineSchedule({
  name: 'jobs.retention',
  cron: '17 * * * *',
  handle: async (ctx) => {
    const removed = await removeOld(ctx, retentions);
    if (removed > 0) ctx.log.info({ removed }, 'old jobs were removed');
  },
});
