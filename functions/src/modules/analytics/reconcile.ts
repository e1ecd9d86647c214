import type { Change } from '../../kernel/changes/change.ts';
import type { SystemContext } from '../../kernel/context.ts';
import { defineSchedule } from '../../kernel/define.ts';
import { tenantNodes } from '../../kernel/tenants/tenancy.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { changesOf, replay } from './replay.ts';

/** A change may be on its way for this long. */
const SETTLED_MS = 10 * 60_000;

/**
 * Compares the warehouse with the change log at both ends of each tenant's log, and replays a log of which something
 * is missing: a lost or restored warehouse folder mends itself.
 */
export const reconcile = defineSchedule({
  name: 'analytics.reconcile',
  cron: '7,37 * * * *',
  handle: async (ctx) => {
    const nodes = ctx.platform.repo(tenantNodes);
    for (let after: readonly unknown[] | undefined; ; ) {
      const page = await nodes.list({ limit: 200, after });
      for (const { id } of page.items) await reconcileTenant(ctx, id);
      const last = page.items.at(-1);
      if (!page.nextCursor || !last) return;
      after = [last.createdAt, last.id];
    }
  },
});

async function reconcileTenant(ctx: SystemContext, tenantId: string): Promise<void> {
  const stored = new Set(warehouseTables(ctx.app.registry).map(({ collection }) => collection));
  const before = new Date(ctx.ports.clock.now() - SETTLED_MS).toISOString();
  const ends = [...(await changesOf(ctx, tenantId, 'asc')), ...(await changesOf(ctx, tenantId, 'desc'))];
  const settled = ends.filter(({ at, collection }) => at < before && stored.has(collection));
  if (settled.length === 0 || (await holdsAll(ctx, tenantId, settled))) return;
  ctx.log.warn({ tenantId }, 'the warehouse lacks changes of the log; replaying it');
  for (let after: string | undefined; ; ) {
    const { next } = await replay(ctx, tenantId, after, 20);
    if (!next) return;
    after = next;
  }
}

async function holdsAll(ctx: SystemContext, tenantId: string, changes: readonly Change[]): Promise<boolean> {
  const ids = [...new Set(changes.map(({ id }) => id))];
  const places = ids.map((_, index) => `$${index + 2}`).join(', ');
  // A warehouse that never saw a change may have no table yet; applying none makes it.
  await ctx.ports.warehouse.apply([], warehouseTables(ctx.app.registry), async () => undefined);
  const { rows } = await ctx.ports.warehouse.query(
    `SELECT COUNT(*) AS held FROM changes WHERE tenant_id = $1 AND id IN (${places})`,
    [tenantId, ...ids],
  );
  return Number(rows[0]?.held ?? 0) === ids.length;
}
