import type { QueryResult } from '../../kernel/ports/warehouse.ts';

interface Entry {
  readonly answer: Promise<QueryResult>;
  /** 0 until the answer is there. */
  bytes: number;
}

/** One answer may take so much of the whole, so that a few large ones do not drive out all others. */
const LARGEST_SHARE = 1 / 8;

/** Answers of statements by key, those used last, up to a number of bytes. The same asked twice at once runs once. */
export class AnswerCache {
  readonly #most: number;
  /** The one used last is the last. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#most = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string, load: () => Promise<QueryResult>): Promise<QueryResult> {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.answer;
    }
    const entry: Entry = { answer: load(), bytes: 0 };
    this.#entries.set(key, entry);
    entry.answer.then(
      (answer) => this.#keep(key, entry, sizeOf(answer) + 2 * key.length),
      // A failure is not an answer.
      () => this.#drop(key, entry),
    );
    return entry.answer;
  }

  #keep(key: string, entry: Entry, bytes: number): void {
    if (this.#entries.get(key) !== entry) return;
    if (bytes > this.#most * LARGEST_SHARE) {
      this.#drop(key, entry);
      return;
    }
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [oldest, other] of this.#entries) {
      if (this.#bytes <= this.#most) return;
      if (other.bytes > 0) this.#drop(oldest, other);
    }
  }

  #drop(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

/** About what an answer takes in memory: its text, two bytes a character. */
const sizeOf = ({ rows, columns }: QueryResult): number => 2 * JSON.stringify([rows, columns]).length;
