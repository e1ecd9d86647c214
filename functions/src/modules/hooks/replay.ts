import { z } from 'zod';
import type { JobScope, SystemContext } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { defineJob, enqueue } from '../../kernel/jobs/jobs.ts';
import { instant } from '../../kernel/schema.ts';
import { type DeliveryRecord, deliveries } from './deliveries.collection.ts';
import { endpoints } from './endpoints.collection.ts';
import { applyDelivery } from './on-delivery.ts';
import { fromStored } from './received.ts';
import { checkSender, storeDelivery } from './store.ts';

const STATES = ['received', 'failed', 'ignored', 'rejected', 'applied'] as const;
const PAGE = 100;

/**
 * Applies a stored delivery with the present mapping. One that was rejected is first checked again, with the present
 * secret at the time it came; then it counts as received. An applied one is left alone, unless it is to be redone.
 * Resolves the delivery as it is now.
 */
async function replayOne(
  ctx: SystemContext,
  tenantId: string,
  delivery: DeliveryRecord,
  redo: boolean,
): Promise<DeliveryRecord> {
  const repo = ctx.tenant(tenantId).repo(deliveries);
  const known = delivery.state === 'rejected' ? await accept(ctx, tenantId, delivery) : delivery;
  if (known.state !== 'applied' || redo) await applyDelivery(ctx, tenantId, known);
  return repo.require(known.id);
}

/** Receives a rejected delivery again from what was stored; throws a 401 Problem when it is still not verified. */
async function accept(
  ctx: SystemContext,
  tenantId: string,
  delivery: DeliveryRecord,
): Promise<DeliveryRecord> {
  const scope = ctx.tenant(tenantId);
  const repo = scope.repo(deliveries);
  const received = fromStored(delivery);
  if (received.body.length !== delivery.bytes)
    throw new Problem('conflict', 'It was too large to be kept. Ask the sender to send it again.');
  const endpoint = await scope.repo(endpoints).require(delivery.endpointId);
  const place = { app: ctx.app, tenantId, endpoint };
  try {
    await checkSender(place, received, Date.parse(delivery.createdAt));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem('conflict', `It is still not accepted: ${error.message}`, { cause: error });
  }
  const { id } = await storeDelivery(place, received);
  await repo.patch(delivery.id, { acceptedAs: id });
  return repo.require(id);
}

export const replay = defineEndpoint({
  name: 'hooks.deliveries.replay',
  summary: 'Apply a stored delivery again, for example after its mapping or the secret was corrected',
  access: 'admin',
  input: z.strictObject({
    id: z.string(),
    /** Also when it was applied: its records are written anew by the present mapping, and none twice. */
    redo: z.boolean().default(false),
  }),
  output: z.object({
    id: z.string(),
    state: z.string(),
    error: z.string().optional(),
    recordIds: z.array(z.string()).optional(),
  }),
  example: { id: 'dlv_00000000000000000000000000000000' },
  handle: async (ctx, { id, redo }) => {
    const delivery = await ctx.asSystem('replay').repo(deliveries).require(id);
    return replayOne(ctx.asPlatform(`replayed by ${ctx.caller.id}`), ctx.tenantId, delivery, redo);
  },
});

const wanted = z.strictObject({
  /** The endpoint. */
  id: z.string(),
  since: instant,
  until: instant.optional(),
  states: z.array(z.enum(STATES)).min(1).max(STATES.length).default(['failed']),
  redo: z.boolean().default(false),
});

/** Goes through the deliveries of an endpoint, oldest first. */
export const replaying = defineJob({
  kind: 'hooks.replay',
  input: wanted,
  retry: { attempts: 5, backoff: { base: 5, max: 300 } },
  timeoutSeconds: 500,
  concurrency: { limit: 1, lane: ({ id }) => id },
  handle: async (ctx, input) => {
    const counts: Record<string, number> = {};
    for await (const delivery of deliveriesSince(ctx, input)) {
      const outcome = await replayOne(ctx, ctx.scope.tenantId, delivery, input.redo).then(
        ({ state }) => state,
        (error: unknown) => {
          if (error instanceof Problem && error.status < 500) return 'refused';
          throw error;
        },
      );
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  },
});

async function* deliveriesSince(
  { scope, signal, ports }: JobScope,
  { id, since, until, states }: z.output<typeof wanted>,
): AsyncGenerator<DeliveryRecord> {
  const end = until ?? new Date(ports.clock.now()).toISOString();
  let after: readonly unknown[] | undefined;
  do {
    signal.throwIfAborted();
    const { items } = await scope.repo(deliveries).list({
      filters: [
        { field: 'endpointId', operator: 'eq', value: id },
        { field: 'createdAt', operator: 'gte', value: since },
        { field: 'createdAt', operator: 'lte', value: end },
      ],
      sort: [{ field: 'createdAt', direction: 'asc' }],
      limit: PAGE,
      after,
    });
    for (const delivery of items)
      if (states.includes(delivery.state) && delivery.acceptedAs === undefined) yield delivery;
    const last = items.length === PAGE ? items.at(-1) : undefined;
    after = last && [last.createdAt, last.id];
  } while (after);
}

export const replayAll = defineEndpoint({
  name: 'hooks.endpoints.replay',
  summary: 'Apply the deliveries of an endpoint since a time again, those that failed by default',
  access: 'admin',
  status: 202,
  limit: { points: 120, seconds: 60, by: 'principal' },
  input: wanted,
  output: z.object({ jobId: z.string() }),
  example: { id: 'whk_01JD0000000000000000000000', since: '2026-01-01T00:00:00Z' },
  handle: async (ctx, input) => {
    await ctx.repo(endpoints).require(input.id);
    return { jobId: (await enqueue(ctx, replaying, input)).id };
  },
});
