/** The gRPC status codes that the engine answers with; the network door passes them through unchanged. */
export const PUBSUB_STATUS = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
} as const;

export type PubSubStatus = keyof typeof PUBSUB_STATUS;

/** Every error that the engine throws on purpose. `code` is the numeric gRPC status, as Google's clients expect. */
export class PubSubError extends Error {
  readonly status: PubSubStatus;
  readonly code: number;

  constructor(status: PubSubStatus, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PubSubError';
    this.status = status;
    this.code = PUBSUB_STATUS[status];
  }
}
