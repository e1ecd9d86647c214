import { type handleUnaryCall, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { PubSubError } from './errors.ts';

const INVALID_ACK_ID = 'PERMANENT_FAILURE_INVALID_ACK_ID';

/** From google/rpc/status.proto and error_details.proto. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
`);

/** Makes a gRPC method of a function from request to response. */
export function unary<Request, Response>(
  handler: (request: Request, signal: AbortSignal) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort());
    Promise.resolve()
      .then(() => handler(call.request, cancelled.signal))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toServiceError(error)),
      );
  };
}

/** The error as gRPC sends it. One that nobody planned tells nothing about the server. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof AckIdError) return error;
  const planned = error instanceof PubSubError;
  const details = planned ? error.message : 'The Pub/Sub server failed.';
  const code = planned ? error.code : status.INTERNAL;
  return Object.assign(new Error(details, { cause: error }), { code, details, metadata: new Metadata() });
}

/** Tells an exactly-once subscriber which of its ack ids were no longer good, as Cloud Pub/Sub does. */
export class AckIdError extends Error {
  readonly code = status.FAILED_PRECONDITION;
  readonly details = 'Some acknowledgement ids are expired or unknown.';
  readonly metadata = new Metadata();

  constructor(ackIds: readonly string[]) {
    super('Some acknowledgement ids are expired or unknown.');
    this.name = 'AckIdError';
    const info = {
      reason: INVALID_ACK_ID,
      domain: 'pubsub.googleapis.com',
      metadata: Object.fromEntries(ackIds.map((ackId) => [ackId, INVALID_ACK_ID])),
    };
    const any = { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: encode('ErrorInfo', info) };
    const encoded = encode('Status', { code: this.code, message: this.details, details: [any] });
    this.metadata.set('grpc-status-details-bin', Buffer.from(encoded));
  }
}

function encode(type: string, value: object): Uint8Array {
  const messageType = root.lookupType(type);
  return messageType.encode(messageType.fromObject(value)).finish();
}
