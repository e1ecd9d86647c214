import { defineSchedule } from '../../kernel/define.ts';
import { type Retention, removeOld } from '../../kernel/jobs/retention.ts';
import { deliveries } from './deliveries.collection.ts';
import { events } from './events.collection.ts';

/** Days that deliveries are kept; then a sender's repeat is no longer recognised, which none makes after so long. */
const KEPT_DAYS = 30;
const KEPT_REJECTED_DAYS = 7;

/** Deliveries and their events are copies of what others hold, and hold personal data. */
const retentions: readonly Retention[] = [
  {
    collection: deliveries,
    field: 'createdAt',
    days: KEPT_REJECTED_DAYS,
    where: [['state', '==', 'rejected']],
  },
  { collection: deliveries, field: 'createdAt', days: KEPT_DAYS },
  { collection: events, field: 'createdAt', days: KEPT_DAYS },
];

export const retention = defineSchedule({
  name: 'hooks.retention',
  cron: '17 * * * *',
  handle: async (ctx) => {
    const removed = await removeOld(ctx, retentions);
    if (removed > 0) ctx.log.info({ removed }, 'old deliveries were removed');
  },
});
