import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Change } from '../storage/store.ts';
import { decodeImage, encodeImage, type JsonData, plainData } from './feed-images.ts';
import { pathOf, readPatterns } from './feed-patterns.ts';
import { type FeedReader, type FeedRow, NamedReader, type ReaderState, Selection } from './feed-reader.ts';

/** One change of one document. `before` is absent when it was created, `after` when it was deleted. */
export interface FeedEntry {
  /** Strictly increasing in commit order. */
  sequence: bigint;
  commitTime: Date;
  /** Path of the document below the database root. */
  path: string;
  before?: JsonData;
  after?: JsonData;
}

/** How many handled entries of readers are removed at once. */
const TRIM_STEP = 1_000n;
const READER = 'feed reader ';

/**
 * The durable feed of committed changes. Entries are written in the transaction of their commit, so a reader
 * that remembers the last sequence it handled misses nothing and sees nothing that was not committed.
 */
export class CommitFeed {
  private readonly db: DatabaseSync;
  private readonly own: Selection;
  private readonly readers = new Map<string, NamedReader>();
  /** What is appended: the patterns of the options and of all readers. */
  private recorded: RegExp | undefined;
  private readonly patterns: readonly string[];
  private readonly listeners = new Set<() => void>();
  private readonly insert: StatementSync;
  private readonly select: StatementSync;
  private readonly remove: StatementSync;
  private readonly saveMeta: StatementSync;
  /** The newest entry, and the newest that readers may see because it is durable. */
  private last: bigint;
  private durable: bigint;
  /** Entries before this one are handled, as `trim` said; undefined when there are only readers. */
  private trimmed: bigint | undefined;
  /** No entries are left before this one. */
  private removed = 0n;

  /** @param patterns what `read` shows; see `readPatterns`. */
  constructor(db: DatabaseSync, patterns: readonly string[]) {
    this.db = db;
    this.patterns = patterns;
    this.own = new Selection(patterns, (after) => this.scan(after));
    this.trimmed = patterns.length > 0 ? 0n : undefined;
    this.insert = db.prepare('INSERT INTO feed(time, path, before, after) VALUES (?, ?, ?, ?)');
    this.select = db.prepare('SELECT * FROM feed WHERE sequence > ? AND sequence <= ? ORDER BY sequence');
    this.select.setReadBigInts(true);
    this.remove = db.prepare('DELETE FROM feed WHERE sequence < ?');
    this.saveMeta = db.prepare('INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)');
    const newest = db.prepare("SELECT seq AS newest FROM sqlite_sequence WHERE name = 'feed'");
    newest.setReadBigInts(true);
    this.last = BigInt(newest.get()?.newest?.toString() ?? 0);
    this.durable = this.last;
    for (const { key, value } of db.prepare("SELECT * FROM meta WHERE key GLOB 'feed reader *'").all()) {
      const state: ReaderState = JSON.parse(String(value));
      this.open(String(key).slice(READER.length), state);
    }
    this.record();
  }

  /**
   * Opens a reader with a durable position, which starts at the newest entry when the name is new. From then on,
   * also across restarts, what its patterns cover is recorded and kept until it has acknowledged it. Patterns may
   * change: they apply to what is committed from now on.
   */
  reader(name: string, patterns: readonly string[]): FeedReader {
    const cursor = this.readers.get(name)?.cursor ?? this.last;
    const reader = this.open(name, { cursor: String(cursor), patterns });
    this.record();
    this.save(reader);
    return reader;
  }

  /** Forgets a reader with its position; nothing is recorded or kept for it any more. */
  forget(name: string): void {
    this.readers.delete(name);
    this.db.prepare('DELETE FROM meta WHERE key = ?').run(READER + name);
    this.record();
    this.tidy(0n);
  }

  /** Entries after a sequence (0n: from the start) that the patterns of the options cover, oldest first. */
  read(after: bigint, limit: number): FeedEntry[] {
    return this.own.rows(after, limit).map(({ sequence, time, path, before, after: next }) => ({
      sequence,
      commitTime: new Date(Number(time / 1000n)),
      path,
      ...(before && { before: plainData(decodeImage(before).fields) }),
      ...(next && { after: plainData(decodeImage(next).fields) }),
    }));
  }

  /** Calls back after a durable commit that appended to the feed. Returns the function that unsubscribes. */
  onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Removes the entries before a sequence, except those that a reader has yet to acknowledge. */
  trim(before: bigint): void {
    this.trimmed = before;
    this.tidy(0n);
  }

  /** Appends a change, when a pattern covers it; only within a write transaction. */
  append({ name, before, after }: Change, time: number): void {
    if (!this.recorded) return;
    const path = pathOf(name);
    if (!this.recorded.test(path)) return;
    const { lastInsertRowid } = this.insert.run(
      time,
      path,
      before ? encodeImage(before) : null,
      after ? encodeImage(after) : null,
    );
    this.last = BigInt(lastInsertRowid);
  }

  /** The newest entry that was appended. */
  get written(): bigint {
    return this.last;
  }

  /** Shows the entries up to one to the readers and wakes them. */
  release(written: bigint): void {
    if (written <= this.durable) return;
    this.durable = written;
    for (const listener of this.listeners) queueMicrotask(listener);
  }

  private *scan(after: bigint): Generator<FeedRow> {
    yield* this.select.iterate(after, this.durable) as unknown as Iterable<FeedRow>;
  }

  private open(name: string, state: ReaderState): NamedReader {
    const reader = new NamedReader(
      name,
      state,
      (after) => this.scan(after),
      () => {
        this.save(reader);
        this.tidy(TRIM_STEP);
      },
    );
    this.readers.set(name, reader);
    return reader;
  }

  /** Removes what nobody has to read any more, when it is at least so many entries. */
  private tidy(step: bigint): void {
    let end = this.trimmed ?? this.durable + 1n;
    for (const { passed } of this.readers.values()) if (passed < end) end = passed + 1n;
    if (end < this.removed + step) return;
    this.remove.run(end);
    this.removed = end;
  }

  private record(): void {
    const all = [...this.readers.values()].flatMap(({ patterns }) => patterns);
    this.recorded = readPatterns([...this.patterns, ...all]);
  }

  private save({ name, cursor, patterns }: NamedReader): void {
    const state: ReaderState = { cursor: String(cursor), patterns };
    this.saveMeta.run(READER + name, JSON.stringify(state));
  }
}
