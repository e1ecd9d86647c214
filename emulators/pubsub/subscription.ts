/**
 * One subscription's state: which messages are handed out, which wait, and what comes next. A backlog costs nothing
 * here: only messages that were handed out and are not acknowledged yet are held, without their data.
 */

import { compileFilter, type Filter } from './filter.ts';
import { toMessage } from './message.ts';
import { type Delivery, type NewDelivery, Outstanding } from './outstanding.ts';
import type { MessageRow, Store } from './store.ts';
import type { MessageHeader, Topic, Write } from './topic.ts';
import type { ReceivedMessage, SubscriptionOptions } from './types.ts';
import { Waiters } from './waiters.ts';

/** Above this many messages in hand or in backoff no new ones are handed out, so that memory stays bounded. */
const MAX_OUTSTANDING = 10_000;
/** Messages looked at in one go, before the event loop has its turn. */
const MAX_SCAN = 8_192;

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
  readonly #store: Store;
  readonly #later: Write;
  readonly #filter: Filter | undefined;
  readonly #outstanding = new Outstanding();
  readonly #lanes = new Map<string, Lane>();
  #position: number;

  constructor(
    store: Store,
    row: { id: number; position: number },
    topic: Topic,
    options: SubscriptionOptions,
  ) {
    this.#store = store;
    this.#later = store.later.bind(store);
    this.id = row.id;
    this.topic = topic;
    this.options = options;
    this.#filter = options.filter ? compileFilter(options.filter) : undefined;
    this.#position = row.position;
    this.#load();
  }

  #load(): void {
    this.#outstanding.clear();
    this.#lanes.clear();
    this.backlog = this.#countAfter(this.#position);
    for (const stored of this.#store.all<StoredDelivery>('deliveries', this.id)) {
      const { orderingKey, messageId } = stored;
      const delivery = this.add({ ...stored, leased: stored.leased === 1, direct: stored.topicId === 0 });
      if (!this.#hasLane(delivery)) continue;
      this.#lanes.set(orderingKey, { head: messageId, behind: true });
      for (const next of this.#behind(orderingKey, messageId)) if (this.#wantsRow(next)) this.backlog += 1;
    }
  }

  #countAfter(position: number): number {
    if (this.topic.lastId <= position) return 0;
    if (!this.#filter)
      return this.#store.get<{ count: number }>('countAfter', this.topic.id, position)?.count ?? 0;
    const rows = this.#headersAfter(position, Number.MAX_SAFE_INTEGER);
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
  add(message: NewDelivery): Delivery {
    this.backlog += 1;
    return this.#outstanding.add(message);
  }

  /** Whether this subscription still needs the message, which is one of its topic. */
  isPending(messageId: number, orderingKey: string): boolean {
    if (messageId > this.#position || this.#outstanding.find(messageId)) return true;
    const lane = orderingKey === '' ? undefined : this.#lanes.get(orderingKey);
    return lane !== undefined && lane.head < messageId;
  }

  find(messageId: number): Delivery | undefined {
    return this.#outstanding.find(messageId);
  }

  /** Leases up to `max` messages; `onExpired` decides about each one whose lease ran out. */
  take(max: number, lease: Lease, onExpired: (delivery: Delivery) => void): ReceivedMessage[] {
    const now = Date.now();
    for (let delivery = this.#outstanding.takeDue(now); delivery; delivery = this.#outstanding.takeDue(now)) {
      if (delivery.leased) onExpired(delivery);
      else this.#outstanding.makeReady(delivery);
    }
    const batch: Batch = { received: [], bytes: 0 };
    while (hasRoom(batch, max, lease)) {
      const delivery = this.#outstanding.takeReady();
      if (!delivery) break;
      this.#lease(delivery, lease, batch);
    }
    this.#scan(max, lease, batch);
    this.#store.flush({ sync: false });
    return batch.received;
  }

  #scan(max: number, lease: Lease, batch: Batch): void {
    const start = this.#position;
    const end = this.topic.lastId;
    const isOpen = () => hasRoom(batch, max, lease) && this.#outstanding.size < MAX_OUTSTANDING;
    let scanned = 0;
    let limit = max - batch.received.length;
    while (isOpen() && this.#position < end) {
      if (scanned >= MAX_SCAN) {
        setImmediate(() => this.waiters.wake());
        break;
      }
      const rows = this.#headersAfter(this.#position, limit);
      for (const row of rows) {
        if (!isOpen()) break;
        const message = this.#reach(row, this.#later);
        if (message) this.#lease(this.#outstanding.open(message), lease, batch);
      }
      // Fewer rows than asked for were the last ones.
      if (rows.length < limit && isOpen()) this.#position = end;
      scanned += rows.length;
      limit = Math.min(limit * 2, 1_024);
    }
    if (this.#position !== start) this.#later('setPosition', this.#position, this.id);
  }

  #headersAfter(position: number, limit: number): MessageHeader[] {
    return this.#store.all(this.#filter ? 'attributesAfter' : 'headersAfter', this.topic.id, position, limit);
  }

  /** Moves the position to the topic's next message; returns it unless it is filtered out or its key is taken. */
  #reach(row: MessageHeader, write: Write): NewDelivery | undefined {
    const { id, orderingKey } = row;
    this.#position = id;
    if (!this.#wantsRow(row)) {
      this.topic.dropUnneeded(id, orderingKey, write);
      return undefined;
    }
    const message = { messageId: id, orderingKey };
    if (!this.#hasLane(message)) return message;
    const lane = this.#lanes.get(orderingKey);
    if (lane) lane.behind = true;
    else this.#lanes.set(orderingKey, { head: id, behind: false });
    return lane ? undefined : message;
  }

  #hasLane({ orderingKey, direct }: NewDelivery): boolean {
    return !!this.options.enableMessageOrdering && orderingKey !== '' && !direct;
  }

  #lease(delivery: Delivery, lease: Lease, batch: Batch): void {
    const row = this.#store.get<MessageRow>('message', delivery.messageId);
    if (!row) {
      this.settle(delivery, this.#later);
      return;
    }
    delivery.attempts += 1;
    delivery.leased = true;
    const ackId = `${delivery.messageId}.${delivery.attempts}`;
    delivery.onRelease = lease.onRelease && (() => lease.onRelease?.(ackId));
    this.#move(delivery, lease.until);
    batch.received.push({ ackId, message: toMessage(row), deliveryAttempt: delivery.attempts });
    batch.bytes += row.data.length;
  }

  /** Extends a lease. */
  extend(delivery: Delivery, until: number): void {
    this.#move(delivery, until);
  }

  /** Gives a message back, to be handed out again at `dueAt`. */
  release(delivery: Delivery, dueAt: number): void {
    this.#outstanding.endLease(delivery);
    this.#move(delivery, dueAt);
    if (dueAt <= Date.now()) this.#outstanding.makeReady(delivery);
    this.waiters.wake();
  }

  #move(delivery: Delivery, dueAt: number): void {
    this.#outstanding.move(delivery, dueAt);
    // A lease of this process ends with it: stored as one that is over, it expires at the next start.
    const stored = Number.isFinite(dueAt) ? dueAt : 1;
    this.#putDelivery(delivery, stored, this.#later);
  }

  #putDelivery({ messageId, attempts, leased }: Delivery, dueAt: number, write: Write): void {
    write('putDelivery', this.id, messageId, attempts, dueAt, leased ? 1 : 0);
  }

  /** Forgets a message that was acknowledged or dead-lettered, and lets the next one of its key follow. */
  settle(delivery: Delivery, write: Write): void {
    // Somebody else may wait for room.
    if (this.#outstanding.size === MAX_OUTSTANDING) this.waiters.wake();
    this.#outstanding.remove(delivery);
    this.backlog -= 1;
    write('deleteDelivery', this.id, delivery.messageId);
    if (this.#hasLane(delivery)) this.#advanceLane(delivery.orderingKey, write);
    if (delivery.direct) write('deleteMessage', delivery.messageId);
    else this.topic.dropUnneeded(delivery.messageId, delivery.orderingKey, write);
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
      this.#putDelivery(this.#outstanding.add({ messageId: next.id, orderingKey }), 0, write);
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

  /** Settles a message whether or not it was ever handed out. False if it is not at the head of its ordering key. */
  discard(messageId: number, write: Write): boolean {
    while (this.#position < messageId) {
      const row = this.#headersAfter(this.#position, 1)[0];
      if (!row) break;
      const message = this.#reach(row, write);
      if (message) this.#putDelivery(this.#outstanding.add(message), 0, write);
    }
    write('setPosition', this.#position, this.id);
    const delivery = this.#outstanding.find(messageId);
    if (delivery) this.settle(delivery, write);
    return delivery !== undefined;
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
    const own = [...this.#outstanding.values()].filter(({ direct }) => !direct);
    const behind = [...this.#lanes].flatMap(([key, lane]) => [...this.#behind(key, lane.head)]);
    const ids = [...own.map(({ messageId }) => messageId), ...behind.map(({ id }) => id)];
    return { position: this.#position, ids: ids.sort((a, b) => a - b) };
  }

  /** Gives up messages up to an id, except those in hand. */
  expire(until: number): void {
    for (const delivery of this.#outstanding.values()) {
      // Settling one may add the next of its key, which this loop then visits too.
      if (delivery.messageId <= until && !delivery.leased) this.settle(delivery, this.#later);
    }
    if (this.#position >= until) return;
    this.backlog -= this.#countAfter(this.#position) - this.#countAfter(until);
    this.#position = until;
    this.#later('setPosition', until, this.id);
  }

  /** Resolves when a message may have become available, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return this.waiters.wait(this.#outstanding.nextDue(), signal);
  }

  /** Ids of messages that wait here, ascending, without those behind the head of their ordering key. */
  pendingIds(after: number, limit: number): number[] {
    const known = this.#outstanding.ids().filter((id) => id > after);
    const ahead = this.#headersAfter(Math.max(after, this.#position), limit).filter((row) =>
      this.#wantsRow(row),
    );
    return [...known, ...ahead.map(({ id }) => id)].slice(0, limit);
  }

  counts(): { leased: number; waiting: number; oldest: Date | undefined } {
    const leased = this.#outstanding.countLeased();
    const next = this.#store.get<{ id: number | null }>('firstAfter', this.topic.id, this.#position)?.id;
    const oldestId = this.#outstanding.ids()[0] ?? next ?? 0;
    const row = this.#store.get<MessageRow>('message', oldestId);
    return { leased, waiting: this.#outstanding.size - leased, oldest: row && new Date(row.publishedAt) };
  }
}

function hasRoom(batch: Batch, max: number, { maxBytes = Number.POSITIVE_INFINITY }: Lease): boolean {
  return batch.received.length < max && batch.bytes < maxBytes;
}
