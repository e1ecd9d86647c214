/** Uploads for load jobs: multipart, as the client sends them, and resumable, in pieces. */

import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BigQueryError } from '@mewayz/googlesql';
import type { Jobs } from '../jobs/jobs.ts';
import type { Routes } from './datasets.ts';
import type { Answer, Call } from './http.ts';
import { isObject, type Json, string } from './input.ts';
import { insertJob } from './jobs.ts';

const CRLF2 = Buffer.from('\r\n\r\n');

/** The JSON part of a multipart/related body; the other part goes to a file as it comes. */
export async function readMultipart(request: IncomingMessage, file: string): Promise<Json> {
  const output = createWriteStream(file);
  let metadata: Json | undefined;
  let held: Buffer = Buffer.alloc(0);
  let ending: Buffer = Buffer.alloc(0);
  let done = false;
  const parts = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      if (done) continue;
      held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
      if (!metadata) {
        const found = readHead(held);
        if (!found) continue;
        ({ metadata, ending, rest: held } = found);
      }
      const end = held.indexOf(ending);
      done = end >= 0;
      // What may be the beginning of the boundary waits for the next chunk.
      const safe = done ? end : Math.max(held.length - ending.length, 0);
      yield held.subarray(0, safe);
      held = held.subarray(safe);
    }
  };
  await pipeline(request, parts, output);
  if (!metadata || !done) throw new BigQueryError('invalid', 'The upload ended before its last part');
  return metadata;
}

/**
 * The first part and what follows the header of the second, once both are there. The boundary is read from the body:
 * the client loses its Content-Type header when it has credentials.
 */
function readHead(bytes: Buffer): { metadata: Json; ending: Buffer; rest: Buffer } | undefined {
  const first = bytes.indexOf('\r\n');
  const start = bytes.indexOf(CRLF2);
  if (first < 0 || start < 0) return undefined;
  if (bytes.subarray(0, 2).toString() !== '--')
    throw new BigQueryError('invalid', 'The upload has no multipart boundary');
  const ending = Buffer.concat([Buffer.from('\r\n'), bytes.subarray(0, first)]);
  const end = bytes.indexOf(ending, start);
  const second = end < 0 ? -1 : bytes.indexOf(CRLF2, end);
  if (second < 0) return undefined;
  const metadata: unknown = JSON.parse(bytes.subarray(start + CRLF2.length, end).toString('utf8'));
  if (!isObject(metadata))
    throw new BigQueryError('parseError', 'The first part of the upload is no JSON object');
  return { metadata, ending, rest: bytes.subarray(second + CRLF2.length) };
}

interface Resumable {
  readonly projectId: string;
  readonly metadata: Json;
  readonly file: string;
  received: number;
}

export function uploadRoutes(jobs: Jobs): Routes {
  const sessions = new Map<string, Resumable>();
  const newFile = () => join(jobs.database.uploads, randomUUID());

  const start = async (projectId: string, metadata: Json, file: string): Promise<Answer> => {
    const files = [await unzipped(file)];
    const discard = async () => {
      await Promise.all(files.map((path) => rm(path, { force: true })));
    };
    try {
      return { body: await insertJob(jobs, projectId, metadata, { files, discard }) };
    } catch (error) {
      await discard();
      throw error;
    }
  };

  const begin = async (call: Call): Promise<Answer> => {
    const id = randomUUID();
    sessions.set(id, {
      projectId: call.parts.project ?? '',
      metadata: await call.body(),
      file: newFile(),
      received: 0,
    });
    const { host } = call.request.headers;
    return {
      body: {},
      headers: {
        location: `http://${host}/upload/bigquery/v2/projects/${call.parts.project}/jobs?uploadType=resumable&upload_id=${id}`,
      },
    };
  };

  return {
    'POST /projects/:project/jobs': async (call) => {
      if (call.query.get('uploadType') === 'resumable') return begin(call);
      const file = newFile();
      try {
        const metadata = await readMultipart(call.request, file);
        return await start(call.parts.project ?? '', metadata, file);
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
    },
    'PUT /projects/:project/jobs': async (call) => {
      const id = string(call.query.get('upload_id'), 'upload_id');
      const session = sessions.get(id);
      if (!session) throw new BigQueryError('notFound', 'Not found: upload session');
      const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(call.request.headers['content-range'] ?? '');
      const from = Number(range?.[1] ?? 0);
      if (range?.[1] !== undefined && from > session.received)
        throw new BigQueryError(
          'invalid',
          `The upload continues at ${from}, but only ${session.received} bytes were received`,
        );
      if (range?.[1] !== undefined || !range) {
        await pipeline(
          call.request,
          createWriteStream(session.file, { flags: session.received > 0 ? 'r+' : 'w', start: from }),
        );
        session.received = (await stat(session.file)).size;
      }
      const total = range ? Number(range[3]) : session.received;
      if (session.received < total || Number.isNaN(total))
        return {
          status: 308,
          body: {},
          headers: session.received > 0 ? { range: `bytes=0-${session.received - 1}` } : {},
        };
      sessions.delete(id);
      return start(session.projectId, session.metadata, session.file);
    },
  };
}

/** Files may come in gzip; the reader wants them plain. */
async function unzipped(file: string): Promise<string> {
  const source = createReadStream(file, { end: 1 });
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  const [first, second] = Buffer.concat(chunks);
  if (first !== 0x1f || second !== 0x8b) return file;
  const plain = `${file}.plain`;
  await pipeline(createReadStream(file), createGunzip(), createWriteStream(plain)).catch((error: unknown) => {
    throw new BigQueryError('invalid', 'The upload is no complete gzip file', { cause: error });
  });
  await rm(file, { force: true });
  return plain;
}
