import type { Lease } from './batch.ts';
import { Catalog } from './catalog.ts';
import { consume } from './consumer.ts';
import { replay } from './dead-letters.ts';
import { after, Deliveries } from './deliveries.ts';
import { PubSubError } from './errors.ts';
import { checkMessages } from './limits.ts';
import { toMessage } from './message.ts';
import { announce, insertMessage } from './publish.ts';
import { snapshotInfo, statisticsOf } from './statistics.ts';
import { type MessageRow, Store } from './store.ts';
import type { Subscription } from './subscription.ts';
import type {
  ConsumeOptions,
  LeaseOptions,
  OutgoingMessage,
  PublishOptions,
  PubSubEngine,
  PubSubMessage,
  PubSubStatistics,
  ReceivedMessage,
  SchemaRevision,
  SeekTarget,
  SnapshotInfo,
  SubscriptionOptions,
  TopicOptions,
} from './types.ts';
import { WriteBehind } from './write-behind.ts';

const DEFAULT_ACK_DEADLINE_SECONDS = 10;
const EXPIRY_INTERVAL = 60_000;

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
  readonly #catalog: Catalog;
  readonly #expiryTimer: NodeJS.Timeout;
  readonly #deliveries: Deliveries;
  readonly #behind: WriteBehind;
  #closed = false;

  constructor(store: Store) {
    this.#store = store;
    this.#catalog = new Catalog(store);
    this.#deliveries = new Deliveries(store, this.#catalog);
    this.#behind = new WriteBehind(store);
    this.#catalog.expire(Date.now());
    this.#expiryTimer = setInterval(() => this.#expire(), EXPIRY_INTERVAL).unref();
  }

  createTopic(name: string, options?: TopicOptions): void {
    this.#checkOpen();
    this.#catalog.createTopic(name, options);
  }

  deleteTopic(name: string): void {
    this.#checkOpen();
    this.#catalog.deleteTopic(name);
  }

  createSubscription(options: SubscriptionOptions): void {
    this.#checkOpen();
    this.#catalog.createSubscription(options);
  }

  deleteSubscription(name: string): void {
    this.#checkOpen();
    this.#catalog.deleteSubscription(name);
  }

  detachSubscription(name: string): void {
    this.#catalog.detachSubscription(this.#subscription(name));
  }

  topics(): string[] {
    return [...this.#catalog.topics.keys()];
  }

  topicOptions(name: string): TopicOptions {
    return structuredClone(this.#catalog.topic(name).options);
  }

  subscriptions(): SubscriptionOptions[] {
    return [...this.#catalog.subscriptions.values()].map(({ options }) => structuredClone(options));
  }

  subscriptionOptions(name: string): SubscriptionOptions {
    return structuredClone(this.#subscription(name).options);
  }

  publish(
    topicName: string,
    messages: readonly OutgoingMessage[],
    { cursor, deferSync = false }: PublishOptions = {},
  ): string[] {
    this.#checkOpen();
    checkMessages(messages);
    if (cursor?.name === '') throw new PubSubError('INVALID_ARGUMENT', 'A cursor needs a name.');
    const topic = this.#catalog.topic(topicName);
    const write = () => {
      if (cursor) this.#store.run('setCursor', cursor.name, cursor.value);
      return messages.map((message) => insertMessage(this.#store, topic, message));
    };
    const ids = this.#store.transaction(write, { sync: !deferSync });
    if (deferSync) this.#behind.soon();
    announce(topic, ids, messages);
    return ids.map(String);
  }

  cursor(name: string): string | undefined {
    this.#checkOpen();
    return this.#store.get<{ value: string }>('cursor', name)?.value;
  }

  pull(subscriptionName: string, max: number, { seconds, ...lease }: LeaseOptions = {}): ReceivedMessage[] {
    const subscription = this.#attached(subscriptionName);
    const deadline = seconds ?? subscription.options.ackDeadlineSeconds ?? DEFAULT_ACK_DEADLINE_SECONDS;
    return this.#take(subscription, max, { until: after(deadline), ...lease });
  }

  available(subscriptionName: string, signal: AbortSignal): Promise<void> {
    return this.#attached(subscriptionName).changed(signal);
  }

  #take(subscription: Subscription, max: number, lease: Lease): ReceivedMessage[] {
    return subscription.take(max, lease, (delivery) =>
      this.#deliveries.fail(subscription, delivery, 'The acknowledgement deadline passed.'),
    );
  }

  acknowledge(subscriptionName: string, ackIds: readonly string[]): string[] {
    const refused = this.#deliveries.acknowledge(this.#subscription(subscriptionName), ackIds);
    this.#behind.soon();
    return refused;
  }

  modifyAckDeadline(subscriptionName: string, ackIds: readonly string[], seconds: number): string[] {
    const refused = this.#deliveries.extend(this.#subscription(subscriptionName), ackIds, seconds);
    this.#behind.soon();
    return refused;
  }

  async consume(
    subscriptionName: string,
    handler: (message: ReceivedMessage) => Promise<void>,
    options: ConsumeOptions,
  ): Promise<void> {
    const subscription = this.#attached(subscriptionName);
    const isGone = () => this.#closed || !subscription.topic.subscriptions.has(subscription);
    const source = {
      subscription,
      // A handler of this process either ends or dies with it: its lease needs no deadline.
      take: (max: number) =>
        isGone() ? [] : this.#take(subscription, max, { until: Number.POSITIVE_INFINITY }),
      acknowledge: (ackId: string) => {
        if (!isGone()) this.acknowledge(subscriptionName, [ackId]);
      },
      giveBack: (ackId: string, reason: string) => {
        if (isGone()) return;
        this.#deliveries.giveBack(subscription, ackId, reason);
        this.#behind.soon();
      },
    };
    await consume(source, handler, options);
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
    const parked = this.#subscription(subscriptionName);
    return messageIds.filter((id) => replay(this.#store, this.#catalog, parked, Number(id))).length;
  }

  seek(subscriptionName: string, target: SeekTarget): void {
    this.#catalog.seek(this.#attached(subscriptionName), target);
  }

  createSnapshot(name: string, subscriptionName: string, metadata: Record<string, unknown> = {}): void {
    this.#catalog.createSnapshot(name, this.#attached(subscriptionName), metadata);
  }

  updateSnapshot(name: string, changes: Parameters<PubSubEngine['updateSnapshot']>[1]): void {
    this.#checkOpen();
    this.#catalog.updateSnapshot(name, changes);
  }

  deleteSnapshot(name: string): void {
    this.#checkOpen();
    this.#catalog.deleteSnapshot(name);
  }

  snapshots(): SnapshotInfo[] {
    return [...this.#catalog.snapshots.values()].map(snapshotInfo);
  }

  schemas(): Map<string, SchemaRevision[]> {
    const rows = this.#store.all<{ name: string; revisions: string }>('schemas');
    return new Map(rows.map(({ name, revisions }) => [name, JSON.parse(revisions)]));
  }

  putSchema(name: string, revisions: SchemaRevision[]): void {
    this.#checkOpen();
    this.#store.transaction(() => {
      if (revisions.length === 0) this.#store.run('deleteSchema', name);
      else this.#store.run('putSchema', name, JSON.stringify(revisions));
    });
  }

  statistics(): PubSubStatistics {
    this.#checkOpen();
    return statisticsOf(this.#catalog);
  }

  flush(): void {
    this.#checkOpen();
    this.#store.flush({ sync: true });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#behind.stop();
    clearInterval(this.#expiryTimer);
    for (const subscription of this.#catalog.subscriptions.values()) subscription.waiters.wake();
    this.#store.close();
  }

  #expire(): void {
    try {
      this.#catalog.expire(Date.now());
    } catch {
      // The disk may be full; the next turn tries again.
    }
  }

  #subscription(name: string): Subscription {
    this.#checkOpen();
    return this.#catalog.subscription(name);
  }

  #attached(name: string): Subscription {
    const subscription = this.#subscription(name);
    if (!subscription.options.detached) return subscription;
    throw new PubSubError('FAILED_PRECONDITION', `Subscription ${name} is detached from its topic.`);
  }

  #checkOpen(): void {
    if (this.#closed) throw new PubSubError('FAILED_PRECONDITION', 'The Pub/Sub engine is closed.');
  }
}
