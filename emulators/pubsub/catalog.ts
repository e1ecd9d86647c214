/** The topics, subscriptions and snapshots of a store, in memory as on disk. */

import { PubSubError } from './errors.ts';
import { checkName, checkSubscription } from './limits.ts';
import type { Store } from './store.ts';
import { Subscription } from './subscription.ts';
import { type Snapshot, Topic } from './topic.ts';
import type { SeekTarget, SubscriptionOptions, TopicOptions } from './types.ts';

/** The name that Cloud Pub/Sub gives to the topic of an orphaned subscription. */
export const DELETED_TOPIC = '_deleted-topic_';
const SNAPSHOT_LIFETIME = 7 * 24 * 60 * 60 * 1_000;

interface SubscriptionRow {
  id: number;
  name: string;
  topicId: number;
  position: number;
  settings: string;
}

interface SnapshotRow {
  name: string;
  topicId: number;
  position: number;
  pending: string;
  expiresAt: number;
  settings: string;
}

export class Catalog {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly snapshots = new Map<string, { topic: Topic; snapshot: Snapshot }>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    const byId = new Map<number, Topic>();
    for (const row of store.all<{ id: number; name: string; settings: string }>('topics')) {
      const topic = new Topic(store, row, JSON.parse(row.settings));
      byId.set(row.id, topic);
      if (row.name.startsWith(DELETED_TOPIC)) topic.name = DELETED_TOPIC;
      else this.topics.set(row.name, topic);
    }
    for (const row of store.all<SubscriptionRow>('subscriptions')) {
      const topic = byId.get(row.topicId);
      if (topic) this.#add(row, topic, JSON.parse(row.settings));
    }
    for (const { name, topicId, position, pending, expiresAt, settings } of store.all<SnapshotRow>(
      'snapshots',
    )) {
      const topic = byId.get(topicId);
      const ids = new Set<number>(JSON.parse(pending));
      if (topic)
        this.#addSnapshot(topic, { name, position, pending: ids, expiresAt, metadata: JSON.parse(settings) });
    }
  }

  /** Throws NOT_FOUND. */
  topic(name: string): Topic {
    return this.topics.get(name) ?? notFound('Topic', name);
  }

  /** Throws NOT_FOUND. */
  subscription(name: string): Subscription {
    return this.subscriptions.get(name) ?? notFound('Subscription', name);
  }

  createTopic(name: string, options?: TopicOptions): void {
    checkName('topic', name);
    const settings = JSON.stringify(options ?? {});
    const existing = this.topics.get(name);
    if (existing) {
      if (!options || JSON.stringify(existing.options) === settings) return;
      this.#store.transaction(() => this.#store.run('updateTopic', name, settings, existing.id));
      existing.options = JSON.parse(settings);
      return;
    }
    const id = this.#store.transaction(() => this.#store.run('insertTopic', name, settings));
    this.topics.set(name, new Topic(this.#store, { id, name }, JSON.parse(settings)));
  }

  deleteTopic(name: string): void {
    const topic = this.topic(name);
    this.#store.transaction(() =>
      this.#store.run('updateTopic', `${DELETED_TOPIC}${topic.id}`, '{}', topic.id),
    );
    this.topics.delete(name);
    topic.name = DELETED_TOPIC;
    topic.options = {};
    for (const { options } of topic.subscriptions) options.topic = DELETED_TOPIC;
    topic.sweep();
  }

  createSubscription(options: SubscriptionOptions): void {
    checkSubscription(options);
    if (options.deadLetterPolicy) this.topic(options.deadLetterPolicy.deadLetterTopic);
    const existing = this.subscriptions.get(options.name);
    if (existing) {
      const { detached } = existing.options;
      this.#update(existing, { ...options, ...(detached && { detached }) });
      return;
    }
    const topic = this.topic(options.topic);
    const position = topic.lastId;
    const settings = JSON.stringify(options);
    const id = this.#store.transaction(() =>
      this.#store.run('insertSubscription', options.name, topic.id, position, settings),
    );
    this.#add({ id, position }, topic, JSON.parse(settings));
  }

  #update(subscription: Subscription, options: SubscriptionOptions): void {
    if (subscription.topic.name !== options.topic) {
      const message = `Subscription ${options.name} belongs to topic ${subscription.topic.name}.`;
      throw new PubSubError('ALREADY_EXISTS', message);
    }
    for (const fixed of ['enableMessageOrdering', 'filter'] as const) {
      if ((subscription.options[fixed] || undefined) === (options[fixed] || undefined)) continue;
      const message = `Subscription ${options.name} exists with another ${fixed}, which never changes.`;
      throw new PubSubError('INVALID_ARGUMENT', message);
    }
    const settings = JSON.stringify(options);
    if (JSON.stringify(subscription.options) === settings) return;
    this.#store.transaction(() => this.#store.run('updateSettings', settings, subscription.id));
    subscription.options = JSON.parse(settings);
    subscription.waiters.wake();
  }

  #add(row: { id: number; position: number }, topic: Topic, options: SubscriptionOptions): void {
    const subscription = new Subscription(this.#store, row, topic, { ...options, topic: topic.name });
    // Everything up to a position was published, even when it is deleted already.
    topic.lastId = Math.max(topic.lastId, row.position);
    if (!options.detached) topic.subscriptions.add(subscription);
    else subscription.backlog = 0;
    this.subscriptions.set(options.name, subscription);
  }

  deleteSubscription(name: string): void {
    const subscription = this.subscriptions.get(name);
    if (!subscription) return;
    const { id, topic } = subscription;
    this.#store.transaction(() => {
      const own = this.#store.all<{ messageId: number; topicId: number }>('deliveries', id);
      for (const { messageId, topicId } of own)
        if (topicId === 0) this.#store.run('deleteMessage', messageId);
      this.#store.run('deleteDeliveries', id);
      this.#store.run('deleteSubscription', id);
    });
    topic.subscriptions.delete(subscription);
    this.subscriptions.delete(name);
    subscription.waiters.wake();
    topic.sweep();
  }

  detachSubscription(subscription: Subscription): void {
    const { topic, options, id } = subscription;
    if (options.detached) return;
    const { pushConfig: _pushConfig, ...kept } = options;
    const detached = { ...kept, detached: true };
    this.#store.transaction(() => this.#store.run('updateSettings', JSON.stringify(detached), id));
    subscription.options = detached;
    subscription.seek(topic.lastId, []);
    topic.subscriptions.delete(subscription);
    topic.sweep();
  }

  seek(subscription: Subscription, target: SeekTarget): void {
    const { topic } = subscription;
    if ('time' in target) {
      const id = this.#store.get<{ id: number | null }>('lastBefore', topic.id, target.time.getTime())?.id;
      const first = this.#store.get<{ id: number | null }>('firstAfter', topic.id, 0)?.id;
      // When everything before the time is deleted already, what comes after begins with the first one kept.
      subscription.seek(id ?? (first ? first - 1 : topic.lastId), []);
    } else {
      const found = this.snapshots.get(target.snapshot) ?? notFound('Snapshot', target.snapshot);
      if (found.topic !== topic) {
        throw new PubSubError('INVALID_ARGUMENT', `Snapshot ${target.snapshot} is of another topic.`);
      }
      subscription.seek(found.snapshot.position, [...found.snapshot.pending]);
    }
    topic.sweep();
  }

  createSnapshot(name: string, subscription: Subscription, metadata: Record<string, unknown>): void {
    checkName('snapshot', name);
    if (this.snapshots.has(name)) throw new PubSubError('ALREADY_EXISTS', `Snapshot ${name} exists.`);
    const { position, ids } = subscription.pending();
    const expiresAt = Date.now() + SNAPSHOT_LIFETIME;
    this.#putSnapshot(subscription.topic, { name, position, pending: new Set(ids), expiresAt, metadata });
  }

  updateSnapshot(name: string, { expiresAt, metadata }: { expiresAt?: Date; metadata?: object }): void {
    const { topic, snapshot } = this.snapshots.get(name) ?? notFound('Snapshot', name);
    if (expiresAt && !(expiresAt.getTime() <= Date.now() + SNAPSHOT_LIFETIME)) {
      throw new PubSubError('INVALID_ARGUMENT', 'A snapshot expires within seven days.');
    }
    this.#putSnapshot(topic, {
      ...snapshot,
      ...(expiresAt && { expiresAt: expiresAt.getTime() }),
      ...(metadata && { metadata: { ...metadata } }),
    });
  }

  #putSnapshot(topic: Topic, snapshot: Snapshot): void {
    const { name, position, pending, expiresAt, metadata } = snapshot;
    const values = [
      name,
      topic.id,
      position,
      JSON.stringify([...pending]),
      expiresAt,
      JSON.stringify(metadata),
    ];
    this.#store.transaction(() => this.#store.run('putSnapshot', ...values));
    this.#addSnapshot(topic, snapshot);
  }

  #addSnapshot(topic: Topic, snapshot: Snapshot): void {
    topic.snapshots.set(snapshot.name, snapshot);
    this.snapshots.set(snapshot.name, { topic, snapshot });
  }

  deleteSnapshot(name: string): void {
    const { topic } = this.snapshots.get(name) ?? notFound('Snapshot', name);
    this.#store.transaction(() => this.#store.run('deleteSnapshot', name));
    topic.snapshots.delete(name);
    this.snapshots.delete(name);
    topic.sweep();
  }

  /** Gives up what is older than its retention. */
  expire(now: number): void {
    for (const [name, { snapshot }] of this.snapshots)
      if (snapshot.expiresAt <= now) this.deleteSnapshot(name);
    const swept = new Set<Topic>();
    for (const subscription of this.subscriptions.values()) {
      const { messageRetentionSeconds } = subscription.options;
      if (messageRetentionSeconds === undefined) continue;
      const before = now - messageRetentionSeconds * 1_000;
      const last = this.#store.get<{ id: number | null }>('lastBefore', subscription.topic.id, before)?.id;
      if (last) subscription.expire(last);
      swept.add(subscription.topic);
    }
    for (const topic of this.topics.values()) if (topic.options.messageRetentionSeconds) swept.add(topic);
    for (const topic of swept) topic.sweep();
  }
}

function notFound(kind: string, name: string): never {
  throw new PubSubError('NOT_FOUND', `${kind} ${name} does not exist.`);
}
