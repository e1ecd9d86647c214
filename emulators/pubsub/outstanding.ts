import { DueQueue } from './due-queue.ts';
import type { Store } from './store.ts';
import type { Write } from './topic.ts';

/** A message that a subscription reached and that is not acknowledged yet. */
export interface Delivery {
  messageId: number;
  /** The message's own, whether or not the subscription keeps the order. */
  orderingKey: string;
  /** Replayed to this subscription alone, out of order. */
  direct: boolean;
  attempts: number;
  /** When the lease or the backoff ends, in ms; 0 when it is available; infinite while a handler of this process runs. */
  dueAt: number;
  leased: boolean;
  /** Tells the holder of the lease that it is over. */
  onRelease?: (() => void) | undefined;
}

export interface NewDelivery {
  messageId: number;
  orderingKey: string;
  direct?: boolean;
  attempts?: number;
  dueAt?: number;
  leased?: boolean;
}

interface DeliveryRow {
  messageId: number;
  attempts: number;
  dueAt: number;
  leased: number;
  orderingKey: string;
  topicId: number;
}

/**
 * The messages in hand, in backoff or available again: by id, by when they are due, and in line. What changes is also
 * written, with the next transaction unless the caller has one open.
 */
export class Outstanding {
  readonly #subscriptionId: number;
  readonly #store: Store;
  readonly #later: Write;
  readonly #deliveries = new Map<number, Delivery>();
  readonly #due = new DueQueue<Delivery>((delivery) => this.has(delivery));
  #ready: Delivery[] = [];

  constructor(store: Store, subscriptionId: number) {
    this.#subscriptionId = subscriptionId;
    this.#store = store;
    this.#later = store.later.bind(store);
  }

  /** What an earlier process wrote. */
  stored(): NewDelivery[] {
    const rows = this.#store.all<DeliveryRow>('deliveries', this.#subscriptionId);
    return rows.map(({ leased, topicId, ...row }) => ({
      ...row,
      leased: leased === 1,
      direct: topicId === 0,
    }));
  }

  get size(): number {
    return this.#deliveries.size;
  }

  find(messageId: number): Delivery | undefined {
    return this.#deliveries.get(messageId);
  }

  has(delivery: Delivery): boolean {
    return this.#deliveries.get(delivery.messageId) === delivery;
  }

  values(): IterableIterator<Delivery> {
    return this.#deliveries.values();
  }

  /** Takes a message up, to be leased at once by the caller. */
  open({ direct = false, attempts = 0, dueAt = 0, leased = false, ...message }: NewDelivery): Delivery {
    const delivery = { ...message, direct, attempts, dueAt, leased };
    this.#deliveries.set(delivery.messageId, delivery);
    return delivery;
  }

  /** Takes a message up that waits for its time, or is available if that has no meaning. */
  add(message: NewDelivery): Delivery {
    const delivery = this.open(message);
    if (delivery.dueAt > 0) this.#due.push(delivery);
    else this.#ready.push(delivery);
    return delivery;
  }

  /** The lease or the backoff ends at another time. */
  move(delivery: Delivery, dueAt: number): void {
    delivery.dueAt = dueAt;
    if (Number.isFinite(dueAt)) this.#due.push(delivery);
    // A lease of this process ends with it: stored as one that is over, it expires at the next start.
    this.#put(delivery, Number.isFinite(dueAt) ? dueAt : 1, this.#later);
  }

  /** Writes that a message that was taken up is available. */
  store(delivery: Delivery, write: Write): void {
    this.#put(delivery, 0, write);
  }

  #put({ messageId, attempts, leased }: Delivery, dueAt: number, write: Write): void {
    write('putDelivery', this.#subscriptionId, messageId, attempts, dueAt, leased ? 1 : 0);
  }

  makeReady(delivery: Delivery): void {
    // The changed time also invalidates the entry in the due queue.
    delivery.dueAt = 0;
    this.#ready.push(delivery);
  }

  remove(delivery: Delivery, write: Write): void {
    this.#deliveries.delete(delivery.messageId);
    this.endLease(delivery);
    write('deleteDelivery', this.#subscriptionId, delivery.messageId);
  }

  endLease(delivery: Delivery): void {
    delivery.leased = false;
    delivery.onRelease?.();
    delivery.onRelease = undefined;
  }

  clear(): void {
    for (const delivery of this.#deliveries.values()) this.endLease(delivery);
    this.#deliveries.clear();
    this.#ready = [];
  }

  /** The earliest time at which a lease or a backoff ends. */
  nextDue(): number | undefined {
    return this.#due.next();
  }

  takeDue(now: number): Delivery | undefined {
    return this.#due.take(now);
  }

  /** The next one in line. */
  takeReady(): Delivery | undefined {
    for (let delivery = this.#ready.shift(); delivery; delivery = this.#ready.shift()) {
      if (this.has(delivery) && !delivery.leased) return delivery;
    }
    return undefined;
  }

  countLeased(): number {
    let leased = 0;
    for (const delivery of this.#deliveries.values()) if (delivery.leased) leased += 1;
    return leased;
  }

  /** Ascending. */
  ids(): number[] {
    return [...this.#deliveries.keys()].sort((a, b) => a - b);
  }
}
