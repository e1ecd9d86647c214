import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Change, toChange } from '../../kernel/change.ts';
import type { JobScope, Scope } from '../../kernel/context.ts';
import { Problem } from '../../kernel/errors.ts';
import { defineJob, JobAbandoned, JobDelay, type JobRecord, jobs, keyedId } from '../../kernel/jobs.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import type { HttpResponse } from '../../kernel/ports/http.ts';
import { attempts, endpoints, type WebhookEndpoint } from './endpoints.collection.ts';
import { noteFailure, noteSuccess } from './health.ts';
import { type Message, messageOf } from './message.ts';
import { openSecrets, signatures } from './signing.ts';

/** Published: seconds between the attempts, the first of which is made at once. Altogether a little over three days. */
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
const TIMEOUT_MS = 15_000;
const MAX_RESPONSE_BYTES = 2_048;
/** Calls to one endpoint at once: one that hangs holds up only its own. */
const CONCURRENCY = 4;
/** Earlier changes of a record among which the one that was sent before is sought. */
const ORDER_WINDOW = 50;
export const TEST_EVENT = 'webhooks.test';

/** One event on its way to one endpoint. Without a change it is a test. */
export const deliver = defineJob({
  kind: 'webhooks.deliver',
  input: z.strictObject({ endpointId: z.string(), changeId: z.string().optional() }),
  retry: { delays: RETRY_SCHEDULE },
  timeoutSeconds: 60,
  concurrency: { limit: CONCURRENCY, lane: ({ endpointId }) => endpointId },
  handle: async (ctx, { endpointId, changeId }, job) => {
    const endpoint = await ctx.scope.repo(endpoints).get(endpointId);
    if (!endpoint) throw new JobAbandoned('The endpoint was deleted.');
    if (!endpoint.active) throw new JobAbandoned('The endpoint is disabled.');
    const change = changeId === undefined ? undefined : await readChange(ctx, changeId);
    const message = change ? messageOf(ctx.app, endpoint, change) : testMessage(job);
    if (!message) throw new JobAbandoned('The endpoint may not see this event.');
    if (change && endpoint.ordered) await waitForEarlier(ctx, endpoint, change);
    await keepToRate(ctx, endpoint);
    return send(ctx, endpoint, job, message, `msg_${changeId ?? job.id.slice(4)}`);
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

const testMessage = (job: JobRecord): Message => ({
  type: TEST_EVENT,
  timestamp: job.createdAt,
  data: {
    id: 'tst_1',
    collection: 'webhooks.tests',
    version: 1,
    operation: 'create',
    changes: { text: 'This is a test.' },
  },
});

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

/** One attempt, which is logged whatever comes of it. */
async function send(
  ctx: JobScope,
  endpoint: WebhookEndpoint,
  job: JobRecord,
  message: Message,
  messageId: string,
): Promise<{ status: number }> {
  const { scope } = ctx;
  const body = JSON.stringify(message);
  const { requestHeaders, answer, durationMs } = await call(ctx, endpoint, messageId, body);
  const response = answer instanceof Error ? undefined : answer;
  const delivered = response !== undefined && response.status >= 200 && response.status < 300;
  const error = answer instanceof Error ? answer.message || answer.name : `It answered ${answer.status}.`;
  await scope.repo(attempts).create({
    endpointId: endpoint.id,
    jobId: job.id,
    messageId,
    event: message.type,
    number: job.attempts,
    outcome: delivered ? 'delivered' : 'failed',
    url: endpoint.url,
    requestHeaders,
    requestBody: body,
    ...(response && {
      responseStatus: response.status,
      responseHeaders: response.headers,
      responseBody: response.body,
    }),
    durationMs,
    ...(delivered ? {} : { error }),
  });
  if (delivered) {
    await noteSuccess(scope, endpoint);
    return { status: response.status };
  }
  const gone = response?.status === 410;
  await noteFailure(ctx, endpoint, gone);
  throw gone ? new JobAbandoned('It answered 410 Gone.') : new Error(error);
}

interface Call {
  /** Without the signature. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly answer: HttpResponse | Error;
  readonly durationMs: number;
}

async function call(
  { app, ports, signal }: JobScope,
  endpoint: WebhookEndpoint,
  messageId: string,
  body: string,
): Promise<Call> {
  const seconds = Math.floor(ports.clock.now() / 1_000);
  const secrets = await openSecrets(ports.secrets, endpoint, timestamp(ports.clock));
  const requestHeaders = {
    'content-type': 'application/json',
    'user-agent': `Mewayz-Webhooks/${app.settings.version}`,
    'webhook-id': messageId,
    'webhook-timestamp': String(seconds),
  };
  const started = performance.now();
  const answer = await ports.http
    .send({
      method: 'POST',
      url: endpoint.url,
      headers: { ...requestHeaders, 'webhook-signature': signatures(secrets, messageId, seconds, body) },
      body,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_RESPONSE_BYTES,
      signal,
    })
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return { requestHeaders, answer, durationMs: Math.round(performance.now() - started) };
}
