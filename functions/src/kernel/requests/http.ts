import type { Readable } from 'node:stream';
import { Problem } from '../errors.ts';

/** The part of an HTTP request the kernel uses; Express and the Functions Framework both give it. */
export interface IncomingRequest {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly header: (name: string) => string | undefined;
  /** All of them, by lower-case name; those sent several times joined by commas. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** The parsed JSON body, when the content type is JSON and the text was. */
  readonly body: unknown;
  /** The whole body, when it was read already. */
  readonly rawBody: Buffer | undefined;
  /** The unread body otherwise. */
  readonly stream: Readable;
  readonly address: string;
  readonly signal: AbortSignal;
}

export interface OutgoingResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Text, bytes, or a stream; undefined for none. */
  readonly body: string | Buffer | Readable | undefined;
}

export const MAX_JSON_BYTES = 10 * 1024 * 1024;

/** The JSON body of a request; throws 400, 413 or 415. An absent body is `{}`. */
export function jsonBody(request: IncomingRequest): unknown {
  const type = request.header('content-type');
  const length = request.rawBody?.length ?? Number(request.header('content-length') ?? 0);
  if (length > MAX_JSON_BYTES)
    throw new Problem('too_large', `Send at most ${MAX_JSON_BYTES} bytes of JSON.`);
  if (length === 0 && !request.header('transfer-encoding')) return {};
  if (!type || !/^application\/(?:[\w.-]+\+)?json\b/i.test(type))
    throw new Problem('unsupported_media_type', 'Send the body as application/json.');
  if (
    request.body !== undefined &&
    request.body !== null &&
    typeof request.body === 'object' &&
    !Buffer.isBuffer(request.body)
  )
    return request.body;
  try {
    return JSON.parse((request.rawBody ?? Buffer.alloc(0)).toString('utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : 'it could not be read';
    throw new Problem('malformed', `The body is not JSON: ${reason}.`);
  }
}

/** The version in an `If-Match` header: a number, undefined when there is none or `*`. */
export function ifMatch(request: IncomingRequest): number | undefined {
  const value = request.header('if-match')?.trim();
  if (value === undefined || value === '*') return undefined;
  const version = /^(?:W\/)?"(\d+)"$/.exec(value)?.[1];
  // A tag we never gave cannot match; -1 is no version.
  return version === undefined ? -1 : Number(version);
}

export const etag = (version: number): string => `"${version}"`;
