import { HOPS_HEADER } from '../../kernel/changes/hops.ts';
import type { JobScope } from '../../kernel/context.ts';
import { JobAbandoned, type JobRecord, JobRetry } from '../../kernel/jobs/jobs.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { HttpFailed, HttpRefused, type HttpResponse } from '../../kernel/ports/http.ts';
import { attempts } from './attempts.collection.ts';
import type { WebhookEndpoint } from './endpoints.collection.ts';
import type { EndpointState } from './health.collections.ts';
import { noteFailure, noteSuccess } from './health.ts';
import type { Message } from './message.ts';
import { openSecrets, signatures } from './signing.ts';

const MAX_RESPONSE_BYTES = 4_096;
const MAX_LOGGED_BODY = 65_536;
/** No receiver can put its deliveries off for longer. */
const MAX_PAUSE_SECONDS = 86_400;
/** Receivers refuse signatures that are older or newer, says the Standard Webhooks specification. */
const TOLERANCE_SECONDS = 300;

/** What a message carries beside its body. */
export interface Stamps {
  readonly messageId: string;
  /** How often it has gone out by a webhook and come back in, counting this time. */
  readonly hops: number;
}

interface Call {
  /** Without the signature. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly answer: HttpResponse | Error;
  readonly durationMs: number;
}

/** One attempt, which is logged whatever comes of it. Throws unless it was answered 2xx. */
export async function send(
  ctx: JobScope,
  endpoint: WebhookEndpoint,
  state: EndpointState | undefined,
  job: JobRecord,
  message: Message,
  { messageId, hops }: Stamps,
): Promise<{ status: number }> {
  const { scope } = ctx;
  const requestBody = JSON.stringify(message);
  const { requestHeaders, answer, durationMs } = await call(ctx, endpoint, { messageId, hops }, requestBody);
  const now = ctx.ports.clock.now();
  const failure = failureOf(answer, now);
  const response = responseOf(answer);
  await scope.repo(attempts).create({
    endpointId: endpoint.id,
    jobId: job.id,
    messageId,
    event: message.type,
    number: job.attempts,
    outcome: failure ? 'failed' : 'delivered',
    url: endpoint.url,
    requestHeaders,
    requestBody: requestBody.slice(0, MAX_LOGGED_BODY),
    ...(response && {
      responseStatus: response.status,
      responseHeaders: response.headers,
      responseBody: response.body,
    }),
    durationMs,
    ...failure,
  });
  if (!failure) {
    await noteSuccess(scope, endpoint, state);
    return { status: response?.status ?? 0 };
  }
  const gone = response?.status === 410;
  const pause = response && pauseOf(response, now);
  await noteFailure(ctx, endpoint, { error: failure.error, gone, pause });
  throw gone ? new JobAbandoned('It answered 410 Gone.') : new JobRetry(pause ?? 0, failure.error);
}

async function call(
  { app, ports, signal }: JobScope,
  endpoint: WebhookEndpoint,
  { messageId, hops }: Stamps,
  body: string,
): Promise<Call> {
  const seconds = Math.floor(ports.clock.now() / 1_000);
  const secrets = await openSecrets(ports.secrets, endpoint, timestamp(ports.clock));
  const requestHeaders = {
    'content-type': 'application/json',
    'user-agent': `Mewayz-Webhooks/${app.settings.version}`,
    'webhook-id': messageId,
    'webhook-timestamp': String(seconds),
    [HOPS_HEADER]: String(hops),
  };
  const started = performance.now();
  const answer = await ports.http
    .send({
      method: 'POST',
      url: endpoint.url,
      headers: { ...requestHeaders, 'webhook-signature': signatures(secrets, messageId, seconds, body) },
      body,
      timeoutMs: endpoint.timeoutSeconds * 1_000,
      maxBytes: MAX_RESPONSE_BYTES,
      signal,
    })
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return { requestHeaders, answer, durationMs: Math.round(performance.now() - started) };
}

const responseOf = (answer: HttpResponse | Error): HttpResponse | undefined =>
  answer instanceof HttpFailed ? answer.response : answer instanceof Error ? undefined : answer;

/** What the log says of a call that failed; undefined when it was answered 2xx. */
function failureOf(answer: HttpResponse | Error, now: number) {
  if (answer instanceof HttpRefused) return { errorKind: 'refused', error: answer.message };
  if (answer instanceof HttpFailed) return { errorKind: answer.kind, error: answer.message };
  // A defect of ours is no fault of the receiver, but the attempt has failed all the same.
  if (answer instanceof Error) return { errorKind: 'connection', error: answer.message || answer.name };
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400)
    return { errorKind: 'redirect', error: `It answered ${status}; redirects are not followed.` };
  return { errorKind: 'status', error: `It answered ${status}.${skewNote(answer, now)}` };
}

/** Clocks that differ make receivers refuse good signatures, and nothing else shows it. */
function skewNote({ status, headers }: HttpResponse, now: number): string {
  const theirs = Date.parse(headers.date ?? '');
  const seconds = Math.round(Math.abs(theirs - now) / 1_000);
  if (status >= 500 || !(seconds > TOLERANCE_SECONDS)) return '';
  return ` Its clock and this server's differ by ${seconds} s, so it may have refused the signature.`;
}

/**
 * Seconds in which the receiver asks not to be called (RFC 9110, section 10.2.3), at most a day. A date is read by the
 * receiver's own clock, when it says what that is.
 */
export function pauseOf({ status, headers }: HttpResponse, now: number): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  if ((status !== 429 && status !== 503) || text === '') return undefined;
  const theirNow = Date.parse(headers.date ?? '') || now;
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - theirNow) / 1_000);
  return seconds > 0 ? Math.min(MAX_PAUSE_SECONDS, seconds) : undefined;
}
