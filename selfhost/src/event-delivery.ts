/**
 * Delivers events to functions as Eventarc does: through a durable Pub/Sub subscription for each of them, at least
 * once, in the order of each ordering key, with backoff while they fail and a dead-letter topic at the end.
 */

import type { PubSubEngine, ReceivedMessage } from '@mewayz/emulators/pubsub';
import { type CloudFunction, numberOption, optionValue } from './discover.ts';
import type { HostLogger } from './host.ts';
import { withTimeout } from './timeout.ts';

/** The topic and the subscription that keep messages which no attempt could handle. */
export const DEAD_LETTERS = 'dead-letters';
const PREFIX = 'selfhost-';
/** In the cloud `concurrency` is for a machine of its own; here all functions share one, with the requests. */
const MAX_CONCURRENCY = 8;
/** Cloud Functions gives an event handler at most nine minutes. */
const DEFAULT_TIMEOUT_SECONDS = 540;

/** A function that events are delivered to, and which. */
export interface EventFunction {
  fn: CloudFunction;
  topic: string;
  /** Pub/Sub filter; without it every message of the topic is delivered. */
  filter?: string;
  /** The CloudEvent that the function is called with. @param subscription short name */
  toEvent(received: ReceivedMessage, subscription: string, projectId: string): object;
}

export interface DeliveryOptions {
  /** Backoff between the attempts of functions with `retry: true`; 10 and 600 seconds by default. */
  minimumBackoffSeconds?: number;
  maximumBackoffSeconds?: number;
  /** Attempts before a message is parked among the dead letters; 20 by default. */
  maxDeliveryAttempts?: number;
  /** Messages that one function handles at once, whatever it declares; 8 by default. */
  maxConcurrency?: number;
}

export interface DeliveryContext {
  pubsub: PubSubEngine;
  projectId: string;
  logger: HostLogger;
  delivery: DeliveryOptions;
}

/**
 * Creates topics and subscriptions, and removes the subscriptions of functions that are no longer exported or that
 * listen to something else now. Call it before anything is published, since a subscription sees only what comes after.
 */
export function prepareSubscriptions(
  functions: ReadonlyMap<string, EventFunction>,
  context: DeliveryContext,
): void {
  const { pubsub, delivery, logger } = context;
  pubsub.createTopic(DEAD_LETTERS);
  pubsub.createSubscription({ name: DEAD_LETTERS, topic: DEAD_LETTERS });
  for (const { name, topic, filter } of pubsub.subscriptions()) {
    const wanted = functions.get(name.slice(PREFIX.length));
    if (!name.startsWith(PREFIX) || (wanted?.topic === topic && wanted.filter === filter)) continue;
    logger.warn(
      { subscription: name },
      'removing the subscription of a function that no longer listens to it',
    );
    pubsub.deleteSubscription(name);
  }
  for (const [name, { topic, filter }] of functions) {
    pubsub.createTopic(topic);
    pubsub.createSubscription({
      name: PREFIX + name,
      topic,
      ...(filter && { filter }),
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
export async function consumeEvents(
  name: string,
  { fn, toEvent }: EventFunction,
  { pubsub, projectId, logger, delivery }: DeliveryContext,
  signal: AbortSignal,
): Promise<void> {
  const subscription = PREFIX + name;
  const retry = optionValue(fn.__endpoint.eventTrigger?.retry) === true;
  const seconds = numberOption(fn.__endpoint.timeoutSeconds) ?? DEFAULT_TIMEOUT_SECONDS;

  async function handle(received: ReceivedMessage): Promise<void> {
    try {
      await withTimeout(fn(toEvent(received, subscription, projectId)), seconds);
    } catch (error) {
      const { messageId } = received.message;
      const attempt = received.deliveryAttempt;
      logger.error({ err: error, function: name, messageId, attempt, retry }, 'event handler failed');
      if (retry) throw error;
    }
  }

  const declared = numberOption(fn.__endpoint.concurrency) ?? MAX_CONCURRENCY;
  const concurrency = Math.min(declared, delivery.maxConcurrency ?? MAX_CONCURRENCY);
  await pubsub.consume(subscription, handle, { concurrency, signal });
}
