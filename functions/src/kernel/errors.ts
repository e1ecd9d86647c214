/**
 * Every error the platform answers with, from one table. The HTTP status, the title, the OpenAPI responses
 * and the `ErrorCode` type are derived from it, so a code without a row does not compile.
 * Problem documents follow RFC 9457.
 */
export const ERRORS = {
  malformed: { status: 400, title: 'The request could not be read' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  quota_exceeded: { status: 402, title: 'The plan’s quota is used up' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict with the current state' },
  already_exists: { status: 409, title: 'Already exists' },
  in_progress: { status: 409, title: 'The same request is still being worked on' },
  stale: { status: 412, title: 'The record has changed since it was read' },
  too_large: { status: 413, title: 'Too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  invalid: { status: 422, title: 'Some fields are invalid' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used with another request' },
  precondition_required: { status: 428, title: 'An If-Match header is required' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One field that was refused: `path` is a dotted path into the input (`lines.0.quantity`). */
export interface FieldError {
  path: string;
  message: string;
  code: string;
}

export interface ProblemOptions {
  /** Every refused field; only for `malformed` and `invalid`. */
  errors?: readonly FieldError[];
  /** Members added to the problem document, such as `usage` and `limit`. */
  extensions?: Readonly<Record<string, unknown>>;
  /** Seconds after which the same request may succeed; sent as `Retry-After`. */
  retryAfter?: number;
  /** What really happened; logged, never sent. */
  cause?: unknown;
}

/** The one error class handlers throw. `detail` is public: it says what the caller can change. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.errors = options.errors;
    this.extensions = options.extensions;
    this.retryAfter = options.retryAfter;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** The RFC 9457 document for this error. */
  toDocument(requestId: string): Record<string, unknown> {
    return {
      type: `https://docs.mewayz.com/problems/${this.code}`,
      title: ERRORS[this.code].title,
      status: this.status,
      code: this.code,
      detail: this.message,
      requestId,
      ...(this.errors ? { errors: this.errors } : {}),
      ...this.extensions,
    };
  }
}

/** A thing that does not exist, or that the caller may not know of: both look the same. */
export const notFound = (what: string): Problem => new Problem('not_found', `${what} does not exist.`);

/** Turns anything thrown into a Problem; unknown errors become `internal` and keep their cause for the log. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem('internal', 'The error was recorded. Quote the request id when you report it.', {
    cause: error,
  });
}
