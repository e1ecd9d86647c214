import { promises as dns, type LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import {
  type Http,
  HttpFailed,
  HttpRefused,
  type HttpRequest,
  type HttpResponse,
} from '../../kernel/ports/http.ts';
import { type AllowList, isLinkLocal, isPublicAddress, parseAllowList } from './addresses.ts';
import { asFailure } from './failures.ts';
import { type Begin, openAnswer, plainHeaders } from './open-answer.ts';
import { isBadPort } from './ports.ts';

export interface GuardedHttpOptions {
  /** Networks and hosts beyond the public internet that may be called; `parseAllowList` says how they are written. */
  readonly allow?: string;
  /** Looks names up; by default the name servers for any host, and the system's own way for those of the allow-list. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  /** Name servers (`10.1.0.53`, `127.0.0.1:5353`); by default those of the system. */
  readonly nameServers?: readonly string[];
  /** Certificates of authorities (PEM) that are trusted beside the system's, for hosts of one's own. */
  readonly authorities?: readonly string[];
}

/**
 * Calls public addresses by HTTPS, and those of the allow-list also by HTTP. The addresses of a name are checked when
 * the connection is made, and the connection goes to one that was checked: a name that resolves differently the next
 * time (DNS rebinding) gains nothing. Every call has a connection of its own.
 */
export function createGuardedHttp(options: GuardedHttpOptions = {}): Http {
  const allow = parseAllowList(options.allow ?? '');
  const resolve =
    options.resolve ??
    ((host) =>
      allow.hasHost(host) ? dns.lookup(host, { all: true }) : askNameServers(host, options.nameServers));
  const ca = options.authorities && [...getCACertificates('default'), ...options.authorities];
  const refusal = (url: string): string | undefined => refusalOf(url, allow);
  /** Makes the request that may be made; it is sent by `end()`. */
  const begin: Begin = ({ url, method, headers }) => {
    const refused = refusal(url);
    if (refused !== undefined) throw new HttpRefused(refused);
    const { protocol, hostname } = new URL(url);
    return (protocol === 'https:' ? https : http).request(url, {
      method,
      headers: { ...headers, connection: 'close' },
      agent: false,
      lookup: guardedLookup(hostname, allow, resolve),
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

function refusalOf(text: string, allow: AllowList): string | undefined {
  if (!URL.canParse(text)) return 'This is not a URL.';
  const { protocol, hostname, port, username, password } = new URL(text);
  if (username || password) return 'A URL that is called may not hold a user name or a password.';
  if (isBadPort(port)) return `Port ${port} belongs to another protocol.`;
  // The parser has brought every spelling of an IPv4 address (0x7f.1, 2130706433) into its usual form.
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const listed = isIP(address) ? allow.hasAddress(address) : allow.hasHost(address);
  if (protocol !== 'https:' && !(protocol === 'http:' && listed)) return 'Use an https:// address.';
  if (isIP(address) && !listed && !isPublicAddress(address))
    return `${address} is not an address on the public internet.`;
  if (!isIP(address) && !listed && /(?:^|\.)localhost\.?$/.test(address))
    return `${address} is not a host on the public internet.`;
  return undefined;
}

/** Resolves a name to those of its addresses that may be called; fails when there is none. */
function guardedLookup(
  host: string,
  allow: AllowList,
  resolve: NonNullable<GuardedHttpOptions['resolve']>,
): LookupFunction {
  return (_hostname, { all }, callback) => {
    resolve(host).then(
      (found) => {
        const usable = found.filter(
          ({ address }) =>
            isPublicAddress(address) ||
            allow.hasAddress(address) ||
            // The name of an own host must not lead to what hands out the machine's credentials.
            (allow.hasHost(host) && !isLinkLocal(address)),
        );
        const [first] = usable;
        if (!first) callback(new HttpRefused(`${host} has no address on the public internet.`), '');
        else if (all) callback(null, usable);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

/**
 * Asks the name servers without the system's resolver: that one works in the few threads which also read files, and a
 * host whose name server hangs would hold them all up.
 */
async function askNameServers(
  host: string,
  nameServers?: readonly string[],
): Promise<readonly LookupAddress[]> {
  const resolver = new dns.Resolver({ timeout: 3_000, tries: 2 });
  if (nameServers) resolver.setServers(nameServers);
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason;
  const found = (answer: PromiseSettledResult<string[]>, family: number): LookupAddress[] =>
    answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
  return [...found(v4, 4), ...found(v6, 6)];
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
