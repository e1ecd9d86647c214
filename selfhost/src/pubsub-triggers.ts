/** Feeds functions that were declared with onMessagePublished from the Pub/Sub engine. */

import type { PubSubEngine, ReceivedMessage } from '@mewayz/emulators/pubsub';
import { type CloudFunction, numberOption, optionValue, stringOption } from './discover.ts';
import type { HostLogger } from './host.ts';
import { withTimeout } from './timeout.ts';

export const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';
/** The topic and the subscription that keep messages which no attempt could handle. */
export const DEAD_LETTERS = 'dead-letters';
const PREFIX = 'selfhost-';
/** In the cloud `concurrency` is for a machine of its own; here all functions share one, with the requests. */
const MAX_CONCURRENCY = 8;
/** Cloud Functions gives an event handler at most nine minutes. */
const DEFAULT_TIMEOUT_SECONDS = 540;

export interface DeliveryOptions {
  /** Backoff between the attempts of functions with `retry: true`; 10 and 600 seconds by default. */
  minimumBackoffSeconds?: number;
  maximumBackoffSeconds?: number;
  /** Attempts before a message is parked among the dead letters; 20 by default. */
  maxDeliveryAttempts?: number;
  /** Messages that one function handles at once, whatever it declares; 8 by default. */
  maxConcurrency?: number;
}

export interface PubSubTriggerContext {
  pubsub: PubSubEngine;
  projectId: string;
  logger: HostLogger;
  delivery: DeliveryOptions;
}

/**
 * Creates topics and subscriptions, and removes the subscriptions of functions that are no longer exported. Call it
 * before anything is published, since a subscription sees only what comes after it.
 */
export function prepareSubscriptions(
  functions: Map<string, CloudFunction>,
  context: PubSubTriggerContext,
): void {
  const { pubsub, delivery, logger } = context;
  pubsub.createTopic(DEAD_LETTERS);
  pubsub.createSubscription({ name: DEAD_LETTERS, topic: DEAD_LETTERS });
  for (const { name } of pubsub.subscriptions()) {
    if (!name.startsWith(PREFIX) || functions.has(name.slice(PREFIX.length))) continue;
    logger.warn({ subscription: name }, 'removing the subscription of a function that no longer exists');
    pubsub.deleteSubscription(name);
  }
  for (const [name, fn] of functions) {
    const topic = topicOf(name, fn);
    pubsub.createTopic(topic);
    pubsub.createSubscription({
      name: PREFIX + name,
      topic,
      ackDeadlineSeconds: 600,
      enableMessageOrdering: true,
      retryPolicy: {
        minimumBackoffSeconds: delivery.minimumBackoffSeconds ?? 10,
        maximumBackoffSeconds: delivery.maximumBackoffSeconds ?? 600,
      },
      deadLetterPolicy: {
        deadLetterTopic: DEAD_LETTERS,
        maxDeliveryAttempts: delivery.maxDeliveryAttempts ?? 20,
      },
    });
  }
}

/** Runs one function on its subscription until the signal aborts and its running handlers are done. */
export async function consumeTopic(
  name: string,
  fn: CloudFunction,
  context: PubSubTriggerContext,
  signal: AbortSignal,
): Promise<void> {
  const subscription = PREFIX + name;
  const topic = topicOf(name, fn);
  const retry = optionValue(fn.__endpoint.eventTrigger?.retry) === true;
  const seconds = numberOption(fn.__endpoint.timeoutSeconds) ?? DEFAULT_TIMEOUT_SECONDS;

  async function handle(received: ReceivedMessage): Promise<void> {
    try {
      await withTimeout(fn(toCloudEvent(received, topic, subscription, context.projectId)), seconds);
    } catch (error) {
      const { messageId } = received.message;
      const attempt = received.deliveryAttempt;
      context.logger.error({ err: error, function: name, messageId, attempt, retry }, 'event handler failed');
      if (retry) throw error;
    }
  }

  const declared = numberOption(fn.__endpoint.concurrency) ?? MAX_CONCURRENCY;
  const concurrency = Math.min(declared, context.delivery.maxConcurrency ?? MAX_CONCURRENCY);
  await context.pubsub.consume(subscription, handle, { concurrency, signal });
}

function topicOf(name: string, fn: CloudFunction): string {
  const topic = stringOption(fn.__endpoint.eventTrigger?.eventFilters.topic);
  if (!topic) throw new Error(`Function ${name} listens to Pub/Sub without naming a topic.`);
  return topic;
}

/** The CloudEvent that Eventarc sends: https://github.com/googleapis/google-cloudevents (cloud.pubsub.v1). */
function toCloudEvent(
  received: ReceivedMessage,
  topic: string,
  subscription: string,
  projectId: string,
): object {
  const { messageId, data, attributes, orderingKey, publishTime } = received.message;
  const time = publishTime.toISOString();
  return {
    specversion: '1.0',
    id: messageId,
    source: `//pubsub.googleapis.com/projects/${projectId}/topics/${topic}`,
    type: MESSAGE_PUBLISHED,
    time,
    datacontenttype: 'application/json',
    data: {
      message: {
        messageId,
        data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
        attributes,
        publishTime: time,
        ...(orderingKey && { orderingKey }),
      },
      subscription: `projects/${projectId}/subscriptions/${subscription}`,
      deliveryAttempt: received.deliveryAttempt,
    },
  };
}
