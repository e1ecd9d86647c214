/**
 * One subscription's state: which messages are handed out, which wait, and what comes next. A backlog costs nothing
 * here: only messages that were handed out and are not acknowledged yet are held, without their data.
 */

import { Batch, type Lease } from './batch.ts';
import { Lanes } from './lanes.ts';
import { toMessage } from './message.ts';
import { type Delivery, type NewDelivery, Outstanding } from './outstanding.ts';
import type { MessageRow, Store } from './store.ts';
import type { MessageHeader, Topic, Write } from './topic.ts';
import { TopicReader } from './topic-reader.ts';
import type { ReceivedMessage, SubscriptionOptions } from './types.ts';
import { Waiters } from './waiters.ts';

/** Above this many messages in hand or in backoff no new ones are handed out, so that memory stays bounded. */
const MAX_OUTSTANDING = 10_000;
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
  readonly #reader: TopicReader;
  readonly #outstanding: Outstanding;
  readonly #lanes = new Lanes();

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
    this.#reader = new TopicReader(store, topic, options.filter, row.position);
    this.#outstanding = new Outstanding(store, row.id);
    this.#load();
  }

  #load(): void {
    this.#outstanding.clear();
    this.#lanes.clear();
    this.backlog = this.#reader.countAfter(this.#reader.position);
    for (const stored of this.#outstanding.stored()) {
      const { orderingKey, messageId } = this.add(stored);
      if (!this.#hasLane(stored)) continue;
      this.#lanes.lead(orderingKey, messageId);
      for (const next of this.#reader.behind(orderingKey, messageId))
        if (this.#reader.wantsRow(next)) this.backlog += 1;
    }
  }

  /** Whether a message with these attributes is meant for this subscription. */
  wants(attributes?: Record<string, string>): boolean {
    return this.#reader.wants(attributes);
  }

  /** Puts a message in line that is not ahead of the position: after a restart, or a replay. */
  add(message: NewDelivery): Delivery {
    this.backlog += 1;
    return this.#outstanding.add(message);
  }

  /** Whether this subscription still needs the message, which is one of its topic. */
  isPending(messageId: number, orderingKey: string): boolean {
    if (messageId > this.#reader.position || this.#outstanding.find(messageId)) return true;
    return this.#lanes.covers(orderingKey, messageId);
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
    const batch = new Batch(max, lease);
    while (batch.hasRoom) {
      const delivery = this.#outstanding.takeReady();
      if (!delivery) break;
      this.#lease(delivery, batch);
    }
    this.#scan(batch);
    this.#store.flush({ sync: false });
    return batch.received;
  }

  #scan(batch: Batch): void {
    const start = this.#reader.position;
    const isOpen = () => batch.hasRoom && this.#outstanding.size < MAX_OUTSTANDING;
    const rows = this.#reader.advance(batch.missing, isOpen);
    let row = rows.next();
    for (; !row.done; row = rows.next()) {
      const message = this.#reach(row.value, this.#later);
      if (message) this.#lease(this.#outstanding.open(message), batch);
    }
    if (row.value) setImmediate(() => this.waiters.wake());
    if (this.#reader.position !== start) this.#later('setPosition', this.#reader.position, this.id);
  }

  /** A message that the reader came to, unless it is filtered out or waits behind another of its key. */
  #reach(row: MessageHeader, write: Write): NewDelivery | undefined {
    const { id, orderingKey } = row;
    if (!this.#reader.wantsRow(row)) {
      this.topic.dropUnneeded(id, orderingKey, write);
      return undefined;
    }
    const message = { messageId: id, orderingKey };
    return !this.#hasLane(message) || this.#lanes.enter(orderingKey, id) ? message : undefined;
  }

  #hasLane({ orderingKey, direct }: NewDelivery): boolean {
    return !!this.options.enableMessageOrdering && orderingKey !== '' && !direct;
  }

  #lease(delivery: Delivery, batch: Batch): void {
    const { lease } = batch;
    const row = this.#store.get<MessageRow>('message', delivery.messageId);
    if (!row) {
      this.settle(delivery, this.#later);
      return;
    }
    delivery.attempts += 1;
    delivery.leased = true;
    const ackId = `${delivery.messageId}.${delivery.attempts}`;
    delivery.onRelease = lease.onRelease && (() => lease.onRelease?.(ackId));
    this.#outstanding.move(delivery, lease.until);
    batch.add({ ackId, message: toMessage(row), deliveryAttempt: delivery.attempts });
  }

  /** Extends a lease. */
  extend(delivery: Delivery, until: number): void {
    this.#outstanding.move(delivery, until);
  }

  /** Gives a message back, to be handed out again at `dueAt`. */
  release(delivery: Delivery, dueAt: number): void {
    this.#outstanding.endLease(delivery);
    this.#outstanding.move(delivery, dueAt);
    if (dueAt <= Date.now()) this.#outstanding.makeReady(delivery);
    this.waiters.wake();
  }

  /** Forgets a message that was acknowledged or dead-lettered, and lets the next one of its key follow. */
  settle(delivery: Delivery, write: Write): void {
    // Somebody else may wait for room.
    if (this.#outstanding.size === MAX_OUTSTANDING) this.waiters.wake();
    this.#outstanding.remove(delivery, write);
    this.backlog -= 1;
    if (this.#hasLane(delivery)) this.#advanceLane(delivery.orderingKey, write);
    if (delivery.direct) write('deleteMessage', delivery.messageId);
    else this.topic.dropUnneeded(delivery.messageId, delivery.orderingKey, write);
  }

  #advanceLane(orderingKey: string, write: Write): void {
    const head = this.#lanes.leave(orderingKey);
    if (head === undefined) return;
    for (const next of this.#reader.behind(orderingKey, head)) {
      if (!this.#reader.wantsRow(next)) {
        this.topic.dropUnneeded(next.id, orderingKey, write);
        continue;
      }
      this.#lanes.lead(orderingKey, next.id);
      this.#outstanding.store(this.#outstanding.add({ messageId: next.id, orderingKey }), write);
      this.waiters.wake();
      return;
    }
  }

  /** Settles a message whether or not it was ever handed out. False if it is not at the head of its ordering key. */
  discard(messageId: number, write: Write): boolean {
    const before = this.#reader.position;
    for (const row of this.#reader.advance(1, () => this.#reader.position < messageId)) {
      const message = this.#reach(row, write);
      if (message) this.#outstanding.store(this.#outstanding.add(message), write);
    }
    if (this.#reader.position !== before) write('setPosition', this.#reader.position, this.id);
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
    this.#reader.position = position;
    this.#load();
    this.waiters.wake();
  }

  /** What is not acknowledged now, for a snapshot. */
  pending(): { position: number; ids: number[] } {
    const own = [...this.#outstanding.values()].filter(({ direct }) => !direct);
    const behind = [...this.#lanes.heads()].flatMap(([key, head]) => [...this.#reader.behind(key, head)]);
    const ids = [...own.map(({ messageId }) => messageId), ...behind.map(({ id }) => id)];
    return { position: this.#reader.position, ids: ids.sort((a, b) => a - b) };
  }

  /** Gives up messages up to an id, except those in hand. */
  expire(until: number): void {
    for (const delivery of this.#outstanding.values()) {
      // Settling one may add the next of its key, which this loop then visits too.
      if (delivery.messageId <= until && !delivery.leased) this.settle(delivery, this.#later);
    }
    const { position } = this.#reader;
    if (position >= until) return;
    this.backlog -= this.#reader.countAfter(position) - this.#reader.countAfter(until);
    this.#reader.position = until;
    this.#later('setPosition', until, this.id);
  }

  /** Resolves when a message may have become available, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return this.waiters.wait(this.#outstanding.nextDue(), signal);
  }

  /** Ids of messages that wait here, ascending, without those behind the head of their ordering key. */
  pendingIds(after: number, limit: number): number[] {
    const known = this.#outstanding.ids().filter((id) => id > after);
    const ahead = this.#reader
      .after(Math.max(after, this.#reader.position), limit)
      .filter((row) => this.#reader.wantsRow(row));
    return [...known, ...ahead.map(({ id }) => id)].slice(0, limit);
  }

  counts(): { leased: number; waiting: number; oldest: Date | undefined } {
    const leased = this.#outstanding.countLeased();
    const next = this.#store.get<{ id: number | null }>(
      'firstAfter',
      this.topic.id,
      this.#reader.position,
    )?.id;
    const oldestId = this.#outstanding.ids()[0] ?? next ?? 0;
    const row = this.#store.get<MessageRow>('message', oldestId);
    return { leased, waiting: this.#outstanding.size - leased, oldest: row && new Date(row.publishedAt) };
  }
}
