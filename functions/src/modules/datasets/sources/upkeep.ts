import type { Scope, SystemContext } from '../../../kernel/context.ts';
import { defineSchedule } from '../../../kernel/define.ts';
import { removeOld, tenantIds } from '../../../kernel/jobs/retention.ts';
import { sourceEvents } from './events.collection.ts';
import { loadSoon, streaming } from './on-event.ts';
import { nextTime } from './schedule.ts';
import { sources } from './sources.collection.ts';
import { isWaiting } from './webhook.ts';

/** Days in which an event that is announced again is still known. */
const KEPT_DAYS = 30;
/** A run that has not begun so long after its time never will. */
const LATE_MS = 15 * 60_000;
/** A scheduled function may run nine minutes. What is left is for the next time. */
const MAX_MS = 300_000;

/** Takes up what stands still: schedules of sources that were restored, and events whose job was lost. */
export const upkeep = defineSchedule({
  name: 'datasets.source-upkeep',
  cron: '41 * * * *',
  handle: async (ctx) => {
    const until = performance.now() + MAX_MS;
    for await (const tenantId of tenantIds(ctx)) {
      if (performance.now() > until) break;
      // One tenant's trouble is not the others'.
      await takeUp(ctx, ctx.tenant(tenantId)).catch((error: unknown) =>
        ctx.log.error({ err: error, tenantId }, 'the sources of a tenant could not be looked after'),
      );
    }
    await removeOld(ctx, [{ collection: sourceEvents, field: 'createdAt', days: KEPT_DAYS }]);
  },
});

async function takeUp({ ports }: SystemContext, scope: Scope): Promise<void> {
  const now = ports.clock.now();
  const late = new Date(now - LATE_MS).toISOString();
  const filters = [{ field: 'nextRunAt', operator: 'lt', value: late }] as const;
  for (const { id, schedule } of (await scope.repo(sources).list({ filters, limit: 200 })).items)
    if (schedule)
      await scope.repo(sources).patch(id, { nextRunAt: new Date(nextTime(schedule, now)).toISOString() });
  for (const { id, active } of await streaming(scope))
    if (active && (await isWaiting(scope, id))) await loadSoon(scope, id, now);
}
