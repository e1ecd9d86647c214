/**
 * Request bodies as Google's functions-framework presents them: `rawBody` and a parsed `body` for JSON, forms and
 * text. Everything else (files, CSV, NDJSON, archives) stays an unread stream, whatever its size, for the function.
 */

import type { IncomingMessage } from 'node:http';
import { parse as parseForm } from 'node:querystring';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

export const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface BodyRequest extends IncomingMessage {
  body?: unknown;
  rawBody?: Buffer;
}

type Kind = 'json' | 'form' | 'text';

export class BodyError extends Error {
  readonly code: 'too_large' | 'unsupported_media_type' | 'malformed';

  constructor(code: BodyError['code'], message: string) {
    super(message);
    this.name = 'BodyError';
    this.code = code;
  }
}

/** True when the request has a body that `readBody` would read into memory. */
export function hasBufferedBody(request: IncomingMessage): boolean {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  return hasBody && kindOf(headers['content-type']) !== undefined;
}

/** Sets `rawBody` and `body`. JSON that does not parse leaves `body` undefined. Rejects with a BodyError. */
export async function readBody(request: BodyRequest): Promise<void> {
  const kind = kindOf(request.headers['content-type']);
  if (!kind) return;
  const raw = await collect(request);
  request.rawBody = raw;
  request.body =
    kind === 'json' ? parseJson(raw) : kind === 'form' ? { ...parseForm(raw.toString()) } : raw.toString();
}

function kindOf(contentType: string | undefined): Kind | undefined {
  if (!contentType) return undefined;
  if (contentType === 'application/json') return 'json';
  const end = contentType.indexOf(';');
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  return type.startsWith('text/') && type !== 'text/csv' ? 'text' : undefined;
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString());
  } catch {
    return undefined;
  }
}

function collect(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () =>
    new BodyError('too_large', 'The body may have at most 10 MB; send larger data as a file.');
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) return Promise.reject(tooLarge());
  const source = decoded(request);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      request.unpipe();
      reject(tooLarge());
    });
    source.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    source.on('error', () =>
      reject(new BodyError('malformed', 'The body ended early or is not well compressed.')),
    );
    if (source !== request) request.on('error', () => source.destroy(new Error('aborted')));
  });
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return request;
  if (encoding === 'gzip') return request.pipe(createGunzip());
  if (encoding === 'deflate') return request.pipe(createInflate());
  if (encoding === 'br') return request.pipe(createBrotliDecompress());
  throw new BodyError('unsupported_media_type', 'Content-Encoding may be gzip, deflate or br.');
}
