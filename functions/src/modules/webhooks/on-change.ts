import type { Change } from '../../kernel/changes/change.ts';
import type { Scope, SystemContext } from '../../kernel/context.ts';
import { defineSubscriber } from '../../kernel/define.ts';
import { inParallel } from '../../kernel/in-parallel.ts';
import { enqueue } from '../../kernel/jobs/jobs.ts';
import { deliver, deliveryKey } from './deliver.ts';
import { endpoints, type WebhookEndpoint } from './endpoints.collection.ts';
import { wants } from './matching.ts';

/** Makes one delivery for each endpoint that asked for a change. A change that comes again finds its deliveries made. */
export const onChange = defineSubscriber({
  name: 'webhooks.on-change',
  on: ['*'],
  handle: async (ctx, changes) => {
    for (const [tenantId, own] of Map.groupBy(changes, (change) => change.tenantId)) {
      const scope = ctx.tenant(tenantId);
      for await (const page of activeEndpoints(scope))
        await Promise.all(page.map((endpoint) => enqueueAll(ctx, scope, endpoint, own)));
    }
  },
});

const PAGE = 200;
/** Deliveries to one endpoint that are made at once. */
const PARALLEL = 8;

async function* activeEndpoints(scope: Scope): AsyncGenerator<readonly WebhookEndpoint[]> {
  const filters = [{ field: 'active', operator: 'eq', value: true }] as const;
  for (let after: readonly unknown[] | undefined; ; ) {
    const { items, nextCursor } = await scope.repo(endpoints).list({ filters, limit: PAGE, after });
    yield items;
    const last = items.at(-1);
    if (!nextCursor || !last) return;
    after = [last.createdAt, last.id];
  }
}

/** Those of one record in the order of its changes, which ordered endpoints rely on. */
async function enqueueAll(
  { app }: SystemContext,
  scope: Scope,
  endpoint: WebhookEndpoint,
  changes: readonly Change[],
): Promise<void> {
  const records = [...Map.groupBy(changes, ({ recordId }) => recordId).values()];
  await inParallel(records, PARALLEL, async (own) => {
    for (const change of own)
      if (await wants(app, scope, endpoint, change)) await enqueueDelivery(scope, endpoint.id, change.id);
  });
}

export const enqueueDelivery = (scope: Scope, endpointId: string, changeId: string) =>
  enqueue(scope, deliver, { endpointId, changeId }, { key: deliveryKey(endpointId, changeId) });
