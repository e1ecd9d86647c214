/** What every call has in common: its parts, its answer, its errors. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { BigQueryError } from '@mewayz/googlesql';
import type { Json } from './input.ts';
import { isObject } from './input.ts';

export interface Call {
  readonly method: string;
  /** Decoded parts of the path, by the names in the route. */
  readonly parts: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly ifMatch: string | undefined;
  /** The body as JSON; an empty one is `{}`. */
  body(): Promise<Json>;
  readonly request: IncomingMessage;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** insertAll takes 10 MB; queries with many parameters may be larger. */
const MAX_BODY = 64 * 1024 * 1024;

export async function readJson(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > MAX_BODY)
        throw new BigQueryError('invalid', 'Request payload size exceeds the limit: 67108864 bytes.');
      chunks.push(chunk);
    }
  };
  if (request.headers['content-encoding'] === 'gzip') await pipeline(request, createGunzip(), collect);
  else await collect(request);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body)) return body;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new BigQueryError('parseError', 'Parse Error: the body is no JSON object');
}

export function errorBody(error: BigQueryError): unknown {
  const { reason, message, location } = error.proto;
  const detail = { message, domain: 'global', reason, ...(location && { location, locationType: 'other' }) };
  return { error: { code: error.status, message, errors: [detail] } };
}

const compress = promisify(gzip);

export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, body, headers }: Answer,
): Promise<void> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const zipped = text.length > 4096 && String(request.headers['accept-encoding']).includes('gzip');
  const payload = zipped ? await compress(text, { level: 1 }) : Buffer.from(text);
  response.writeHead(body === undefined && status === 200 ? 204 : status, {
    ...(body !== undefined && { 'content-type': 'application/json; charset=UTF-8' }),
    ...(zipped && { 'content-encoding': 'gzip' }),
    'content-length': payload.length,
    ...headers,
  });
  response.end(payload);
}

/** A page of a list and the token of the next. */
export function page<Item>(
  items: readonly Item[],
  query: URLSearchParams,
  standard = 50,
): { items: readonly Item[]; next: string | undefined } {
  const start = Number(query.get('pageToken') ?? 0);
  if (!Number.isInteger(start) || start < 0) throw new BigQueryError('invalid', 'Invalid page token');
  const size = Math.min(Number(query.get('maxResults')) || standard, 10_000);
  const next = start + size < items.length ? String(start + size) : undefined;
  return { items: items.slice(start, start + size), next };
}
