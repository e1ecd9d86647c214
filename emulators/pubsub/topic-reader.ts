import { compileFilter, type Filter } from './filter.ts';
import type { Store } from './store.ts';
import type { MessageHeader, Topic } from './topic.ts';

/** Messages looked at in one go, before the event loop has its turn. */
const MAX_SCAN = 8_192;
const MAX_PAGE = 1_024;

/** Reads a topic for one subscription: where it is, and which messages are meant for it. */
export class TopicReader {
  /** Everything up to this message was reached. */
  position: number;
  readonly #store: Store;
  readonly #topic: Topic;
  readonly #filter: Filter | undefined;

  constructor(store: Store, topic: Topic, filter: string | undefined, position: number) {
    this.#store = store;
    this.#topic = topic;
    this.#filter = filter ? compileFilter(filter) : undefined;
    this.position = position;
  }

  /** Whether a message with these attributes is meant for the subscription. */
  wants(attributes: Record<string, string> = {}): boolean {
    return !this.#filter || this.#filter(attributes);
  }

  wantsRow(row: MessageHeader): boolean {
    return !this.#filter || this.#filter(JSON.parse(row.attributes ?? '{}'));
  }

  /** The messages after a position, wanted or not. */
  after(position: number, limit: number): MessageHeader[] {
    const statement = this.#filter ? 'attributesAfter' : 'headersAfter';
    return this.#store.all(statement, this.#topic.id, position, limit);
  }

  /**
   * Goes on from the position, message by message, wanted or not, as long as `isOpen`; `expected` is how many will
   * probably be taken. Returns true when there is more than fits into one go.
   */
  *advance(expected: number, isOpen: () => boolean): Generator<MessageHeader, boolean> {
    const end = this.#topic.lastId;
    let limit = expected;
    for (let scanned = 0; isOpen() && this.position < end; ) {
      if (scanned >= MAX_SCAN) return true;
      const rows = this.after(this.position, limit);
      for (const row of rows) {
        if (!isOpen()) return false;
        this.position = row.id;
        yield row;
      }
      // Fewer rows than asked for were the last ones.
      if (rows.length < limit && isOpen()) this.position = end;
      scanned += rows.length;
      limit = Math.min(limit * 2, MAX_PAGE);
    }
    return false;
  }

  /** The wanted and unwanted messages of a key between one and the position, one by one, as many as are asked for. */
  *behind(orderingKey: string, head: number): Generator<MessageHeader> {
    for (let after = head; ; ) {
      const values = [this.#topic.id, orderingKey, after, this.position] as const;
      const next = this.#store.get<MessageHeader>('nextOfKey', ...values);
      if (!next) return;
      yield next;
      after = next.id;
    }
  }

  /** How many wanted messages come after a position. */
  countAfter(position: number): number {
    const { id, lastId } = this.#topic;
    if (lastId <= position) return 0;
    if (!this.#filter) return this.#store.get<{ count: number }>('countAfter', id, position)?.count ?? 0;
    const rows = this.after(position, Number.MAX_SAFE_INTEGER);
    return rows.filter((row) => this.wantsRow(row)).length;
  }
}
