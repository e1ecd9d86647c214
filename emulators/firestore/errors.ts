/** The gRPC status codes that Firestore answers with. */
export const Code = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
} as const;

type CodeName = keyof typeof Code;

/** An answer other than OK, in the shape that Google's clients read (`code`, `details`, prefixed `message`). */
export class FirestoreError extends Error {
  readonly code: number;
  readonly details: string;

  constructor(status: CodeName, details: string) {
    super(`${Code[status]} ${status}: ${details}`);
    this.name = 'FirestoreError';
    this.code = Code[status];
    this.details = details;
  }
}

export function invalid(details: string): FirestoreError {
  return new FirestoreError('INVALID_ARGUMENT', details);
}

/** The folder cannot be used as a database. The message says why and what the operator can do. */
export class StorageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageError';
  }
}
