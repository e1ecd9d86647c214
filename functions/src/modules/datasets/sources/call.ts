import { setTimeout as sleep } from 'node:timers/promises';
import {
  HttpFailed,
  HttpRefused,
  type HttpRequest,
  type HttpResponse,
  type HttpStream,
} from '../../../kernel/ports/http.ts';
import { type Fetching, SourceFailed, SourceRefused } from './kind.ts';

/** One call, redirects included, takes at most so long; an attempt of a job has 500 s. */
const TIMEOUT_MS = 400_000;
const MAX_REDIRECTS = 5;
/** Calls in a row that may fail, with pauses that grow between them. */
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
/** A longer pause than this is for the next attempt of the run, seconds. */
const PATIENCE = 20;
const MAX_PAUSE = 86_400;

/** A call to a source. */
export interface Call {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers for the origin of `home` only, never where a redirect or a link of an answer leads elsewhere. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** The address that the credentials are for; `url` by default. */
  readonly home?: string;
  readonly body?: string;
  readonly maxBytes: number;
}

/** The answer as text; refuses one that is longer than `maxBytes`. */
export async function callText(fetching: Fetching, call: Call, signal: AbortSignal): Promise<HttpResponse> {
  const answer = await calling(fetching, call, signal, (request) =>
    fetching.ports.http.send({ ...request, maxBytes: call.maxBytes + 1 }),
  );
  if (Buffer.byteLength(answer.body) > call.maxBytes)
    throw new SourceRefused(`An answer is longer than ${call.maxBytes} bytes.`);
  return answer;
}

/** The answer as a stream. */
export const openCall = (fetching: Fetching, call: Call, signal: AbortSignal): Promise<HttpStream> =>
  calling(fetching, call, signal, (request) => fetching.ports.http.open(request));

type Answer = HttpResponse | HttpStream;

/**
 * Calls until there is an answer of 2xx or 304. What may pass (no connection, 429, 5xx) is called again, no sooner than
 * `Retry-After` says. Throws `SourceRefused` or `SourceFailed`.
 */
async function calling<A extends Answer>(
  fetching: Fetching,
  call: Call,
  signal: AbortSignal,
  send: (request: HttpRequest) => Promise<A>,
): Promise<A> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await following(fetching, call, signal, send);
      const { status } = answer;
      if ((status >= 200 && status < 300) || status === 304) return answer;
      discard(answer);
      throw failureOf(answer, fetching.ports.clock.now());
    } catch (error) {
      if (!(error instanceof SourceFailed) || attempt === ATTEMPTS || error.seconds > PATIENCE) throw error;
      const pause = Math.max(error.seconds * 1_000, FIRST_PAUSE_MS * 2 ** (attempt - 1));
      await sleep(pause, undefined, { signal });
    }
  }
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** One call and what it is redirected to; each step is checked like the first. */
async function following<A extends Answer>(
  fetching: Fetching,
  call: Call,
  signal: AbortSignal,
  send: (request: HttpRequest) => Promise<A>,
): Promise<A> {
  const { origin } = new URL(call.home ?? call.url);
  let url = call.url;
  for (let hops = 0; ; hops++) {
    const answer = await sent(send, {
      method: call.method ?? 'GET',
      url,
      headers: {
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': `Mewayz-Sources/${fetching.app.settings.version}`,
        ...call.headers,
        ...(new URL(url).origin === origin ? call.credentials : {}),
      },
      ...(call.body === undefined ? {} : { body: call.body }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: call.maxBytes,
      signal,
    });
    const { location } = answer.headers;
    if (!REDIRECTS.includes(answer.status) || location === undefined || call.method === 'POST') return answer;
    discard(answer);
    if (hops === MAX_REDIRECTS) throw new SourceRefused('It redirects too often.');
    if (!URL.canParse(location, url)) throw new SourceRefused('It redirects to what is no address.');
    url = new URL(location, url).href;
  }
}

async function sent<A extends Answer>(
  send: (request: HttpRequest) => Promise<A>,
  request: HttpRequest,
): Promise<A> {
  try {
    return await send(request);
  } catch (error) {
    throw asSourceError(error);
  }
}

/** What the HTTP port throws, as runs and previews show it. */
export function asSourceError(error: unknown): unknown {
  if (error instanceof HttpRefused) return new SourceRefused(error.message);
  if (!(error instanceof HttpFailed) || error.kind === 'stopped') return error;
  const { message } = error;
  return error.kind === 'certificate'
    ? new SourceRefused(`Its certificate cannot be trusted: ${message}`)
    : new SourceFailed(message, 0, { cause: error });
}

const discard = ({ body }: Answer): void => void (typeof body === 'string' || body.destroy());

function failureOf({ status, headers }: Answer, now: number): Error {
  if (status === 401 || status === 403)
    return new SourceRefused(`It answered ${status}: it does not accept these credentials.`);
  if (status >= 300 && status < 400) return new SourceRefused(`It answered ${status}, which leads nowhere.`);
  if (status !== 408 && status !== 425 && status !== 429 && status < 500)
    return new SourceRefused(`It answered ${status}.`);
  return new SourceFailed(`It answered ${status}.`, pauseOf(headers, now));
}

/** Seconds in which it asks not to be called (RFC 9110, section 10.2.3). A date is read by its own clock. */
function pauseOf(headers: Readonly<Record<string, string>>, now: number): number {
  const text = headers['retry-after']?.trim() ?? '';
  const theirNow = Date.parse(headers.date ?? '') || now;
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - theirNow) / 1_000);
  return seconds > 0 ? Math.min(MAX_PAUSE, seconds) : 0;
}
