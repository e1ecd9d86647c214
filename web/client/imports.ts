import type { Api } from './api';
import { randomKey, withQuery } from './api';
import type { CollectionInfo } from './collections';
import { ApiProblem } from './problem';
import { sendFile } from './send-file';
import type { ImportJob } from './types';

export interface ImportRequest {
  readonly collection: CollectionInfo;
  readonly file: File;
  /** Field that decides whether a row is new; rows with a known value update. */
  readonly key?: string;
  /** Only checks the file. */
  readonly dryRun?: boolean;
  /** 0 to 1, while the file travels. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/\.(csv|tsv|txt)$/i, 'text/csv'],
  [/\.(ndjson|jsonl)$/i, 'application/x-ndjson'],
  [/\.json$/i, 'application/json'],
  [/\.xlsx$/i, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
];

export const ACCEPTED_FILES = '.csv,.tsv,.txt,.ndjson,.jsonl,.json,.xlsx,.gz';

/** How a file is announced to the API, by its name: the type, and gzip when the name ends so. Undefined when unknown. */
export function fileHeaders(name: string): { type: string; encoding?: 'gzip' } | undefined {
  const zipped = /\.gz$/i.test(name);
  const type = TYPES.find(([pattern]) => pattern.test(zipped ? name.slice(0, -3) : name))?.[1];
  if (!type) return undefined;
  return zipped ? { type, encoding: 'gzip' } : { type };
}

/** Sends a file to be imported. */
export async function uploadImport(api: Api, request: ImportRequest): Promise<ImportJob> {
  const { collection, file, key, dryRun, onProgress, signal } = request;
  const headers = fileHeaders(file.name);
  if (!headers) throw new ApiProblem(415, { code: 'unsupported_media_type' });
  return sendFile(api, withQuery(`${collection.path}/import`, { key, dryRun: dryRun || undefined }), file, {
    headers: {
      'content-type': headers.type,
      'idempotency-key': randomKey(),
      'x-file-name': encodeURIComponent(file.name),
      ...(headers.encoding ? { 'content-encoding': headers.encoding } : {}),
    },
    onProgress,
    signal,
  });
}

export const isFinished = (job: Pick<ImportJob, 'state'>): boolean =>
  job.state !== 'queued' && job.state !== 'running';

/** Headers carry names percent-encoded; a name with a bare percent sign is shown as it is. */
export function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
