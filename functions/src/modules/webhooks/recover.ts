import { z } from 'zod';
import { toChange } from '../../kernel/changes/change.ts';
import type { JobScope } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { replayJob } from '../../kernel/jobs/job-queue.ts';
import { defineJob, enqueue, JobAbandoned, jobs, secondsAfter } from '../../kernel/jobs/jobs.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { ServerTime, type StoredDocument } from '../../kernel/ports/documents.ts';
import { instant } from '../../kernel/schema.ts';
import { deliveryId } from './deliver.ts';
import { endpoints, type WebhookEndpoint } from './endpoints.collection.ts';
import { wants } from './matching.ts';
import { enqueueDelivery } from './on-change.ts';

const PAGE = 200;
/** Deliveries are known for so long after they ended. */
export const KEPT_DAYS = 30;

/** Goes through the change log and sends what did not arrive, also from while the endpoint was disabled. */
export const recovery = defineJob({
  kind: 'webhooks.recover',
  input: z.strictObject({ endpointId: z.string(), since: instant }),
  retry: { attempts: 5, backoff: { base: 5, max: 300 } },
  timeoutSeconds: 500,
  concurrency: { limit: 1, lane: ({ endpointId }) => endpointId },
  handle: async (ctx, { endpointId, since }) => {
    const endpoint = await ctx.scope.repo(endpoints).get(endpointId);
    if (!endpoint?.active) throw new JobAbandoned('The endpoint is disabled or was deleted.');
    let sent = 0;
    let after: StoredDocument | undefined;
    do {
      ctx.signal.throwIfAborted();
      const page: StoredDocument[] = await ctx.ports.documents.query({
        collection: `tenants/${ctx.scope.tenantId}/changes`,
        where: [['at', '>=', new ServerTime(since)]],
        orderBy: [['at', 'asc']],
        ...(after ? { startAfter: [after.data.at, after.id] } : {}),
        limit: PAGE,
      });
      for (const document of page) if (await sendAgain(ctx, endpoint, document)) sent += 1;
      after = page.length === PAGE ? page.at(-1) : undefined;
    } while (after);
    return { sent };
  },
});

/** False for what the endpoint did not ask for, what it has, and what is on its way. */
async function sendAgain(
  { app, scope, ports }: JobScope,
  endpoint: WebhookEndpoint,
  { id, data }: StoredDocument,
): Promise<boolean> {
  if (!(await wants(app, scope, endpoint, toChange(scope.tenantId, id, data)))) return false;
  const known = await scope.repo(jobs).get(deliveryId(scope, endpoint.id, id));
  if (!known) await enqueueDelivery(scope, endpoint.id, id);
  else if (known.state === 'dead' || known.state === 'cancelled')
    await replayJob(scope, known.id, ports.clock.now());
  else return false;
  return true;
}

export const recover = defineEndpoint({
  name: 'webhooks.endpoints.recover',
  summary: 'Send everything since a time that an endpoint did not get, also from while it was disabled',
  access: 'admin',
  status: 202,
  limit: { points: 120, seconds: 60, by: 'principal' },
  input: z.strictObject({ id: z.string(), since: instant }),
  /** `since` is from when it really goes: what is older than attempts are kept is not known to have arrived. */
  output: z.object({ jobId: z.string(), since: z.string() }),
  example: { id: 'who_01JD0000000000000000000000', since: '2026-01-01T00:00:00Z' },
  handle: async (ctx, { id, since }) => {
    await ctx.repo(endpoints).require(id);
    const now = timestamp(ctx.ports.clock);
    if (Date.parse(since) > ctx.ports.clock.now())
      throw new Problem('invalid', 'This time is in the future.', {
        errors: [{ path: 'since', message: `By this server's clock it is ${now}.`, code: 'in_future' }],
      });
    const oldest = secondsAfter(now, -KEPT_DAYS * 86_400);
    const from = Date.parse(since) < Date.parse(oldest) ? oldest : since;
    return { jobId: (await enqueue(ctx, recovery, { endpointId: id, since: from })).id, since: from };
  },
});
