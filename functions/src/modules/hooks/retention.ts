import type { SystemContext } from '../../kernel/context.ts';
import { type Collection, defineSchedule } from '../../kernel/define.ts';
import type { WhereOperator } from '../../kernel/ports/documents.ts';
import { tenantNodes } from '../../kernel/tenancy.ts';
import { deliveries } from './deliveries.collection.ts';
import { events } from './events.collection.ts';

/** Days that deliveries are kept; then a sender's repeat is no longer recognised, which none does after so long. */
export const KEEP_DAYS = 30;
export const KEEP_REJECTED_DAYS = 7;
const PAGE = 200;

/** Removes old deliveries and events for good: they are copies of what others hold, and hold personal data. */
export const retention = defineSchedule({
  name: 'hooks.retention',
  cron: '17 3 * * *',
  handle: async (ctx) => {
    for await (const tenantId of tenantIds(ctx)) {
      await purge(ctx, tenantId, deliveries, KEEP_REJECTED_DAYS, [['state', '==', 'rejected']]);
      await purge(ctx, tenantId, deliveries, KEEP_DAYS);
      await purge(ctx, tenantId, events, KEEP_DAYS);
    }
  },
});

async function* tenantIds({ platform }: SystemContext): AsyncGenerator<string> {
  let after: readonly unknown[] | undefined;
  do {
    const { items } = await platform
      .repo(tenantNodes)
      .list({ sort: [{ field: 'createdAt', direction: 'asc' }], limit: PAGE, after });
    for (const { id } of items) yield id;
    const last = items.length === PAGE ? items.at(-1) : undefined;
    after = last && [last.createdAt, last.id];
  } while (after);
}

async function purge(
  { ports }: SystemContext,
  tenantId: string,
  { key }: Collection,
  days: number,
  where: readonly (readonly [string, WhereOperator, unknown])[] = [],
): Promise<void> {
  const oldest = new Date(ports.clock.now() - days * 86_400_000).toISOString();
  for (;;) {
    const old = await ports.documents.query({
      collection: `tenants/${tenantId}/${key}`,
      where: [...where, ['createdAt', '<', oldest]],
      orderBy: [['createdAt', 'asc']],
      limit: PAGE,
    });
    await ports.documents.commit(old.map(({ path }) => ({ kind: 'delete', path })));
    if (old.length < PAGE) return;
  }
}
