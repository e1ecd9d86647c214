import { Readable } from 'node:stream';
import { z } from 'zod';
import type { FileChoice, FileFormat } from '../../../kernel/ports/datasets.ts';
import type { HttpStream } from '../../../kernel/ports/http.ts';
import { addressErrors, publicUrl } from './address.ts';
import { basicOrBearer, credentialsOf } from './auth.ts';
import { asSourceError, type Call, openCall } from './call.ts';
import { type Cursor, defineSourceKind, type Fetched, type Fetching, SourceFailed } from './kind.ts';

const FORMATS = ['csv', 'ndjson', 'json', 'xlsx', 'parquet'] as const;

/** Times that a transfer which broke off is taken up again where it stopped. */
const RESUMES = 5;

/** A file at an address. One that has not changed since it was loaded is not loaded again. */
export const url = defineSourceKind({
  config: z.strictObject({
    kind: z.literal('url'),
    url: publicUrl,
    /** By default what the answer or the address says. Gzip and ZIP are recognised by themselves. */
    format: z.enum(FORMATS).optional(),
    /** Of a ZIP archive: the file to take; without it all that have the same columns. */
    entry: z.string().min(1).max(500).optional(),
    /** Of a workbook: the sheet to read; without it the first visible one. */
    sheet: z.string().min(1).max(100).optional(),
    auth: basicOrBearer.optional(),
  }),
  secrets: ['password', 'token'],
  audience: (config) => new URL(config.url).origin,
  check: (config, app) => addressErrors(config.url, app),
  fetch: async (fetching, { url, auth, format, entry, sheet }, cursor, signal) => {
    const choice = { ...(entry ? { entry } : {}), ...(sheet ? { sheet } : {}) };
    const credentials = credentialsOf(auth, fetching.secrets);
    return fetchFile(fetching, { url, credentials, format, choice }, cursor, signal);
  },
});

export interface FileAddress {
  readonly url: string;
  readonly credentials?: Readonly<Record<string, string>>;
  readonly format?: FileFormat | undefined;
  readonly choice?: FileChoice;
  /** Looks at the beginning of the answer; throws `SourceRefused` when it is not the file. */
  readonly expect?: (answer: HttpStream) => void;
}

/** Gets a file, unless it is the one that was loaded last. */
export async function fetchFile(
  fetching: Fetching,
  { url, credentials = {}, format, choice = {}, expect }: FileAddress,
  cursor: Cursor,
  signal: AbortSignal,
): Promise<Fetched> {
  const { maxBytes } = fetching;
  const known = cursor.url === url && !fetching.preview;
  const conditions = {
    ...(known && typeof cursor.etag === 'string' ? { 'if-none-match': cursor.etag } : {}),
    ...(known && typeof cursor.modified === 'string' ? { 'if-modified-since': cursor.modified } : {}),
  };
  const answer = await openCall(fetching, { url, credentials, maxBytes, headers: conditions }, signal);
  if (answer.status === 304) {
    answer.body.destroy();
    return { unchanged: true };
  }
  expect?.(answer);
  const { etag, 'last-modified': modified } = answer.headers;
  return {
    format: format ?? formatOf(url, answer.headers['content-type']),
    choice,
    content: Readable.from(resuming(fetching, { url, credentials, maxBytes }, answer, signal)),
    next: () => ({ url, ...(etag ? { etag } : {}), ...(modified ? { modified } : {}) }),
  };
}

/**
 * The body of an answer. When it breaks off, the rest is asked for, if the file can be told to be the same one
 * (`If-Range` with a strong validator: RFC 9110, section 13.1.5).
 */
async function* resuming(
  fetching: Fetching,
  call: Call,
  first: HttpStream,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { etag } = first.headers;
  const validator = etag?.startsWith('"') ? etag : undefined;
  let size = 0;
  let answer = first;
  for (let resumes = 0; ; resumes++) {
    try {
      for await (const part of answer.body) {
        size += (part as Buffer).length;
        yield part as Buffer;
      }
      return;
    } catch (error) {
      const failure = asSourceError(error);
      if (!(failure instanceof SourceFailed) || size > call.maxBytes) throw failure;
      if (validator === undefined || resumes === RESUMES) throw failure;
    }
    const headers = { range: `bytes=${size}-`, 'if-range': validator };
    answer = await openCall(fetching, { ...call, headers, maxBytes: call.maxBytes - size }, signal);
    const range = /^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1];
    if (answer.status !== 206 || Number(range) !== size) {
      answer.body.destroy();
      throw new SourceFailed('The transfer broke off, and cannot be taken up where it stopped.');
    }
  }
}

const TYPES: readonly (readonly [RegExp, FileFormat])[] = [
  [/ndjson|jsonl|json-seq|json-lines/, 'ndjson'],
  [/json/, 'json'],
  [/spreadsheetml/, 'xlsx'],
  [/parquet/, 'parquet'],
  [/csv|tab-separated|text\/plain/, 'csv'],
];
const ENDS: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.(?:ndjson|jsonl)(?:\.gz)?$/, 'ndjson'],
  [/\.json(?:\.gz)?$/, 'json'],
  [/\.xlsx$/, 'xlsx'],
  [/\.parquet$/, 'parquet'],
  [/\.(?:csv|tsv|txt)(?:\.gz)?$/, 'csv'],
];

/** By the end of the path, which whoever made the file chose; then by what the server says; else its bytes tell. */
function formatOf(url: string, type = ''): FileFormat | undefined {
  const path = new URL(url).pathname.toLowerCase();
  if (/\.zip$/.test(path)) return undefined;
  const byEnd = ENDS.find(([pattern]) => pattern.test(path))?.[1];
  return byEnd ?? TYPES.find(([pattern]) => pattern.test(type.toLowerCase()))?.[1];
}
