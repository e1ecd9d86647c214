/** Subscriptions between their form on the wire and the engine's options. */

import { PubSubError } from './errors.ts';
import { type Duration, type Names, toSeconds, type WireSubscription } from './grpc-wire.ts';
import type { PushConfig, SubscriptionOptions } from './types.ts';

const WEEK = 7 * 24 * 60 * 60;

/** Throws INVALID_ARGUMENT for values that Cloud Pub/Sub would not take. */
export function optionsOf(wire: WireSubscription, names: Names): SubscriptionOptions {
  const { name, topic, state: _state, detached: _detached, ...metadata } = wire;
  const ackDeadlineSeconds = wire.ackDeadlineSeconds || 10;
  check(ackDeadlineSeconds >= 10 && ackDeadlineSeconds <= 600, 'ackDeadlineSeconds is 10 to 600.');
  const retention = wire.messageRetentionDuration ? toSeconds(wire.messageRetentionDuration) : WEEK;
  check(
    retention >= 600 && retention <= 31 * 24 * 60 * 60,
    'messageRetentionDuration is 10 minutes to 31 days.',
  );
  const pushConfig = pushConfigOf(wire);
  return {
    name: names.inside('subscriptions', name),
    topic: topic.startsWith('_') ? topic : names.inside('topics', topic),
    ackDeadlineSeconds,
    messageRetentionSeconds: retention,
    retainAckedMessages: wire.retainAckedMessages,
    enableMessageOrdering: wire.enableMessageOrdering,
    enableExactlyOnceDelivery: wire.enableExactlyOnceDelivery,
    ...(wire.filter && { filter: wire.filter }),
    ...deadLetterPolicyOf(wire, names),
    ...(wire.retryPolicy && { retryPolicy: retryPolicyOf(wire.retryPolicy) }),
    ...(pushConfig && { pushConfig }),
    metadata: { ...metadata, ackDeadlineSeconds, messageRetentionDuration: toDuration(retention) },
  };
}

function deadLetterPolicyOf(
  { deadLetterPolicy }: WireSubscription,
  names: Names,
): Partial<SubscriptionOptions> {
  if (!deadLetterPolicy?.deadLetterTopic) return {};
  const maxDeliveryAttempts = deadLetterPolicy.maxDeliveryAttempts || 5;
  check(maxDeliveryAttempts >= 5 && maxDeliveryAttempts <= 100, 'maxDeliveryAttempts is 5 to 100.');
  const deadLetterTopic = names.inside('topics', deadLetterPolicy.deadLetterTopic);
  return { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts } };
}

function retryPolicyOf(policy: { minimumBackoff?: Duration | null; maximumBackoff?: Duration | null }) {
  return {
    minimumBackoffSeconds: policy.minimumBackoff ? toSeconds(policy.minimumBackoff) : 10,
    maximumBackoffSeconds: policy.maximumBackoff ? toSeconds(policy.maximumBackoff) : 600,
  };
}

function pushConfigOf({ pushConfig }: WireSubscription): PushConfig | undefined {
  if (!pushConfig?.pushEndpoint) return undefined;
  const { pushEndpoint, oidcToken, noWrapper } = pushConfig;
  check(URL.canParse(pushEndpoint) && /^https?:/.test(pushEndpoint), 'pushEndpoint is an http or https URL.');
  const { serviceAccountEmail = '', audience = '' } = oidcToken ?? {};
  return {
    endpoint: pushEndpoint,
    ...(serviceAccountEmail && { oidcToken: { serviceAccountEmail, ...(audience && { audience }) } }),
    ...(noWrapper && { noWrapper: true }),
  };
}

/** The subscription as it was sent, or as a subscription of this process would have been sent. */
export function toWire(options: SubscriptionOptions, names: Names): WireSubscription {
  const { retryPolicy, deadLetterPolicy } = options;
  return {
    ackDeadlineSeconds: options.ackDeadlineSeconds ?? 10,
    retainAckedMessages: options.retainAckedMessages ?? false,
    labels: {},
    enableMessageOrdering: options.enableMessageOrdering ?? false,
    filter: options.filter ?? '',
    enableExactlyOnceDelivery: options.enableExactlyOnceDelivery ?? false,
    messageRetentionDuration: toDuration(options.messageRetentionSeconds ?? WEEK),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoff: toDuration(retryPolicy.minimumBackoffSeconds),
        maximumBackoff: toDuration(retryPolicy.maximumBackoffSeconds),
      },
    }),
    ...options.metadata,
    ...(deadLetterPolicy && {
      deadLetterPolicy: {
        deadLetterTopic: names.outside('topics', deadLetterPolicy.deadLetterTopic),
        maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts,
      },
    }),
    detached: options.detached ?? false,
    name: names.outside('subscriptions', options.name),
    topic: names.outside('topics', options.topic),
    state: 'ACTIVE',
  };
}

function toDuration(seconds: number): Duration {
  const whole = Math.floor(seconds);
  return { seconds: whole, nanos: Math.round((seconds - whole) * 1e9) };
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new PubSubError('INVALID_ARGUMENT', message);
}
