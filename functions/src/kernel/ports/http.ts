import type { Readable } from 'node:stream';

/** Calls to addresses that somebody else chose. Implementations refuse addresses of the platform's own network. */
export interface Http {
  /**
   * Resolves whatever the other side answers; redirects are answers too and are not followed.
   * Throws `HttpRefused` when the address may not be called, `HttpFailed` when no whole answer came.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Like `send`, but resolves with the beginning of the answer; the body, of any size, is read as it comes. It fails with
   * `HttpFailed` when it breaks off, takes too long or is longer than `maxBytes`. Destroy it to close the connection early.
   */
  open(request: HttpRequest): Promise<HttpStream>;
  /** Why this address can never be called, as far as it shows without asking anybody; undefined when it may do. */
  refusal(url: string): string | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds from the look-up of the name to the last byte that is read. */
  readonly timeoutMs: number;
  /** Bytes of the answer's body that are read; then the connection is closed. More is a failure of `open`. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

interface HttpHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpStream extends HttpHead {
  /** Bytes as they were sent, compressed when `content-encoding` says so. */
  readonly body: Readable;
}

export interface HttpResponse extends HttpHead {
  /** The first `maxBytes` of the body, as UTF-8. */
  readonly body: string;
}

/** The address may not be called; nothing was sent. */
export class HttpRefused extends Error {
  override readonly name = 'HttpRefused';
}

/**
 * What went wrong: the name is not known (`dns`), nobody answers there (`connection`), TLS failed or the certificate is
 * not for this host (`certificate`), it took too long (`timeout`), what came is no whole HTTP answer (`answer`), or the
 * caller's signal ended it (`stopped`).
 */
export const HTTP_FAILURES = ['dns', 'connection', 'certificate', 'timeout', 'answer', 'stopped'] as const;
export type HttpFailure = (typeof HTTP_FAILURES)[number];

/** No whole answer came. */
export class HttpFailed extends Error {
  override readonly name = 'HttpFailed';
  readonly kind: HttpFailure;
  /** What had come by then, when the answer had begun. */
  readonly response: HttpResponse | undefined;

  constructor(kind: HttpFailure, message: string, response?: HttpResponse, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.response = response;
  }
}
