/**
 * One subscription's state: which messages are handed out, which wait, and what comes next. A backlog costs nothing
 * here: only messages that were handed out and are not acknowledged yet are held, without their data.
 */

import { DueQueue } from './due-queue.ts';
import type { MessageRow, Store } from './store.ts';
import type { PubSubMessage, ReceivedMessage, SubscriptionOptions } from './types.ts';

/** Above this many messages in hand or in backoff no new ones are handed out, so that memory stays bounded. */
const MAX_OUTSTANDING = 10_000;
/** Messages looked at in one go, before the event loop has its turn. */
const MAX_SCAN = 8_192;

export interface Delivery {
  messageId: number;
  /** The message's own, whether or not this subscription keeps the order. */
  orderingKey: string;
  /** Replayed to this subscription alone, out of order. */
  direct: boolean;
  attempts: number;
  /** When the lease or the backoff ends, in ms; infinite while a handler of this process runs. */
  dueAt: number;
  leased: boolean;
}

/** The messages of one ordering key: `head` is handed out or waits; those behind it were passed over. */
interface Lane {
  head: number;
  behind: boolean;
}

export interface Topic {
  id: number;
  name: string;
  /** The newest message of this topic, 0 when there never was one. */
  lastId: number;
  published: number;
  subscriptions: Set<Subscription>;
}

/** `Store.later` or, inside a transaction, `Store.run`. */
export type Write = Store['later'] | Store['run'];

interface StoredDelivery {
  messageId: number;
  attempts: number;
  dueAt: number;
  leased: number;
  orderingKey: string;
  topicId: number;
}

export class Subscription {
  readonly id: number;
  readonly topic: Topic;
  options: SubscriptionOptions;
  backlog: number;
  acknowledged = 0;
  deadLettered = 0;
  readonly #store: Store;
  readonly #deliveries = new Map<number, Delivery>();
  readonly #lanes = new Map<string, Lane>();
  readonly #due = new DueQueue<Delivery>((delivery) => this.#isOutstanding(delivery));
  #ready: Delivery[] = [];
  #position: number;
  readonly #waiters = new Set<() => void>();

  constructor(
    store: Store,
    row: { id: number; position: number },
    topic: Topic,
    options: SubscriptionOptions,
  ) {
    this.#store = store;
    this.id = row.id;
    this.topic = topic;
    this.options = options;
    this.#position = row.position;
    this.backlog = store.get<{ count: number }>('countAfter', topic.id, row.position)?.count ?? 0;
    for (const stored of store.all<StoredDelivery>('deliveries', this.id)) this.#restore(stored);
  }

  #restore({ messageId, attempts, dueAt, leased, orderingKey, topicId }: StoredDelivery): void {
    const delivery = { messageId, orderingKey, direct: topicId === 0, attempts, dueAt, leased: leased === 1 };
    this.add(delivery);
    if (!this.#hasLane(delivery)) return;
    this.#lanes.set(orderingKey, { head: messageId, behind: true });
    const count = this.#store.get<{ count: number }>(
      'countOfKey',
      topicId,
      orderingKey,
      messageId,
      this.#position,
    );
    this.backlog += count?.count ?? 0;
  }

  /** Puts a message in line that is not ahead of the position: after a restart, or a replay. */
  add(delivery: Delivery): void {
    this.#deliveries.set(delivery.messageId, delivery);
    this.backlog += 1;
    if (delivery.dueAt > 0) this.#due.push(delivery);
    else this.#ready.push(delivery);
  }

  /** Whether this subscription still needs the message, which is one of its topic. */
  isPending(messageId: number, orderingKey: string): boolean {
    if (messageId > this.#position || this.#deliveries.has(messageId)) return true;
    const lane = orderingKey === '' ? undefined : this.#lanes.get(orderingKey);
    return lane !== undefined && lane.head < messageId;
  }

  find(messageId: number): Delivery | undefined {
    return this.#deliveries.get(messageId);
  }

  /** Leases up to `max` messages until `leaseEnd`; `onExpired` decides about each one whose lease ran out. */
  take(max: number, leaseEnd: number, onExpired: (delivery: Delivery) => void): ReceivedMessage[] {
    const now = Date.now();
    for (let delivery = this.#due.take(now); delivery; delivery = this.#due.take(now)) {
      if (delivery.leased) onExpired(delivery);
      else this.#makeReady(delivery);
    }
    const received: ReceivedMessage[] = [];
    while (received.length < max && this.#ready.length > 0) {
      const delivery = this.#ready.shift();
      if (delivery && this.#isOutstanding(delivery)) this.#lease(delivery, leaseEnd, received);
    }
    this.#scan(max, leaseEnd, received);
    this.#store.flush({ sync: false });
    return received;
  }

  #scan(max: number, leaseEnd: number, received: ReceivedMessage[]): void {
    const start = this.#position;
    let scanned = 0;
    let limit = max - received.length;
    while (
      received.length < max &&
      this.#deliveries.size < MAX_OUTSTANDING &&
      this.#position < this.topic.lastId
    ) {
      if (scanned >= MAX_SCAN) {
        setImmediate(() => this.wake());
        break;
      }
      const rows = this.#headersAfter(this.#position, limit);
      for (const row of rows) {
        if (received.length === max) break;
        const delivery = this.#reach(row.id, row.orderingKey);
        if (delivery) this.#lease(delivery, leaseEnd, received);
      }
      if (rows.length < limit && received.length < max) this.#position = this.topic.lastId;
      scanned += rows.length;
      limit = Math.min(limit * 2, 1_024);
    }
    if (this.#position !== start) this.#store.later('setPosition', this.#position, this.id);
  }

  #headersAfter(position: number, limit: number): { id: number; orderingKey: string }[] {
    return this.#store.all('headersAfter', this.topic.id, position, limit);
  }

  /** Moves the position to the topic's next message, and takes it up unless its ordering key is taken. */
  #reach(messageId: number, orderingKey: string): Delivery | undefined {
    this.#position = messageId;
    const delivery = { messageId, orderingKey, direct: false, attempts: 0, dueAt: 0, leased: false };
    if (this.#hasLane(delivery)) {
      const lane = this.#lanes.get(orderingKey);
      if (lane) {
        lane.behind = true;
        return undefined;
      }
      this.#lanes.set(orderingKey, { head: messageId, behind: false });
    }
    this.#deliveries.set(messageId, delivery);
    return delivery;
  }

  #hasLane(delivery: Delivery): boolean {
    return !!this.options.enableMessageOrdering && delivery.orderingKey !== '' && !delivery.direct;
  }

  #lease(delivery: Delivery, leaseEnd: number, received: ReceivedMessage[]): void {
    const row = this.#store.get<MessageRow>('message', delivery.messageId);
    if (!row) {
      this.settle(delivery, this.#store.later.bind(this.#store));
      return;
    }
    delivery.attempts += 1;
    delivery.leased = true;
    this.#move(delivery, leaseEnd);
    received.push({
      ackId: `${delivery.messageId}.${delivery.attempts}`,
      message: toMessage(row),
      deliveryAttempt: delivery.attempts,
    });
  }

  /** Extends a lease. */
  extend(delivery: Delivery, leaseEnd: number): void {
    this.#move(delivery, leaseEnd);
  }

  /** Gives a message back, to be handed out again at `dueAt`. */
  release(delivery: Delivery, dueAt: number): void {
    delivery.leased = false;
    this.#move(delivery, dueAt);
    if (dueAt <= Date.now()) this.#makeReady(delivery);
    this.wake();
  }

  /** Forgets a message that was acknowledged or dead-lettered, and lets the next one of its key follow. */
  settle(delivery: Delivery, write: Write): void {
    this.#deliveries.delete(delivery.messageId);
    this.backlog -= 1;
    write('deleteDelivery', this.id, delivery.messageId);
    if (this.#hasLane(delivery)) this.#advanceLane(delivery.orderingKey, write);
    if (delivery.direct || !this.#isNeeded(delivery)) write('deleteMessage', delivery.messageId);
  }

  #isNeeded({ messageId, orderingKey }: Delivery): boolean {
    for (const subscription of this.topic.subscriptions) {
      if (subscription.isPending(messageId, orderingKey)) return true;
    }
    return false;
  }

  /** Settles a message whether or not it was ever handed out. False if it is not at the head of its ordering key. */
  discard(messageId: number, write: Write): boolean {
    while (this.#position < messageId) {
      const row = this.#headersAfter(this.#position, 1)[0];
      if (!row) break;
      const delivery = this.#reach(row.id, row.orderingKey);
      if (delivery) this.#ready.push(delivery);
      if (delivery) write('putDelivery', this.id, row.id, 0, 0, 0);
    }
    write('setPosition', this.#position, this.id);
    const delivery = this.#deliveries.get(messageId);
    if (!delivery) return false;
    this.settle(delivery, write);
    return true;
  }

  #advanceLane(orderingKey: string, write: Write): void {
    const lane = this.#lanes.get(orderingKey);
    const next =
      lane?.behind &&
      this.#store.get<{ id: number }>('nextOfKey', this.topic.id, orderingKey, lane.head, this.#position);
    if (!lane || !next) {
      this.#lanes.delete(orderingKey);
      return;
    }
    lane.head = next.id;
    const delivery = { messageId: next.id, orderingKey, direct: false, attempts: 0, dueAt: 0, leased: false };
    this.#deliveries.set(next.id, delivery);
    this.#ready.push(delivery);
    write('putDelivery', this.id, next.id, 0, 0, 0);
    this.wake();
  }

  #makeReady(delivery: Delivery): void {
    // The changed time also invalidates the entry in the due queue.
    delivery.dueAt = 0;
    this.#ready.push(delivery);
  }

  #move(delivery: Delivery, dueAt: number): void {
    delivery.dueAt = dueAt;
    // A lease of this process ends with it: stored as one that is over, it expires at the next start.
    const stored = Number.isFinite(dueAt) ? dueAt : 1;
    if (Number.isFinite(dueAt)) this.#due.push(delivery);
    const leased = delivery.leased ? 1 : 0;
    this.#store.later('putDelivery', this.id, delivery.messageId, delivery.attempts, stored, leased);
  }

  #isOutstanding(delivery: Delivery): boolean {
    return this.#deliveries.get(delivery.messageId) === delivery;
  }

  wake(): void {
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }

  /** Resolves when a message may have become available, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const next = this.#due.next();
      const timer =
        next === undefined
          ? undefined
          : setTimeout(() => done(), Math.min(Math.max(1, next - Date.now()), 60_000));
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiters.delete(done);
        resolve();
      };
      this.#waiters.add(done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  /** Ids of messages that wait here, ascending, without those behind the head of their ordering key. */
  pendingIds(after: number, limit: number): number[] {
    const known = [...this.#deliveries.keys()].filter((id) => id > after).sort((a, b) => a - b);
    const position = Math.max(after, this.#position);
    const rows = this.#headersAfter(position, limit);
    return [...known, ...rows.map((row) => row.id)].slice(0, limit);
  }

  counts(): { leased: number; waiting: number; oldest: Date | undefined } {
    let leased = 0;
    let oldestId = Number.POSITIVE_INFINITY;
    for (const delivery of this.#deliveries.values()) {
      if (delivery.leased) leased += 1;
      oldestId = Math.min(oldestId, delivery.messageId);
    }
    const next = this.#store.get<{ id: number | null }>('firstAfter', this.topic.id, this.#position)?.id;
    oldestId = Math.min(oldestId, next ?? oldestId);
    const row = Number.isFinite(oldestId) ? this.#store.get<MessageRow>('message', oldestId) : undefined;
    return { leased, waiting: this.#deliveries.size - leased, oldest: row && new Date(row.publishedAt) };
  }
}

export function toMessage(row: MessageRow): PubSubMessage {
  return {
    messageId: String(row.id),
    data: row.data,
    attributes: JSON.parse(row.attributes),
    orderingKey: row.orderingKey,
    publishTime: new Date(row.publishedAt),
  };
}
