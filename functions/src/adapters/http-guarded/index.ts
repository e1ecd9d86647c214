import http from 'node:http';
import https from 'node:https';
import { getCACertificates } from 'node:tls';
import {
  type Http,
  HttpFailed,
  HttpRefused,
  type HttpRequest,
  type HttpResponse,
} from '../../kernel/ports/http.ts';
import { asFailure } from './failures.ts';
import { createGuard, type Guard, type GuardOptions } from './guard.ts';
import { type Begin, openAnswer, plainHeaders } from './open-answer.ts';
import { isBadPort } from './ports.ts';

export interface GuardedHttpOptions extends GuardOptions {
  /** Certificates of authorities (PEM) that are trusted beside the system's, for hosts of one's own. */
  readonly authorities?: readonly string[];
}

/**
 * Calls public addresses by HTTPS, and those of the allow-list also by HTTP. The addresses of a name are checked when
 * the connection is made, and the connection goes to one that was checked: a name that resolves differently the next
 * time (DNS rebinding) gains nothing. Every call has a connection of its own.
 */
export function createGuardedHttp(options: GuardedHttpOptions = {}): Http {
  const guard = createGuard(options);
  const ca = options.authorities && [...getCACertificates('default'), ...options.authorities];
  const refusal = (url: string): string | undefined => refusalOf(url, guard);
  /** Makes the request that may be made; it is sent by `end()`. */
  const begin: Begin = ({ url, method, headers }) => {
    const refused = refusal(url);
    if (refused !== undefined) throw new HttpRefused(refused);
    const { protocol, hostname } = new URL(url);
    return (protocol === 'https:' ? https : http).request(url, {
      method,
      headers: { ...headers, connection: 'close' },
      agent: false,
      lookup: guard.lookup(hostname),
      rejectUnauthorized: true,
      ...(ca && { ca }),
    });
  };
  return {
    refusal,
    send: async (request) => exchange(begin, request),
    open: async (request) => openAnswer(begin, request),
  };
}

function refusalOf(text: string, guard: Guard): string | undefined {
  if (!URL.canParse(text)) return 'This is not a URL.';
  const { protocol, hostname, port, username, password } = new URL(text);
  if (username || password) return 'A URL that is called may not hold a user name or a password.';
  if (isBadPort(port)) return `Port ${port} belongs to another protocol.`;
  // The parser has brought every spelling of an IPv4 address (0x7f.1, 2130706433) into its usual form.
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol !== 'https:' && !(protocol === 'http:' && guard.isOwn(address)))
    return 'Use an https:// address.';
  return guard.refusal(address);
}

function exchange(begin: Begin, asked: HttpRequest): Promise<HttpResponse> {
  const { body, timeoutMs, maxBytes, signal } = asked;
  return new Promise((resolve, reject) => {
    const request = begin(asked);
    let answer: Answer | undefined;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      settle();
      request.destroy();
    };
    const fail = (error: Error): void => end(() => reject(asFailure(error, answer?.soFar())));
    const stop = (): void => fail(new HttpFailed('stopped', 'The call was stopped.', answer?.soFar()));
    const late = (): void =>
      fail(new HttpFailed('timeout', `No whole answer within ${timeoutMs} ms.`, answer?.soFar()));
    const timer = setTimeout(late, timeoutMs);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    request.on('error', fail);
    request.on('response', (response) => {
      const reading = readAnswer(response, maxBytes, () => end(() => resolve(reading.soFar())));
      answer = reading;
      response.on('error', fail);
    });
    request.end(body);
  });
}

interface Answer {
  /** The answer as far as it has come. */
  soFar(): HttpResponse;
}

/** Calls `done` at the end of the answer, or when `maxBytes` of it have come. */
function readAnswer(response: http.IncomingMessage, maxBytes: number, done: () => void): Answer {
  const parts: Buffer[] = [];
  let size = 0;
  response.on('data', (part: Buffer) => {
    parts.push(part);
    size += part.length;
    if (size >= maxBytes) done();
  });
  response.on('end', done);
  return {
    soFar: () => ({
      status: response.statusCode ?? 0,
      headers: plainHeaders(response.headers),
      body: new TextDecoder().decode(Buffer.concat(parts).subarray(0, maxBytes)),
    }),
  };
}
