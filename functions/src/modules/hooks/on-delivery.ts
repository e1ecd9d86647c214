import type { Caller } from '../../kernel/access.ts';
import { hopRequestId } from '../../kernel/changes/hops.ts';
import type { App, Scope, SystemContext } from '../../kernel/context.ts';
import { defineSubscriber } from '../../kernel/define.ts';
import { asProblem, type FieldError, Problem } from '../../kernel/errors.ts';
import { createScope, systemCaller } from '../../kernel/scope.ts';
import { mayPass, perform } from './apply.ts';
import { type DeliveryRecord, deliveries } from './deliveries.collection.ts';
import { endpoints, type HookEndpoint } from './endpoints.collection.ts';
import { applyMapping } from './mapping.ts';
import { type HookOperation, operationsOf } from './operations.ts';
import { announced, contentOf, fromStored, hopsIn, type Received } from './received.ts';

/** Attempts at what may pass by itself, such as many writing the same record; the bus repeats them. */
const MAX_ATTEMPTS = 5;

/** Applies stored deliveries. */
export const onDelivery = defineSubscriber({
  name: 'hooks.apply',
  on: ['hooks.deliveries.created'],
  handle: async (ctx, changes) => {
    await Promise.all(
      [...Map.groupBy(changes, ({ tenantId }) => tenantId)].map(async ([tenantId, own]) => {
        for (const { recordId } of own) {
          const delivery = await ctx.tenant(tenantId).repo(deliveries).get(recordId);
          if (delivery?.state === 'received') await applyDelivery(ctx, tenantId, delivery);
        }
      }),
    );
  },
});

/** What an endpoint, stored or drafted, makes of a delivery. */
export type Making = Pick<
  HookEndpoint,
  'signature' | 'idFrom' | 'typeFrom' | 'mapping' | 'collection' | 'action' | 'key'
>;

/** The operations that a delivery is mapped to; throws a 422 Problem. */
export async function operationsFor(
  tenantId: string,
  making: Making,
  received: Received,
): Promise<HookOperation[]> {
  const content = contentOf(received.headers['content-type'] ?? '', received.body);
  const event = announced(making, received.headers, content);
  const bindings = { headers: received.headers, query: received.query, event };
  return operationsOf(making, await applyMapping(making.mapping, content, bindings, tenantId));
}

/** Who writes for an endpoint: no more than its role, and no more than the API key that made it. */
export const writerOf = ({
  id,
  role,
  permissions,
}: Pick<HookEndpoint, 'id' | 'role' | 'permissions'>): Caller => ({
  kind: 'webhook',
  id,
  role,
  ...(permissions ? { permissions } : {}),
});

/** A scope whose writes count the hops of the delivery that causes them. */
export const scopeOf = (
  app: App,
  tenantId: string,
  caller: Caller,
  hops: number,
  deliveryId: string,
): Scope => createScope({ app, tenantId, caller, requestId: hopRequestId(hops, deliveryId) });

/**
 * Maps one delivery and writes its records, together with the delivery's new state: all at once, so never twice. Why
 * it failed stands in the delivery. Throws what may pass by itself, to be called again.
 */
export async function applyDelivery(
  ctx: SystemContext,
  tenantId: string,
  delivery: DeliveryRecord,
): Promise<void> {
  const { app } = ctx;
  const received = fromStored(delivery);
  const hops = hopsIn(received.headers);
  const system = scopeOf(app, tenantId, systemCaller(ctx.reason), hops, delivery.id);
  const attempts = delivery.attempts + 1;
  try {
    const endpoint = await system.repo(endpoints).require(delivery.endpointId);
    const operations = await operationsFor(tenantId, endpoint, received);
    const scope = scopeOf(app, tenantId, writerOf(endpoint), hops, delivery.id);
    await scope.transaction(async (transaction) => {
      const repo = transaction.asSystem('delivery applied').repo(deliveries);
      // Somebody else may have applied it meanwhile.
      if ((await repo.require(delivery.id)).version !== delivery.version) return;
      const type = delivery.eventType ?? endpoint.signature.scheme;
      const source = { endpointId: endpoint.id, deliveryId: delivery.id, type };
      const outcomes = await perform(app, transaction, source, operations);
      refuseErrors(outcomes.map(({ errors }) => errors));
      const recordIds = outcomes.flatMap(({ recordId }) => recordId ?? []);
      const nothing = { state: 'ignored', error: 'The mapping gave nothing for this delivery.' } as const;
      await repo.patch(delivery.id, {
        attempts,
        recordIds,
        ...(operations.length > 0 ? { state: 'applied', error: null } : nothing),
      });
    });
  } catch (error) {
    const problem = asProblem(error);
    const again = mayPass(problem) && attempts < MAX_ATTEMPTS;
    const state = again ? delivery.state : 'failed';
    await system
      .repo(deliveries)
      .patch(delivery.id, { state, attempts, error: textOf(problem) }, { ifVersion: delivery.version });
    if (again || problem.code === 'internal') throw error;
  }
}

/** Throws one Problem for all records, whose paths begin with the number of the record when there are several. */
function refuseErrors(perRecord: readonly (readonly FieldError[])[]): void {
  const errors = perRecord.flatMap((list, index) =>
    list.map((one) => (perRecord.length === 1 ? one : { ...one, path: `${index}.${one.path}` })),
  );
  if (errors.length > 0) throw new Problem('invalid', 'What the mapping gave cannot be written.', { errors });
}

function textOf(problem: Problem): string {
  const fields = (problem.errors ?? []).map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return `${problem.message} ${fields.join('; ')}`.trim().slice(0, 2_000);
}
