/** BigQuery's error reasons and the HTTP status each comes with (https://cloud.google.com/bigquery/docs/error-messages). */
const STATUS = {
  invalid: 400,
  invalidQuery: 400,
  parseError: 400,
  required: 400,
  bytesBilledLimitExceeded: 400,
  responseTooLarge: 403,
  stopped: 200,
  timeout: 400,
  notFound: 404,
  duplicate: 409,
  resourceInUse: 400,
  conditionNotMet: 412,
  quotaExceeded: 403,
  resourcesExceeded: 400,
  notImplemented: 501,
  internalError: 500,
  backendError: 503,
} as const;

export type ErrorReason = keyof typeof STATUS;

/** One error as it stands in a response or in a job's status. */
export interface ErrorProto {
  readonly reason: ErrorReason;
  readonly message: string;
  readonly location?: string;
  readonly domain?: string;
}

/** Every error that the engine throws on purpose. `status` is the HTTP status of a call that fails with it. */
export class BigQueryError extends Error {
  readonly reason: ErrorReason;
  readonly status: number;
  /** What the error is about: a field, a row, or `query`. */
  readonly location: string | undefined;

  constructor(reason: ErrorReason, message: string, options?: ErrorOptions & { location?: string }) {
    super(message, options);
    this.name = 'BigQueryError';
    this.reason = reason;
    this.status = STATUS[reason];
    this.location = options?.location;
  }

  get proto(): ErrorProto {
    return { reason: this.reason, message: this.message, ...(this.location && { location: this.location }) };
  }
}

/** The statement is wrong; `offset` is where, counted in UTF-16 units, and becomes `[line:column]`. */
export class SqlError extends BigQueryError {
  constructor(message: string, source?: string, offset?: number) {
    const place = source !== undefined && offset !== undefined ? ` at ${position(source, offset)}` : '';
    super('invalidQuery', `${message}${place}`, { location: 'query' });
    this.name = 'SqlError';
  }
}

function position(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n');
  return `[${before.length}:${(before.at(-1)?.length ?? 0) + 1}]`;
}
