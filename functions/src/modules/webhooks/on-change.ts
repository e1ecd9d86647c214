import type { Change } from '../../kernel/change.ts';
import type { Scope, SystemContext } from '../../kernel/context.ts';
import { defineSubscriber } from '../../kernel/define.ts';
import { enqueue } from '../../kernel/jobs.ts';
import { deliver, deliveryKey } from './deliver.ts';
import { endpoints, type WebhookEndpoint } from './endpoints.collection.ts';
import { wants } from './matching.ts';

/** More than a tenant needs; only so many are looked at. */
const MAX_ENDPOINTS = 200;

/** Makes one delivery for each endpoint that asked for a change. A change that comes again finds its deliveries made. */
export const onChange = defineSubscriber({
  name: 'webhooks.on-change',
  on: ['*'],
  handle: async (ctx, changes) => {
    for (const [tenantId, own] of Map.groupBy(changes, (change) => change.tenantId)) {
      const scope = ctx.tenant(tenantId);
      const filters = [{ field: 'active', operator: 'eq', value: true }] as const;
      const { items } = await scope.repo(endpoints).list({ filters, limit: MAX_ENDPOINTS });
      await Promise.all(items.map((endpoint) => enqueueAll(ctx, scope, endpoint, own)));
    }
  },
});

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
