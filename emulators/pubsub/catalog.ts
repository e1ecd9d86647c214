/** The topics and subscriptions of a store, in memory as on disk. */

import { PubSubError } from './errors.ts';
import { checkName, checkSubscription } from './limits.ts';
import type { Store } from './store.ts';
import { Subscription, type Topic } from './subscription.ts';
import type { SubscriptionOptions } from './types.ts';

interface SubscriptionRow {
  id: number;
  name: string;
  topicId: number;
  position: number;
  settings: string;
}

export class Catalog {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    const byId = new Map<number, Topic>();
    for (const { id, name } of store.all<{ id: number; name: string }>('topics')) {
      const lastId = store.get<{ id: number | null }>('lastOfTopic', id)?.id ?? 0;
      const topic = { id, name, lastId, published: 0, subscriptions: new Set<Subscription>() };
      byId.set(id, topic);
      this.topics.set(name, topic);
    }
    for (const row of store.all<SubscriptionRow>('subscriptions')) {
      const topic = byId.get(row.topicId);
      if (topic) this.#add(row, topic, JSON.parse(row.settings));
    }
  }

  /** Throws NOT_FOUND. */
  topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (!topic) throw new PubSubError('NOT_FOUND', `Topic ${name} does not exist.`);
    return topic;
  }

  /** Throws NOT_FOUND. */
  subscription(name: string): Subscription {
    const subscription = this.subscriptions.get(name);
    if (!subscription) throw new PubSubError('NOT_FOUND', `Subscription ${name} does not exist.`);
    return subscription;
  }

  createTopic(name: string): void {
    checkName('topic', name);
    if (this.topics.has(name)) return;
    const id = this.#store.transaction(() => this.#store.run('insertTopic', name));
    this.topics.set(name, { id, name, lastId: 0, published: 0, subscriptions: new Set() });
  }

  createSubscription(options: SubscriptionOptions): void {
    checkSubscription(options);
    const topic = this.topic(options.topic);
    if (options.deadLetterPolicy) this.topic(options.deadLetterPolicy.deadLetterTopic);
    const existing = this.subscriptions.get(options.name);
    if (existing) {
      this.#update(existing, options);
      return;
    }
    const position = topic.lastId;
    const id = this.#store.transaction(() =>
      this.#store.run('insertSubscription', options.name, topic.id, position, JSON.stringify(options)),
    );
    this.#add({ id, position }, topic, structuredClone(options));
  }

  #update(subscription: Subscription, options: SubscriptionOptions): void {
    if (subscription.topic.name !== options.topic) {
      const message = `Subscription ${options.name} belongs to topic ${subscription.topic.name}.`;
      throw new PubSubError('ALREADY_EXISTS', message);
    }
    if (!!subscription.options.enableMessageOrdering !== !!options.enableMessageOrdering) {
      const message = `Subscription ${options.name} exists with another enableMessageOrdering, which never changes.`;
      throw new PubSubError('INVALID_ARGUMENT', message);
    }
    const settings = JSON.stringify(options);
    if (JSON.stringify(subscription.options) === settings) return;
    this.#store.transaction(() => this.#store.run('updateSettings', settings, subscription.id));
    subscription.options = structuredClone(options);
  }

  #add(row: { id: number; position: number }, topic: Topic, options: SubscriptionOptions): void {
    const subscription = new Subscription(this.#store, row, topic, options);
    // Everything up to a position was published, even when it is deleted already.
    topic.lastId = Math.max(topic.lastId, row.position);
    topic.subscriptions.add(subscription);
    this.subscriptions.set(options.name, subscription);
  }

  deleteSubscription(name: string): void {
    const subscription = this.subscriptions.get(name);
    if (!subscription) return;
    const { id, topic } = subscription;
    const others = [...topic.subscriptions].filter((other) => other !== subscription);
    this.#store.transaction(() => {
      const own = this.#store.all<{ messageId: number; topicId: number }>('deliveries', id);
      for (const { messageId, topicId } of own)
        if (topicId === 0) this.#store.run('deleteMessage', messageId);
      for (const row of this.#store.all<{ id: number; orderingKey: string }>('idsOfTopic', topic.id)) {
        const needed = others.some((other) => other.isPending(row.id, row.orderingKey));
        if (!needed) this.#store.run('deleteMessage', row.id);
      }
      this.#store.run('deleteDeliveries', id);
      this.#store.run('deleteSubscription', id);
    });
    topic.subscriptions.delete(subscription);
    this.subscriptions.delete(name);
    subscription.wake();
  }
}
