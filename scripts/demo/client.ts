/** A small client of the public API, for the demonstration and for scripts that measure. */

import { setTimeout as sleep } from 'node:timers/promises';

/** An answer outside of 2xx. `message` holds the problem's own words and every field it names. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(method: string, path: string, status: number, text: string) {
    const { code = '', detail = text, errors = [] } = problemOf(text);
    const fields = errors.map((each) => `${each.path}: ${each.message}`);
    super([`${method} ${path} answered ${status}: ${detail}`, ...fields].join('\n  '));
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

export interface Session {
  accessToken: string;
  user: { id: string; email: string };
  tenant: { id: string; name: string };
}

/** How far an import is; counts as in `imports.jobs`. */
export interface ImportJob {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  /** Rows of the file, and those dealt with. */
  rows: number;
  processed: number;
  /** Records. */
  created: number;
  updated: number;
  /** Rows that are in no record because of this import, and how many of them were refused. */
  skipped: number;
  errorCount: number;
  /** The first thousand. */
  errors: { row: number; line: number; field: string; message: string }[];
  progress: number;
}

export interface QueryAnswer {
  rows: Record<string, string | number | null>[];
  engine: string;
  elapsedMs: number;
}

export interface Upload {
  /** `finance.invoices` */
  collection: string;
  /** Plain or gzip. */
  file: Uint8Array<ArrayBuffer> | string;
  fileName: string;
  /** Field by which rows update records that are there. */
  key?: string;
}

export interface Client {
  readonly url: string;
  /** The same server, as somebody else. */
  as(token: string): Client;
  get<T>(path: string): Promise<T>;
  /** Rejects with an ApiError. */
  post<T>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  /** Sends a CSV file; resolves with its job at once. */
  upload(upload: Upload): Promise<ImportJob>;
  /** Resolves when the import has ended. Throws when it did not end as `done`. */
  ended(job: ImportJob, progress?: (job: ImportJob) => void): Promise<ImportJob>;
  /** `POST /api/analytics/query` */
  query(question: object): Promise<QueryAnswer>;
}

const POLL_MS = 250;

export function createClient(url: string, token?: string): Client {
  async function send<T>(method: string, path: string, headers: object, body?: Upload['file']): Promise<T> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const init = { method, headers: { ...authorization, ...headers } };
    const response = await fetch(new URL(path, url), body === undefined ? init : { ...init, body });
    const text = await response.text();
    if (!response.ok) throw new ApiError(method, path, response.status, text);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
  const json = { 'content-type': 'application/json' };
  const get = <T>(path: string) => send<T>('GET', path, {});

  return {
    url,
    as: (other) => createClient(url, other),
    get,
    post: (path, body, headers = {}) => send('POST', path, { ...json, ...headers }, JSON.stringify(body)),
    patch: (path, body) => send('PATCH', path, json, JSON.stringify(body)),
    upload: ({ collection, file, fileName, key }) => {
      const path = `/api/${collection.replace('.', '/')}/import${key ? `?key=${key}` : ''}`;
      return send('POST', path, { 'content-type': 'text/csv', 'x-file-name': fileName }, file);
    },
    async ended(job, progress) {
      let now = job;
      while (now.state === 'queued' || now.state === 'running') {
        await sleep(POLL_MS);
        now = await get<ImportJob>(`/api/imports/jobs/${job.id}`);
        progress?.(now);
      }
      if (now.state !== 'done')
        throw new Error(`The import ended as ${now.state}: ${now.errors[0]?.message ?? 'no reason given'}`);
      return now;
    },
    query: (question) => send('POST', '/api/analytics/query', json, JSON.stringify(question)),
  };
}

interface ProblemDocument {
  code?: string;
  detail?: string;
  errors?: { path: string; message: string }[];
}

function problemOf(text: string): ProblemDocument {
  try {
    return JSON.parse(text) as ProblemDocument;
  } catch {
    return {};
  }
}
