/**
 * One subscription's state: which messages are handed out, which wait, and what comes next. A backlog costs nothing
 * here: only messages that were handed out and are not acknowledged yet are held, without their data.
 */

import { DueQueue } from './due-queue.ts';
import { compileFilter, type Filter } from './filter.ts';
import type { MessageRow, Store } from './store.ts';
import type { MessageHeader, Topic, Write } from './topic.ts';
import type { PubSubMessage, ReceivedMessage, SubscriptionOptions } from './types.ts';
import { Waiters } from './waiters.ts';

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
  /** Tells the holder of the lease that it is over. */
  onRelease?: (() => void) | undefined;
}

/** The messages of one ordering key: `head` is handed out or waits; those behind it were passed over. */
interface Lane {
  head: number;
  behind: boolean;
}

export interface Lease {
  until: number;
  /** Leases no further message once those leased hold this many bytes. */
  maxBytes?: number;
  onRelease?: (ackId: string) => void;
}

/** Messages leased together. */
interface Batch {
  received: ReceivedMessage[];
  bytes: number;
}

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
  backlog = 0;
  acknowledged = 0;
  deadLettered = 0;
  readonly waiters = new Waiters();
  readonly #filter: Filter | undefined;
  readonly #store: Store;
  readonly #deliveries = new Map<number, Delivery>();
  readonly #lanes = new Map<string, Lane>();
  readonly #due = new DueQueue<Delivery>((delivery) => this.#isOutstanding(delivery));
  #ready: Delivery[] = [];
  #position: number;

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
    this.#filter = options.filter ? compileFilter(options.filter) : undefined;
    this.#position = row.position;
    this.#load();
  }

  #load(): void {
    for (const delivery of this.#deliveries.values()) delivery.onRelease?.();
    this.#deliveries.clear();
    this.#lanes.clear();
    this.#ready = [];
    this.backlog = this.#count(this.#position, this.topic.lastId);
    for (const stored of this.#store.all<StoredDelivery>('deliveries', this.id)) this.#restore(stored);
  }

  #restore({ messageId, attempts, dueAt, leased, orderingKey, topicId }: StoredDelivery): void {
    const delivery = { messageId, orderingKey, direct: topicId === 0, attempts, dueAt, leased: leased === 1 };
    this.add(delivery);
    if (!this.#hasLane(delivery)) return;
    this.#lanes.set(orderingKey, { head: messageId, behind: true });
    for (const next of this.#behind(orderingKey, messageId)) if (this.#wantsRow(next)) this.backlog += 1;
  }

  #count(after: number, until: number): number {
    if (until <= after) return 0;
    if (!this.#filter)
      return this.#store.get<{ count: number }>('countAfter', this.topic.id, after)?.count ?? 0;
    const rows = this.#store.all<MessageHeader>(
      'attributesAfter',
      this.topic.id,
      after,
      Number.MAX_SAFE_INTEGER,
    );
    return rows.filter((row) => this.#wantsRow(row)).length;
  }

  /** Whether a message with these attributes is meant for this subscription. */
  wants(attributes: Record<string, string> = {}): boolean {
    return !this.#filter || this.#filter(attributes);
  }

  #wantsRow(row: MessageHeader): boolean {
    return !this.#filter || this.#filter(JSON.parse(row.attributes ?? '{}'));
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

  /** Leases up to `max` messages; `onExpired` decides about each one whose lease ran out. */
  take(max: number, lease: Lease, onExpired: (delivery: Delivery) => void): ReceivedMessage[] {
    const now = Date.now();
    for (let delivery = this.#due.take(now); delivery; delivery = this.#due.take(now)) {
      if (delivery.leased) onExpired(delivery);
      else this.#makeReady(delivery);
    }
    const batch: Batch = { received: [], bytes: 0 };
    while (hasRoom(batch, max, lease) && this.#ready.length > 0) {
      const delivery = this.#ready.shift();
      if (delivery && this.#isOutstanding(delivery)) this.#lease(delivery, lease, batch);
    }
    this.#scan(max, lease, batch);
    this.#store.flush({ sync: false });
    return batch.received;
  }

  #scan(max: number, lease: Lease, batch: Batch): void {
    const start = this.#position;
    const end = this.topic.lastId;
    let scanned = 0;
    let limit = max - batch.received.length;
    while (hasRoom(batch, max, lease) && this.#deliveries.size < MAX_OUTSTANDING && this.#position < end) {
      if (scanned >= MAX_SCAN) {
        setImmediate(() => this.waiters.wake());
        break;
      }
      const rows = this.#headersAfter(this.#position, limit);
      for (const row of rows) {
        if (!hasRoom(batch, max, lease)) break;
        const delivery = this.#reach(row, this.#store.later.bind(this.#store));
        if (delivery) this.#lease(delivery, lease, batch);
      }
      if (rows.length < limit && hasRoom(batch, max, lease)) this.#position = end;
      scanned += rows.length;
      limit = Math.min(limit * 2, 1_024);
    }
    if (this.#position !== start) this.#store.later('setPosition', this.#position, this.id);
  }

  #headersAfter(position: number, limit: number): MessageHeader[] {
    return this.#store.all(this.#filter ? 'attributesAfter' : 'headersAfter', this.topic.id, position, limit);
  }

  /** Moves the position to the topic's next message, and takes it up unless it is filtered out or its key is taken. */
  #reach(row: MessageHeader, write: Write): Delivery | undefined {
    const { id, orderingKey } = row;
    this.#position = id;
    if (!this.#wantsRow(row)) {
      this.topic.dropUnneeded(id, orderingKey, write);
      return undefined;
    }
    const delivery = { messageId: id, orderingKey, direct: false, attempts: 0, dueAt: 0, leased: false };
    if (this.#hasLane(delivery)) {
      const lane = this.#lanes.get(orderingKey);
      if (lane) {
        lane.behind = true;
        return undefined;
      }
      this.#lanes.set(orderingKey, { head: id, behind: false });
    }
    this.#deliveries.set(id, delivery);
    return delivery;
  }

  #hasLane(delivery: Delivery): boolean {
    return !!this.options.enableMessageOrdering && delivery.orderingKey !== '' && !delivery.direct;
  }

  #lease(delivery: Delivery, lease: Lease, batch: Batch): void {
    const row = this.#store.get<MessageRow>('message', delivery.messageId);
    if (!row) {
      this.settle(delivery, this.#store.later.bind(this.#store));
      return;
    }
    delivery.attempts += 1;
    delivery.leased = true;
    this.#move(delivery, lease.until);
    const ackId = `${delivery.messageId}.${delivery.attempts}`;
    delivery.onRelease = lease.onRelease && (() => lease.onRelease?.(ackId));
    batch.received.push({ ackId, message: toMessage(row), deliveryAttempt: delivery.attempts });
    batch.bytes += row.data.length;
  }

  /** Extends a lease. */
  extend(delivery: Delivery, until: number): void {
    this.#move(delivery, until);
  }

  /** Gives a message back, to be handed out again at `dueAt`. */
  release(delivery: Delivery, dueAt: number): void {
    delivery.leased = false;
    endLease(delivery);
    this.#move(delivery, dueAt);
    if (dueAt <= Date.now()) this.#makeReady(delivery);
    this.waiters.wake();
  }

  /** Forgets a message that was acknowledged or dead-lettered, and lets the next one of its key follow. */
  settle(delivery: Delivery, write: Write): void {
    this.#deliveries.delete(delivery.messageId);
    endLease(delivery);
    this.backlog -= 1;
    write('deleteDelivery', this.id, delivery.messageId);
    if (this.#hasLane(delivery)) this.#advanceLane(delivery.orderingKey, write);
    if (delivery.direct) write('deleteMessage', delivery.messageId);
    else this.topic.dropUnneeded(delivery.messageId, delivery.orderingKey, write);
  }

  /** Settles a message whether or not it was ever handed out. False if it is not at the head of its ordering key. */
  discard(messageId: number, write: Write): boolean {
    while (this.#position < messageId) {
      const row = this.#headersAfter(this.#position, 1)[0];
      if (!row) break;
      const delivery = this.#reach(row, write);
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
    this.#lanes.delete(orderingKey);
    if (!lane?.behind) return;
    for (const next of this.#behind(orderingKey, lane.head)) {
      if (!this.#wantsRow(next)) {
        this.topic.dropUnneeded(next.id, orderingKey, write);
        continue;
      }
      this.#lanes.set(orderingKey, { head: next.id, behind: true });
      const delivery = {
        messageId: next.id,
        orderingKey,
        direct: false,
        attempts: 0,
        dueAt: 0,
        leased: false,
      };
      this.#deliveries.set(next.id, delivery);
      this.#ready.push(delivery);
      write('putDelivery', this.id, next.id, 0, 0, 0);
      this.waiters.wake();
      return;
    }
  }

  /** The messages of a key that were passed over, one by one, as many as are asked for. */
  *#behind(orderingKey: string, head: number): Generator<MessageHeader> {
    let after = head;
    for (;;) {
      const next = this.#store.get<MessageHeader>(
        'nextOfKey',
        this.topic.id,
        orderingKey,
        after,
        this.#position,
      );
      if (!next) return;
      yield next;
      after = next.id;
    }
  }

  /** Starts again with what comes after a position and the messages up to it that are `pending`, ascending. */
  seek(position: number, pending: readonly number[]): void {
    const keys = new Set<string>();
    this.#store.transaction(() => {
      this.#store.run('deleteDeliveries', this.id);
      this.#store.run('setPosition', position, this.id);
      for (const id of pending) {
        const row = this.#store.get<MessageRow>('message', id);
        const key = this.options.enableMessageOrdering ? (row?.orderingKey ?? '') : '';
        // Only the first of each key is handed out; the others are behind it.
        if (!row || keys.has(key)) continue;
        if (key !== '') keys.add(key);
        this.#store.run('putDelivery', this.id, id, 0, 0, 0);
      }
    });
    this.#position = position;
    this.#load();
    this.waiters.wake();
  }

  /** What is not acknowledged now, for a snapshot. */
  pending(): { position: number; ids: number[] } {
    const heads = [...this.#deliveries.values()].filter(({ direct }) => !direct);
    const behind = [...this.#lanes].flatMap(([key, lane]) => [...this.#behind(key, lane.head)]);
    const ids = [...heads.map(({ messageId }) => messageId), ...behind.map(({ id }) => id)];
    return { position: this.#position, ids: ids.sort((a, b) => a - b) };
  }

  /** Gives up messages up to an id, except those in hand. */
  expire(until: number): void {
    const write = this.#store.later.bind(this.#store);
    for (const delivery of this.#deliveries.values()) {
      // Settling one may add the next of its key, which this loop then visits too.
      if (delivery.messageId <= until && !delivery.leased) this.settle(delivery, write);
    }
    if (this.#position >= until) return;
    this.backlog -= this.#count(this.#position, this.topic.lastId) - this.#count(until, this.topic.lastId);
    this.#position = until;
    write('setPosition', until, this.id);
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

  /** Resolves when a message may have become available, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return this.waiters.wait(this.#due.next(), signal);
  }

  /** Ids of messages that wait here, ascending, without those behind the head of their ordering key. */
  pendingIds(after: number, limit: number): number[] {
    const known = [...this.#deliveries.keys()].filter((id) => id > after).sort((a, b) => a - b);
    const rows = this.#headersAfter(Math.max(after, this.#position), limit).filter((row) =>
      this.#wantsRow(row),
    );
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

function hasRoom(batch: Batch, max: number, { maxBytes = Number.POSITIVE_INFINITY }: Lease): boolean {
  return batch.received.length < max && batch.bytes < maxBytes;
}

function endLease(delivery: Delivery): void {
  delivery.onRelease?.();
  delivery.onRelease = undefined;
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
