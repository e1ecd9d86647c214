import type { Store } from './store.ts';
import type { Subscription } from './subscription.ts';
import type { TopicOptions } from './types.ts';

/** `Store.later` or, inside a transaction, `Store.run`. */
export type Write = Store['later'] | Store['run'];

export interface MessageHeader {
  id: number;
  orderingKey: string;
  /** JSON; only read when something filters by it. */
  attributes?: string;
}

/** What one subscription had not acknowledged at one moment. */
export interface Snapshot {
  name: string;
  position: number;
  pending: Set<number>;
  expiresAt: number;
  metadata: Record<string, unknown>;
}

export class Topic {
  readonly id: number;
  name: string;
  options: TopicOptions;
  /** The newest message, 0 when there never was one. */
  lastId: number;
  published = 0;
  readonly subscriptions = new Set<Subscription>();
  readonly snapshots = new Map<string, Snapshot>();
  readonly #store: Store;

  constructor(store: Store, row: { id: number; name: string }, options: TopicOptions) {
    this.#store = store;
    this.id = row.id;
    this.name = row.name;
    this.options = options;
    this.lastId = store.get<{ id: number | null }>('lastOfTopic', row.id)?.id ?? 0;
  }

  /** Removes a message that somebody no longer needs, if nobody else does and nothing keeps it for a seek. */
  dropUnneeded(messageId: number, orderingKey: string, write: Write): void {
    if (this.#keepSeconds() === 0 && !this.#isNeeded(messageId, orderingKey))
      write('deleteMessage', messageId);
  }

  /** Removes every message that nobody needs and that is older than what is kept for seeks. */
  sweep(): void {
    const before = Date.now() - this.#keepSeconds() * 1_000;
    this.#store.transaction(() => {
      for (const { id, orderingKey } of this.#store.all<MessageHeader>('headersUntil', this.id, before)) {
        if (!this.#isNeeded(id, orderingKey)) this.#store.run('deleteMessage', id);
      }
    });
  }

  #isNeeded(messageId: number, orderingKey: string): boolean {
    for (const subscription of this.subscriptions) {
      if (subscription.isPending(messageId, orderingKey)) return true;
    }
    for (const { position, pending } of this.snapshots.values()) {
      if (messageId > position || pending.has(messageId)) return true;
    }
    return false;
  }

  #keepSeconds(): number {
    let seconds = this.options.messageRetentionSeconds ?? 0;
    for (const { options } of this.subscriptions) {
      if (options.retainAckedMessages) seconds = Math.max(seconds, options.messageRetentionSeconds ?? 0);
    }
    return seconds;
  }
}
