/** One refused field of a request. `path` is dotted (`lines.0.quantity`). */
export interface FieldError {
  readonly path: string;
  readonly message: string;
  readonly code: string;
}

/** What the API answers when it cannot do something (RFC 9457), or the browser when it cannot reach the API. */
export class ApiProblem extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly requestId: string | undefined;
  readonly errors: readonly FieldError[];
  /** Seconds, from `Retry-After`. */
  readonly retryAfter: number | undefined;

  constructor(status: number, document: Readonly<Record<string, unknown>>, retryAfter?: number) {
    const text = (name: string): string | undefined =>
      typeof document[name] === 'string' ? document[name] : undefined;
    super(text('detail') ?? text('title') ?? `HTTP ${status}`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = text('code') ?? (status === 0 ? 'offline' : 'internal');
    this.title = text('title') ?? '';
    this.requestId = text('requestId');
    this.errors = Array.isArray(document.errors) ? (document.errors as FieldError[]) : [];
    this.retryAfter = retryAfter;
  }
}

export const isProblem = (error: unknown, code?: string): error is ApiProblem =>
  error instanceof ApiProblem && (code === undefined || error.code === code);

/** Reads an answer that was not 2xx. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const document = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get('retry-after'));
  return new ApiProblem(
    response.status,
    document as Record<string, unknown>,
    Number.isFinite(wait) && wait > 0 ? wait : undefined,
  );
}
