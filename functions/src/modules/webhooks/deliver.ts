import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Change, toChange } from '../../kernel/changes/change.ts';
import { hopsOf } from '../../kernel/changes/hops.ts';
import type { JobScope, Scope } from '../../kernel/context.ts';
import { Problem } from '../../kernel/errors.ts';
import { defineJob, JobAbandoned, JobDelay, type JobRecord, jobs, keyedId } from '../../kernel/jobs/jobs.ts';
import { eventsOf } from './catalogue.ts';
import { endpoints, type WebhookEndpoint } from './endpoints.collection.ts';
import type { EndpointState } from './health.collections.ts';
import { stateOf } from './health.ts';
import { type Message, messageOf } from './message.ts';
import { send } from './send.ts';

/**
 * Published: seconds between the attempts, the first of which is made at once; each pause is longer by up to a tenth, so
 * that what failed together does not come back together. Altogether a little over three days.
 */
export const RETRY_SCHEDULE = [
  5,
  5 * 60,
  30 * 60,
  2 * 3_600,
  5 * 3_600,
  10 * 3_600,
  14 * 3_600,
  20 * 3_600,
  24 * 3_600,
] as const;
export const RETRY_JITTER = 0.1;
/** Calls to one endpoint at once, fewer while they fail: one that hangs holds up only its own. */
const CONCURRENCY = 10;
/** Earlier changes of a record among which the one that was sent before is sought. */
const ORDER_WINDOW = 50;
export const TEST_EVENT = 'webhooks.test';

/** One event on its way to one endpoint. Without a change it is a test: of the example of an event, if one is named. */
export const deliver = defineJob({
  kind: 'webhooks.deliver',
  input: z.strictObject({
    endpointId: z.string(),
    changeId: z.string().optional(),
    event: z.string().optional(),
  }),
  retry: { delays: RETRY_SCHEDULE, jitter: RETRY_JITTER },
  timeoutSeconds: 60,
  concurrency: { limit: CONCURRENCY, lane: ({ endpointId }) => endpointId },
  handle: async (ctx, { endpointId, changeId, event }, job) => {
    const endpoint = await ctx.scope.repo(endpoints).get(endpointId);
    if (!endpoint) throw new JobAbandoned('The endpoint was deleted.');
    if (!endpoint.active) throw new JobAbandoned('The endpoint is disabled.');
    const change = changeId === undefined ? undefined : await readChange(ctx, changeId);
    const message = change ? messageOf(ctx.app, endpoint, change) : testMessage(ctx, job, event);
    if (!message) throw new JobAbandoned('The endpoint may not see this event.');
    if (change && endpoint.ordered) await waitForEarlier(ctx, endpoint, change);
    const state = await stateOf(ctx.scope, endpoint);
    keepToPause(ctx, state);
    await keepToRate(ctx, endpoint);
    const messageId = `msg_${changeId ?? job.id.slice(4)}`;
    return send(ctx, endpoint, state, job, message, { messageId, hops: 1 + (change ? hopsOf(change) : 0) });
  },
});

/** Key of the job that takes a change to an endpoint. */
export const deliveryKey = (endpointId: string, changeId: string): string => `${endpointId} ${changeId}`;
export const deliveryId = (scope: Scope, endpointId: string, changeId: string): string =>
  keyedId(scope.tenantId, deliver.name, deliveryKey(endpointId, changeId));

async function readChange({ ports, scope }: JobScope, id: string): Promise<Change> {
  const document = await ports.documents.get(`tenants/${scope.tenantId}/changes/${id}`);
  if (!document) throw new JobAbandoned('The change is not in the log.');
  return toChange(scope.tenantId, id, document.data);
}

function testMessage({ app }: JobScope, { createdAt }: JobRecord, event?: string): Message {
  const example = eventsOf(app).find(({ name }) => name === event)?.example;
  if (example) return { ...example, timestamp: createdAt };
  return {
    type: TEST_EVENT,
    timestamp: createdAt,
    data: {
      id: 'tst_1',
      collection: 'webhooks.tests',
      version: 1,
      operation: 'create',
      changes: { text: 'This is a test.' },
    },
  };
}

/** Throws JobDelay while the change that the endpoint was to be sent before this one, of the same record, is on its way. */
async function waitForEarlier(
  { ports, scope }: JobScope,
  endpoint: WebhookEndpoint,
  change: Change,
): Promise<void> {
  const earlier = await ports.documents.query({
    collection: `tenants/${scope.tenantId}/changes`,
    where: [['recordId', '==', change.recordId]],
    orderBy: [['version', 'desc']],
    startAfter: [change.version],
    limit: ORDER_WINDOW,
  });
  const repo = scope.repo(jobs);
  for (const { id } of earlier) {
    const before = await repo.get(deliveryId(scope, endpoint.id, id));
    if (!before) continue;
    if (before.state !== 'scheduled' && before.state !== 'running') return;
    const seconds = (Date.parse(before.dueAt) - ports.clock.now()) / 1_000;
    throw new JobDelay(Math.max(1, seconds), `An earlier change of ${change.recordId} comes first.`);
  }
}

/** Throws JobDelay while the endpoint wants to be left alone. */
function keepToPause({ ports }: JobScope, state: EndpointState | undefined): void {
  const until = state?.pausedUntil;
  const seconds = until === undefined ? 0 : (Date.parse(until) - ports.clock.now()) / 1_000;
  if (seconds > 0) throw new JobDelay(seconds, `It asked not to be called before ${until}.`);
}

/** Waits here rather than in the queue: the lane is short, and what is behind it is not written anew each second. */
async function keepToRate({ app, signal }: JobScope, { id, rateLimit }: WebhookEndpoint): Promise<void> {
  for (;;) {
    try {
      await app.limiter.take(`webhooks ${rateLimit}`, id, { points: rateLimit, seconds: 1 });
      return;
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'rate_limited')) throw error;
      await sleep(250, undefined, { signal });
    }
  }
}
