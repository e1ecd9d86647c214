/** The limits of Cloud Pub/Sub (https://docs.cloud.google.com/pubsub/quotas#resource_limits), so that what works here works there. */

import { PubSubError } from './errors.ts';
import { compileFilter } from './filter.ts';
import type { OutgoingMessage, SubscriptionOptions } from './types.ts';

export const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
export const MAX_REQUEST_MESSAGES = 1_000;
const MAX_ATTRIBUTES = 100;
const MAX_ATTRIBUTE_NAME_BYTES = 256;
const MAX_ATTRIBUTE_VALUE_BYTES = 1_024;
const MAX_ORDERING_KEY_BYTES = 1_024;
const MAX_ACK_DEADLINE_SECONDS = 600;
const MAX_BACKOFF_SECONDS = 600;

/** Throws INVALID_ARGUMENT unless Cloud Pub/Sub would accept these messages in one request. */
export function checkMessages(messages: readonly OutgoingMessage[]): void {
  if (messages.length > MAX_REQUEST_MESSAGES) invalid(`At most ${MAX_REQUEST_MESSAGES} messages at once.`);
  let bytes = 0;
  for (const message of messages) bytes += checkMessage(message);
  if (bytes > MAX_REQUEST_BYTES)
    invalid(`The messages hold ${bytes} bytes; ${MAX_REQUEST_BYTES} are allowed at once.`);
}

function checkMessage({ data, attributes = {}, orderingKey = '' }: OutgoingMessage): number {
  const pairs = Object.entries(attributes);
  if (data.length === 0 && pairs.length === 0) invalid('A message needs data or an attribute.');
  if (Buffer.byteLength(orderingKey) > MAX_ORDERING_KEY_BYTES) {
    invalid(`An ordering key has at most ${MAX_ORDERING_KEY_BYTES} bytes.`);
  }
  if (pairs.length > MAX_ATTRIBUTES) invalid(`A message has at most ${MAX_ATTRIBUTES} attributes.`);
  let bytes = data.length;
  for (const [name, value] of pairs) {
    const nameBytes = Buffer.byteLength(name);
    const valueBytes = Buffer.byteLength(value);
    if (nameBytes === 0 || nameBytes > MAX_ATTRIBUTE_NAME_BYTES) {
      invalid(`An attribute's name has 1 to ${MAX_ATTRIBUTE_NAME_BYTES} bytes.`);
    }
    if (valueBytes > MAX_ATTRIBUTE_VALUE_BYTES) {
      invalid(`Attribute ${name} has more than ${MAX_ATTRIBUTE_VALUE_BYTES} bytes.`);
    }
    bytes += nameBytes + valueBytes;
  }
  return bytes;
}

/** Throws INVALID_ARGUMENT for an empty or overlong name. */
export function checkName(kind: string, name: string): void {
  if (name.length === 0 || name.length > 1_024) invalid(`A ${kind} needs a name of at most 1024 characters.`);
}

/** Throws INVALID_ARGUMENT for options out of range. */
export function checkSubscription(options: SubscriptionOptions): void {
  checkName('subscription', options.name);
  const { ackDeadlineSeconds, retryPolicy, deadLetterPolicy, filter } = options;
  if (
    ackDeadlineSeconds !== undefined &&
    !(ackDeadlineSeconds > 0 && ackDeadlineSeconds <= MAX_ACK_DEADLINE_SECONDS)
  ) {
    invalid(`ackDeadlineSeconds is more than 0 and at most ${MAX_ACK_DEADLINE_SECONDS}.`);
  }
  if (retryPolicy) {
    const { minimumBackoffSeconds: minimum, maximumBackoffSeconds: maximum } = retryPolicy;
    if (!(minimum >= 0 && minimum <= maximum && maximum <= MAX_BACKOFF_SECONDS)) {
      invalid(`A retry policy needs 0 ≤ minimum ≤ maximum ≤ ${MAX_BACKOFF_SECONDS} seconds.`);
    }
  }
  if (filter) compileFilter(filter);
  if (deadLetterPolicy && !(deadLetterPolicy.maxDeliveryAttempts >= 1)) {
    invalid('maxDeliveryAttempts is at least 1.');
  }
}

function invalid(message: string): never {
  throw new PubSubError('INVALID_ARGUMENT', message);
}
