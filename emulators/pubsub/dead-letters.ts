/** Messages that no attempt could handle: parked in a topic of their own, listed there, and given back. */

import type { Catalog } from './catalog.ts';
import { toMessage } from './message.ts';
import type { Delivery } from './outstanding.ts';
import { announce, insertMessage } from './publish.ts';
import type { MessageRow, Store } from './store.ts';
import type { Subscription } from './subscription.ts';
import type { OutgoingMessage, PubSubMessage } from './types.ts';

const MAX_REASON_LENGTH = 1_000;
const ADDED_ATTRIBUTES = /^CloudPubSubDeadLetter|^deadLetterReason$/;

/** Moves the message in one transaction. The attributes are those that Google's dead-letter topics carry. */
export function deadLetter(
  store: Store,
  catalog: Catalog,
  subscription: Subscription,
  { delivery, reason, topicName }: { delivery: Delivery; reason: string; topicName: string },
): void {
  const topic = catalog.topic(topicName);
  const row = store.get<MessageRow>('message', delivery.messageId);
  const parked = row && parkedMessage(toMessage(row), subscription.options.name, delivery.attempts, reason);
  const ids = store.transaction(() => {
    subscription.settle(delivery, store.run.bind(store));
    return parked ? [insertMessage(store, topic, parked)] : [];
  });
  subscription.deadLettered += 1;
  announce(topic, ids, parked ? [parked] : []);
}

function parkedMessage(
  message: PubSubMessage,
  source: string,
  attempts: number,
  reason: string,
): OutgoingMessage {
  const added = {
    CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
    CloudPubSubDeadLetterSourceSubscription: source,
    CloudPubSubDeadLetterSourceTopicPublishTime: message.publishTime.toISOString(),
    deadLetterReason: reason.slice(0, MAX_REASON_LENGTH),
  };
  return { ...message, attributes: { ...message.attributes, ...added } };
}

/** Gives one parked message back to the subscription it came from. False when it is not at hand. */
export function replay(store: Store, catalog: Catalog, parked: Subscription, messageId: number): boolean {
  const row = store.get<MessageRow>('message', messageId);
  if (!row || !parked.isPending(row.id, row.orderingKey)) return false;
  const { attributes } = toMessage(row);
  const source = catalog.subscription(attributes.CloudPubSubDeadLetterSourceSubscription ?? '');
  const kept = Object.entries(attributes).filter(([name]) => !ADDED_ATTRIBUTES.test(name));
  const json = JSON.stringify(Object.fromEntries(kept));
  const id = store.transaction(() => {
    if (!parked.discard(row.id, store.run.bind(store))) return undefined;
    const inserted = store.run('insertMessage', 0, '', row.publishedAt, json, row.data);
    store.run('putDelivery', source.id, inserted, 0, 0, 0);
    return inserted;
  });
  if (id === undefined) return false;
  source.add({ messageId: id, orderingKey: '', direct: true });
  source.waiters.wake();
  return true;
}
