import { consume } from './consumer.ts';
import { PubSubError } from './errors.ts';
import { checkMessages, checkName, checkSubscription } from './limits.ts';
import { type MessageRow, Store } from './store.ts';
import { type Delivery, Subscription, type Topic, toMessage } from './subscription.ts';
import type {
  ConsumeOptions,
  OutgoingMessage,
  PublishOptions,
  PubSubEngine,
  PubSubMessage,
  PubSubStatistics,
  ReceivedMessage,
  SubscriptionOptions,
} from './types.ts';

const DEFAULT_ACK_DEADLINE_SECONDS = 10;
/** Acknowledgements of this many milliseconds share one fsync. */
const SYNC_DELAY = 20;
const SYNC_RETRY_DELAY = 1_000;
const MAX_REASON_LENGTH = 1_000;
const DEAD_LETTER_ATTRIBUTES = /^CloudPubSubDeadLetter|^deadLetterReason$/;

/**
 * Opens the messages and subscriptions of a folder, creating it when it is missing. One process at a time: a second
 * one gets UNAVAILABLE. At-least-once: what `publish` returned is handed out until it is acknowledged, whatever
 * process or power fails in between.
 */
export function openPubSubEngine(options: { directory: string }): PubSubEngine {
  return new Engine(new Store(options.directory));
}

class Engine implements PubSubEngine {
  readonly #store: Store;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  #syncTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(store: Store) {
    this.#store = store;
    const topics = new Map<number, Topic>();
    for (const { id, name } of store.all<{ id: number; name: string }>('topics')) {
      const lastId = store.get<{ id: number | null }>('lastOfTopic', id)?.id ?? 0;
      const topic = { id, name, lastId, published: 0, subscriptions: new Set<Subscription>() };
      topics.set(id, topic);
      this.#topics.set(name, topic);
    }
    for (const row of store.all<SubscriptionRow>('subscriptions')) {
      const topic = topics.get(row.topicId);
      if (topic) this.#addSubscription(row, topic, JSON.parse(row.settings));
    }
  }

  createTopic(name: string): void {
    this.#checkOpen();
    checkName('topic', name);
    if (this.#topics.has(name)) return;
    const id = this.#store.transaction(() => this.#store.run('insertTopic', name));
    this.#topics.set(name, { id, name, lastId: 0, published: 0, subscriptions: new Set() });
  }

  createSubscription(options: SubscriptionOptions): void {
    this.#checkOpen();
    checkSubscription(options);
    const topic = this.#topic(options.topic);
    if (options.deadLetterPolicy) this.#topic(options.deadLetterPolicy.deadLetterTopic);
    const settings = JSON.stringify(options);
    const existing = this.#subscriptions.get(options.name);
    if (existing) {
      this.#updateSubscription(existing, options, settings);
      return;
    }
    const position = topic.lastId;
    const id = this.#store.transaction(() =>
      this.#store.run('insertSubscription', options.name, topic.id, position, settings),
    );
    this.#addSubscription({ id, position }, topic, structuredClone(options));
  }

  #updateSubscription(subscription: Subscription, options: SubscriptionOptions, settings: string): void {
    if (subscription.topic.name !== options.topic) {
      const message = `Subscription ${options.name} belongs to topic ${subscription.topic.name}.`;
      throw new PubSubError('ALREADY_EXISTS', message);
    }
    if (!!subscription.options.enableMessageOrdering !== !!options.enableMessageOrdering) {
      const message = `Subscription ${options.name} exists with another enableMessageOrdering, which never changes.`;
      throw new PubSubError('INVALID_ARGUMENT', message);
    }
    if (JSON.stringify(subscription.options) === settings) return;
    this.#store.transaction(() => this.#store.run('updateSettings', settings, subscription.id));
    subscription.options = structuredClone(options);
  }

  #addSubscription(row: { id: number; position: number }, topic: Topic, options: SubscriptionOptions): void {
    const subscription = new Subscription(this.#store, row, topic, options);
    topic.lastId = Math.max(topic.lastId, row.position);
    topic.subscriptions.add(subscription);
    this.#subscriptions.set(options.name, subscription);
  }

  deleteSubscription(name: string): void {
    this.#checkOpen();
    const subscription = this.#subscriptions.get(name);
    if (!subscription) return;
    const { topic } = subscription;
    const others = [...topic.subscriptions].filter((other) => other !== subscription);
    this.#store.transaction(() => {
      const own = this.#store.all<{ messageId: number; topicId: number }>('deliveries', subscription.id);
      for (const { messageId, topicId } of own)
        if (topicId === 0) this.#store.run('deleteMessage', messageId);
      for (const row of this.#store.all<{ id: number; orderingKey: string }>('idsOfTopic', topic.id)) {
        const needed = others.some((other) => other.isPending(row.id, row.orderingKey));
        if (!needed) this.#store.run('deleteMessage', row.id);
      }
      this.#store.run('deleteDeliveries', subscription.id);
      this.#store.run('deleteSubscription', subscription.id);
    });
    topic.subscriptions.delete(subscription);
    this.#subscriptions.delete(name);
    subscription.wake();
  }

  topics(): string[] {
    return [...this.#topics.keys()];
  }

  subscriptions(): SubscriptionOptions[] {
    return [...this.#subscriptions.values()].map(({ options }) => structuredClone(options));
  }

  publish(topicName: string, messages: readonly OutgoingMessage[], options: PublishOptions = {}): string[] {
    this.#checkOpen();
    checkMessages(messages);
    const { cursor } = options;
    if (cursor && cursor.name === '') throw new PubSubError('INVALID_ARGUMENT', 'A cursor needs a name.');
    const topic = this.#topic(topicName);
    const ids = this.#store.transaction(() => {
      if (cursor) this.#store.run('setCursor', cursor.name, cursor.value);
      return messages.map((message) => this.#insert(topic, message));
    });
    this.#announce(topic, ids);
    return ids.map(String);
  }

  #insert(topic: Topic, { data, attributes = {}, orderingKey = '' }: OutgoingMessage): number {
    const id = this.#store.run(
      'insertMessage',
      topic.id,
      orderingKey,
      Date.now(),
      JSON.stringify(attributes),
      data,
    );
    // Nobody will ever ask for a message that was published before the first subscription.
    if (topic.subscriptions.size === 0) this.#store.run('deleteMessage', id);
    return id;
  }

  #announce(topic: Topic, ids: number[]): void {
    topic.lastId = ids.at(-1) ?? topic.lastId;
    topic.published += ids.length;
    for (const subscription of topic.subscriptions) {
      subscription.backlog += ids.length;
      subscription.wake();
    }
  }

  cursor(name: string): string | undefined {
    this.#checkOpen();
    return this.#store.get<{ value: string }>('cursor', name)?.value;
  }

  pull(subscriptionName: string, max: number): ReceivedMessage[] {
    const subscription = this.#subscription(subscriptionName);
    const seconds = subscription.options.ackDeadlineSeconds ?? DEFAULT_ACK_DEADLINE_SECONDS;
    return this.#take(subscription, max, Date.now() + seconds * 1_000);
  }

  #take(subscription: Subscription, max: number, leaseEnd: number): ReceivedMessage[] {
    return subscription.take(max, leaseEnd, (delivery) =>
      this.#fail(subscription, delivery, 'The acknowledgement deadline passed.'),
    );
  }

  acknowledge(subscriptionName: string, ackIds: readonly string[]): string[] {
    const subscription = this.#subscription(subscriptionName);
    const write = this.#store.later.bind(this.#store);
    return ackIds.filter((ackId) => {
      const delivery = findDelivery(subscription, ackId);
      if (!delivery) return true;
      subscription.settle(delivery, write);
      subscription.acknowledged += 1;
      this.#syncSoon(SYNC_DELAY);
      return false;
    });
  }

  modifyAckDeadline(subscriptionName: string, ackIds: readonly string[], seconds: number): string[] {
    const subscription = this.#subscription(subscriptionName);
    if (!(seconds >= 0 && seconds <= 600)) {
      throw new PubSubError('INVALID_ARGUMENT', 'An acknowledgement deadline is 0 to 600 seconds.');
    }
    return ackIds.filter((ackId) => {
      const delivery = findDelivery(subscription, ackId);
      if (!delivery?.leased) return true;
      if (seconds === 0) this.#fail(subscription, delivery, 'The subscriber gave the message back.');
      else subscription.extend(delivery, Date.now() + seconds * 1_000);
      this.#syncSoon(SYNC_DELAY);
      return false;
    });
  }

  async consume(
    subscriptionName: string,
    handler: (message: ReceivedMessage) => Promise<void>,
    options: ConsumeOptions,
  ): Promise<void> {
    const subscription = this.#subscription(subscriptionName);
    const source = {
      subscription,
      // A handler of this process either ends or dies with it: its lease needs no deadline.
      take: (max: number) =>
        this.#isGone(subscription) ? [] : this.#take(subscription, max, Number.POSITIVE_INFINITY),
      acknowledge: (ackId: string) => {
        if (!this.#isGone(subscription)) this.acknowledge(subscriptionName, [ackId]);
      },
      giveBack: (ackId: string, reason: string) => {
        const delivery = this.#isGone(subscription) ? undefined : findDelivery(subscription, ackId);
        if (delivery) this.#fail(subscription, delivery, reason);
      },
    };
    await consume(source, handler, options);
  }

  #isGone(subscription: Subscription): boolean {
    return this.#closed || !subscription.topic.subscriptions.has(subscription);
  }

  #fail(subscription: Subscription, delivery: Delivery, reason: string): void {
    const { retryPolicy, deadLetterPolicy } = subscription.options;
    if (deadLetterPolicy && delivery.attempts >= deadLetterPolicy.maxDeliveryAttempts) {
      this.#deadLetter(subscription, delivery, reason, deadLetterPolicy.deadLetterTopic);
      return;
    }
    const seconds = retryPolicy
      ? Math.min(
          retryPolicy.maximumBackoffSeconds,
          retryPolicy.minimumBackoffSeconds * 2 ** (delivery.attempts - 1),
        )
      : 0;
    subscription.release(delivery, Date.now() + seconds * 1_000);
    this.#syncSoon(SYNC_DELAY);
  }

  /** Moves the message in one transaction. The attributes are those that Google's dead-letter topics carry. */
  #deadLetter(subscription: Subscription, delivery: Delivery, reason: string, topicName: string): void {
    const topic = this.#topic(topicName);
    const row = this.#store.get<MessageRow>('message', delivery.messageId);
    const ids = this.#store.transaction(() => {
      subscription.settle(delivery, this.#store.run.bind(this.#store));
      if (!row) return [];
      const { attributes, ...message } = toMessage(row);
      const added = {
        CloudPubSubDeadLetterSourceDeliveryCount: String(delivery.attempts),
        CloudPubSubDeadLetterSourceSubscription: subscription.options.name,
        CloudPubSubDeadLetterSourceTopicPublishTime: message.publishTime.toISOString(),
        deadLetterReason: reason.slice(0, MAX_REASON_LENGTH),
      };
      return [this.#insert(topic, { ...message, attributes: { ...attributes, ...added } })];
    });
    subscription.deadLettered += 1;
    this.#announce(topic, ids);
  }

  deadLetters(subscriptionName: string, options: { after?: string; limit?: number } = {}): PubSubMessage[] {
    const ids = this.#subscription(subscriptionName).pendingIds(
      Number(options.after ?? 0),
      options.limit ?? 100,
    );
    return ids.flatMap((id) => {
      const row = this.#store.get<MessageRow>('message', id);
      return row ? [toMessage(row)] : [];
    });
  }

  replayDeadLetters(subscriptionName: string, messageIds: readonly string[]): number {
    const subscription = this.#subscription(subscriptionName);
    let replayed = 0;
    for (const messageId of messageIds) {
      const row = this.#store.get<MessageRow>('message', Number(messageId));
      if (!row || !subscription.isPending(row.id, row.orderingKey)) continue;
      if (this.#replay(subscription, row)) replayed += 1;
    }
    return replayed;
  }

  #replay(subscription: Subscription, row: MessageRow): boolean {
    const { attributes } = toMessage(row);
    const source = this.#subscription(attributes.CloudPubSubDeadLetterSourceSubscription ?? '');
    const kept = Object.entries(attributes).filter(([name]) => !DEAD_LETTER_ATTRIBUTES.test(name));
    const json = JSON.stringify(Object.fromEntries(kept));
    const messageId = this.#store.transaction(() => {
      if (!subscription.discard(row.id, this.#store.run.bind(this.#store))) return undefined;
      const id = this.#store.run('insertMessage', 0, '', row.publishedAt, json, row.data);
      this.#store.run('putDelivery', source.id, id, 0, 0);
      return id;
    });
    if (messageId === undefined) return false;
    source.add({ messageId, orderingKey: '', direct: true, attempts: 0, dueAt: 0, leased: false });
    source.wake();
    return true;
  }

  statistics(): PubSubStatistics {
    this.#checkOpen();
    const topics = [...this.#topics.values()].map(({ name, published }) => [name, { published }] as const);
    const subscriptions = [...this.#subscriptions].map(([name, subscription]) => {
      const { topic, backlog, acknowledged, deadLettered } = subscription;
      return [
        name,
        { topic: topic.name, backlog, acknowledged, deadLettered, ...subscription.counts() },
      ] as const;
    });
    return { topics: Object.fromEntries(topics), subscriptions: Object.fromEntries(subscriptions) };
  }

  flush(): void {
    this.#checkOpen();
    this.#store.flush({ sync: true });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#syncTimer);
    for (const subscription of this.#subscriptions.values()) subscription.wake();
    this.#store.close();
  }

  #syncSoon(delay: number): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      try {
        this.#store.flush({ sync: true });
      } catch {
        // The disk may be full: what was acknowledged stays pending, and the next publish reports the error.
        this.#syncSoon(SYNC_RETRY_DELAY);
      }
    }, delay);
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (!topic) throw new PubSubError('NOT_FOUND', `Topic ${name} does not exist.`);
    return topic;
  }

  #subscription(name: string): Subscription {
    this.#checkOpen();
    const subscription = this.#subscriptions.get(name);
    if (!subscription) throw new PubSubError('NOT_FOUND', `Subscription ${name} does not exist.`);
    return subscription;
  }

  #checkOpen(): void {
    if (this.#closed) throw new PubSubError('FAILED_PRECONDITION', 'The Pub/Sub engine is closed.');
  }
}

interface SubscriptionRow {
  id: number;
  name: string;
  topicId: number;
  position: number;
  settings: string;
}

/** The message that an ack id names, unless it was handed out again since. */
function findDelivery(subscription: Subscription, ackId: string): Delivery | undefined {
  const [messageId, attempt] = ackId.split('.');
  const delivery = subscription.find(Number(messageId));
  return delivery && delivery.attempts === Number(attempt) ? delivery : undefined;
}
