import { ApiProblem, problemOf } from './problem';
import { Session } from './session';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  readonly body?: unknown;
  /** The ETag of the record a write is based on. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
  /** For calls that need nobody to be signed in. */
  readonly anonymous?: boolean;
}

const TENANT_KEY = 'tenant';

export const withQuery = (path: string, query: Query = {}): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return text ? `${path}?${text}` : path;
};

/** Calls the API of this origin: signs requests, renews the token once on 401, and turns failures into `ApiProblem`. */
export class Api {
  readonly session = new Session();

  /** The tenant this tab works in; a new tab starts in the one chosen last. Undefined is the caller's default. */
  get tenant(): string | undefined {
    return sessionStorage.getItem(TENANT_KEY) ?? localStorage.getItem(TENANT_KEY) ?? undefined;
  }

  set tenant(id: string | undefined) {
    for (const storage of [sessionStorage, localStorage])
      if (id) storage.setItem(TENANT_KEY, id);
      else storage.removeItem(TENANT_KEY);
  }

  get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
    this.call<T>('GET', path, { query, signal });
  post = <T>(path: string, body: unknown = {}, options: CallOptions = {}): Promise<T> =>
    this.call<T>('POST', path, { ...options, body });
  put = <T>(path: string, body: unknown): Promise<T> => this.call<T>('PUT', path, { body });
  patch = <T>(path: string, body: unknown, ifMatch?: string): Promise<T> =>
    this.call<T>('PATCH', path, { body, ifMatch });
  delete = (path: string, ifMatch?: string): Promise<void> => this.call<void>('DELETE', path, { ifMatch });

  /** A POST that only reads: nothing is kept of it on the server, so that it may be repeated freely. */
  async ask<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return (await this.askFile(path, body, signal)).json() as Promise<T>;
  }

  /** The same for an answer that is a file. */
  askFile = (path: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
    this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });

  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    if (options.ifMatch) headers['if-match'] = options.ifMatch;
    // The key is made once a call, so that the retry after a 401 cannot write twice.
    if (method === 'POST') headers['idempotency-key'] = randomKey();
    const init: RequestInit = {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
    };
    const response = await this.fetch(withQuery(path, options.query), init, options.anonymous);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** `fetch` for this API: signed, and throwing for anything but 2xx. */
  async fetch(path: string, init: RequestInit, anonymous = false): Promise<Response> {
    const response = await this.#send(path, init, anonymous ? undefined : await this.session.token());
    if (response.ok) return response;
    if (response.status !== 401 || anonymous) throw await problemOf(response);
    const again = await this.#send(path, init, await this.session.refresh());
    if (!again.ok) throw await problemOf(again);
    return again;
  }

  async #send(path: string, init: RequestInit, token: string | undefined): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token) headers.set('authorization', `Bearer ${token}`);
    if (token && this.tenant) headers.set('x-tenant-id', this.tenant);
    try {
      return await fetch(path, { ...init, headers });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ApiProblem(0, {});
    }
  }
}

/** A random UUID; `crypto.randomUUID` exists only on secure origins, and a server in an office may be plain HTTP. */
export function randomKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
