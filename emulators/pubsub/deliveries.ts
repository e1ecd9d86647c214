/** What becomes of a message that was handed out: acknowledged, held longer, or failed. */

import type { Catalog } from './catalog.ts';
import { deadLetter } from './dead-letters.ts';
import { PubSubError } from './errors.ts';
import type { Delivery } from './outstanding.ts';
import type { Store } from './store.ts';
import type { Subscription } from './subscription.ts';

export class Deliveries {
  readonly #store: Store;
  readonly #catalog: Catalog;

  constructor(store: Store, catalog: Catalog) {
    this.#store = store;
    this.#catalog = catalog;
  }

  /** Returns the ack ids that were not good any more. */
  acknowledge(subscription: Subscription, ackIds: readonly string[]): string[] {
    const write = this.#store.later.bind(this.#store);
    return ackIds.filter((ackId) => {
      const delivery = findDelivery(subscription, ackId);
      // Otherwise an acknowledgement is welcome as long as nobody else got the message meanwhile.
      const late = subscription.options.enableExactlyOnceDelivery && !isHeld(delivery);
      if (!delivery || late) return true;
      subscription.settle(delivery, write);
      subscription.acknowledged += 1;
      return false;
    });
  }

  /** Returns the ack ids that were not good any more. Throws INVALID_ARGUMENT. */
  extend(subscription: Subscription, ackIds: readonly string[], seconds: number): string[] {
    if (!(seconds >= 0 && seconds <= 600)) {
      throw new PubSubError('INVALID_ARGUMENT', 'An acknowledgement deadline is 0 to 600 seconds.');
    }
    return ackIds.filter((ackId) => {
      const delivery = findDelivery(subscription, ackId);
      if (!delivery?.leased) return true;
      if (seconds === 0) this.fail(subscription, delivery, 'The subscriber gave the message back.');
      else subscription.extend(delivery, after(seconds));
      return false;
    });
  }

  /** Gives one message back, unless it was handed out again since. */
  giveBack(subscription: Subscription, ackId: string, reason: string): void {
    const delivery = findDelivery(subscription, ackId);
    if (delivery) this.fail(subscription, delivery, reason);
  }

  /** After a failed attempt the message waits as the retry policy says, or ends among the dead letters. */
  fail(subscription: Subscription, delivery: Delivery, reason: string): void {
    const { retryPolicy, deadLetterPolicy } = subscription.options;
    if (deadLetterPolicy && delivery.attempts >= deadLetterPolicy.maxDeliveryAttempts) {
      const topicName = deadLetterPolicy.deadLetterTopic;
      deadLetter(this.#store, this.#catalog, subscription, { delivery, reason, topicName });
      return;
    }
    const seconds = retryPolicy
      ? Math.min(
          retryPolicy.maximumBackoffSeconds,
          retryPolicy.minimumBackoffSeconds * 2 ** (delivery.attempts - 1),
        )
      : 0;
    subscription.release(delivery, after(seconds));
  }
}

/** The time in whole ms. */
export function after(seconds: number): number {
  return Math.ceil(Date.now() + seconds * 1_000);
}

function isHeld(delivery: Delivery | undefined): boolean {
  return delivery?.leased === true && delivery.dueAt > Date.now();
}

/** The message that an ack id names, unless it was handed out again since. */
function findDelivery(subscription: Subscription, ackId: string): Delivery | undefined {
  const [messageId, attempt] = ackId.split('.');
  const delivery = subscription.find(Number(messageId));
  return delivery && delivery.attempts === Number(attempt) ? delivery : undefined;
}
