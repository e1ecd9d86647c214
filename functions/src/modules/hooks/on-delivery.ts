import { createHash } from 'node:crypto';
import type { Scope, SystemContext } from '../../kernel/context.ts';
import { type Collection, defineSubscriber } from '../../kernel/define.ts';
import { asProblem, Problem } from '../../kernel/errors.ts';
import { createScope } from '../../kernel/scope.ts';
import { deliveries } from './deliveries.collection.ts';
import { endpoints, type HookEndpoint } from './endpoints.collection.ts';
import { applyMapping } from './mapping.ts';

/** Applies stored deliveries. Record ids follow from the delivery, so applying one again writes nothing new. */
export const onDelivery = defineSubscriber({
  name: 'hooks.apply',
  on: ['hooks.deliveries.created'],
  handle: async (ctx, changes) => {
    for (const { tenantId, recordId } of changes) await applyDelivery(ctx, tenantId, recordId);
  },
});

/** Maps one delivery and writes its records; the outcome stands in the delivery. */
export async function applyDelivery(ctx: SystemContext, tenantId: string, id: string): Promise<void> {
  const scope = ctx.tenant(tenantId);
  const repo = scope.repo(deliveries);
  const delivery = await repo.get(id);
  if (!delivery || delivery.state === 'applied') return;
  const attempts = delivery.attempts + 1;
  try {
    const endpoint = await scope.repo(endpoints).require(delivery.endpointId);
    const collection = ctx.app.registry.collections.get(endpoint.collection);
    if (!collection) throw new Problem('invalid', `There is no collection ${endpoint.collection}.`);
    const records = await applyMapping(endpoint.mapping, JSON.parse(delivery.body));
    const writer = createScope({
      app: ctx.app,
      tenantId,
      caller: { kind: 'webhook', id: endpoint.id, role: 'editor' },
      requestId: ctx.requestId,
    });
    const recordIds: string[] = [];
    for (const [index, record] of records.entries())
      recordIds.push(await write(writer, collection, endpoint, record, `${id} ${index}`));
    await repo.patch(id, { state: 'applied', recordIds, attempts, error: null });
  } catch (error) {
    const problem = asProblem(error);
    // What may pass by itself is left to the bus, which delivers the change again.
    if (problem.code === 'internal' || problem.code === 'unavailable' || problem.code === 'conflict')
      throw error;
    const fields = (problem.errors ?? []).map(({ path, message }) => `${path}: ${message}`).join('; ');
    await repo.patch(id, {
      state: 'failed',
      attempts,
      error: `${problem.message} ${fields}`.trim().slice(0, 2_000),
    });
  }
}

/** JSONata gives the one element of a list of one instead of the list: an order with a single line has no array. */
function withLists(collection: Collection, record: Record<string, unknown>): Record<string, unknown> {
  const isList = (name: string): boolean => collection.fieldTypes.get(name)?.kind === 'array';
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      isList(name) && !Array.isArray(value) ? [value] : value,
    ]),
  );
}

async function write(
  scope: Scope,
  collection: Collection,
  endpoint: HookEndpoint,
  mapped: Record<string, unknown>,
  seed: string,
): Promise<string> {
  const record = withLists(collection, mapped);
  const repo = scope.repo(collection);
  const { key } = endpoint;
  const value = key ? record[key] : undefined;
  if (key && typeof value === 'string') {
    const [known] = (await repo.list({ filters: [{ field: key, operator: 'eq', value }], limit: 1 })).items;
    if (known) return (await repo.patch(known.id, record)).id;
  }
  const id = `${collection.options.idPrefix}_${createHash('sha256').update(seed).digest('hex').slice(0, 26).toUpperCase()}`;
  try {
    return (await repo.create(record, { id })).id;
  } catch (error) {
    const written = error instanceof Problem && error.code === 'already_exists' && (await repo.get(id));
    if (written) return id;
    throw error;
  }
}
