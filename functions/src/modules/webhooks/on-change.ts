import type { Change } from '../../kernel/change.ts';
import type { Scope, SystemContext } from '../../kernel/context.ts';
import { defineSubscriber } from '../../kernel/define.ts';
import { enqueue } from '../../kernel/jobs.ts';
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

/** In the order of the changes, which ordered endpoints rely on. */
async function enqueueAll(
  { app }: SystemContext,
  scope: Scope,
  endpoint: WebhookEndpoint,
  changes: readonly Change[],
): Promise<void> {
  for (const change of changes)
    if (await wants(app, scope, endpoint, change)) await enqueueDelivery(scope, endpoint.id, change.id);
}

export const enqueueDelivery = (scope: Scope, endpointId: string, changeId: string) =>
  enqueue(scope, deliver, { endpointId, changeId }, { key: deliveryKey(endpointId, changeId) });
