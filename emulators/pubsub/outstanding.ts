import { DueQueue } from './due-queue.ts';

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

/** The messages in hand, in backoff or available again: by id, by when they are due, and in line. */
export class Outstanding {
  readonly #deliveries = new Map<number, Delivery>();
  readonly #due = new DueQueue<Delivery>((delivery) => this.has(delivery));
  #ready: Delivery[] = [];

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

  move(delivery: Delivery, dueAt: number): void {
    delivery.dueAt = dueAt;
    if (Number.isFinite(dueAt)) this.#due.push(delivery);
  }

  makeReady(delivery: Delivery): void {
    // The changed time also invalidates the entry in the due queue.
    delivery.dueAt = 0;
    this.#ready.push(delivery);
  }

  remove(delivery: Delivery): void {
    this.#deliveries.delete(delivery.messageId);
    this.endLease(delivery);
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
