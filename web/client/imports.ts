import type { Api } from './api';
import { randomKey, withQuery } from './api';
import type { CollectionInfo } from './collections';
import { ApiProblem } from './problem';
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

/** Sends a file. XMLHttpRequest, because fetch does not tell how much of a body has left. */
export async function uploadImport(api: Api, request: ImportRequest): Promise<ImportJob> {
  const headers = fileHeaders(request.file.name);
  if (!headers) throw new ApiProblem(415, { code: 'unsupported_media_type' });
  const url = withQuery(`${request.collection.path}/import`, {
    key: request.key,
    dryRun: request.dryRun || undefined,
  });
  const token = await api.session.token();
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', url);
    xhr.responseType = 'json';
    xhr.setRequestHeader('authorization', `Bearer ${token}`);
    xhr.setRequestHeader('content-type', headers.type);
    xhr.setRequestHeader('idempotency-key', randomKey());
    xhr.setRequestHeader('x-file-name', encodeURIComponent(request.file.name));
    if (headers.encoding) xhr.setRequestHeader('content-encoding', headers.encoding);
    if (api.tenant) xhr.setRequestHeader('x-tenant-id', api.tenant);
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) request.onProgress?.(event.loaded / event.total);
    };
    xhr.onload = () => {
      const answer = (xhr.response ?? {}) as Record<string, unknown>;
      if (xhr.status >= 200 && xhr.status < 300) resolve(answer as unknown as ImportJob);
      else reject(new ApiProblem(xhr.status, answer));
    };
    xhr.onerror = () => reject(new ApiProblem(0, {}));
    xhr.onabort = () => reject(new DOMException('Aborted', 'AbortError'));
    request.signal?.addEventListener('abort', () => xhr.abort());
    xhr.send(request.file);
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
