import { defineSchedule } from '../../kernel/define.ts';
import { type Retention, removeOld } from '../../kernel/jobs/retention.ts';
import { attempts } from './attempts.collection.ts';
import { warnings } from './health.collections.ts';
import { KEPT_DAYS } from './recover.ts';

const retentions: readonly Retention[] = [
  { collection: attempts, field: 'createdAt', days: KEPT_DAYS },
  { collection: warnings, field: 'createdAt', days: 90 },
];

export const retention = defineSchedule({
  name: 'webhooks.retention',
  cron: '47 * * * *',
  handle: async (ctx) => {
    const removed = await removeOld(ctx, retentions);
    if (removed > 0) ctx.log.info({ removed }, 'old attempts and warnings were removed');
  },
});
