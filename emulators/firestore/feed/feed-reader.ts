import { fromMicros, type Timestamp } from '../values/values.ts';
import { type DocumentImage, decodeImage } from './feed-images.ts';
import { readPatterns } from './feed-patterns.ts';

/** An entry as it is stored: time in microseconds, images as `google.firestore.v1.Document`. */
export interface FeedRow {
  sequence: bigint;
  time: bigint;
  path: string;
  before: Uint8Array | null;
  after: Uint8Array | null;
}

/** One change of one document. `before` is absent when it was created, `after` when it was deleted. */
export interface DocumentChange {
  /** Position of the change: strictly increasing in commit order, the same after a restart. */
  cursor: bigint;
  /** When it was committed; the changes of one commit share it. */
  time: Timestamp;
  /** Full name of the document. */
  name: string;
  before?: DocumentImage;
  after?: DocumentImage;
}

/** A change with its documents as encoded `google.firestore.v1.Document` messages. */
export interface EncodedChange {
  cursor: bigint;
  time: Timestamp;
  /** Path of the document below the database root. */
  path: string;
  before?: Uint8Array;
  after?: Uint8Array;
}

/** A reader of the feed with a name and a durable position. It misses nothing, and may see the last again. */
export interface FeedReader {
  /** What is acknowledged, as of now. */
  readonly cursor: bigint;
  /** The oldest changes after a position (by default what is acknowledged), at most `limit`. */
  read(limit: number, after?: bigint): DocumentChange[];
  /** The same without decoding the documents, for who passes them on. */
  readEncoded(limit: number, after?: bigint): EncodedChange[];
  /** Everything up to a position is handled: it is not read again, and may be removed. */
  acknowledge(cursor: bigint): void;
}

/** How a reader is stored. */
export interface ReaderState {
  cursor: string;
  patterns: readonly string[];
}

/** Entries of the feed that some patterns cover. */
export class Selection {
  private readonly matching: RegExp | undefined;
  private readonly scan: (after: bigint) => Iterable<FeedRow>;
  /** Nothing is covered after the one and up to the other, so it is not looked at again. */
  private quiet = { after: -1n, until: -1n };

  constructor(patterns: readonly string[], scan: (after: bigint) => Iterable<FeedRow>) {
    this.matching = readPatterns(patterns);
    this.scan = scan;
  }

  rows(after: bigint, limit: number): FeedRow[] {
    const found: FeedRow[] = [];
    let until = this.skip(after);
    for (const row of this.scan(until)) {
      if (found.length === 0) until = row.sequence;
      if (!this.matching?.test(row.path)) continue;
      if (found.push(row) === limit) break;
    }
    if (found.length === 0) this.quiet = { after, until };
    return found;
  }

  /** The last position from which the same is read as from this one, as far as is known. */
  skip(after: bigint): bigint {
    return after >= this.quiet.after && after < this.quiet.until ? this.quiet.until : after;
  }
}

export class NamedReader implements FeedReader {
  readonly name: string;
  readonly patterns: readonly string[];
  cursor: bigint;
  private readonly selection: Selection;
  private readonly acknowledged: () => void;

  constructor(
    name: string,
    { cursor, patterns }: ReaderState,
    scan: (after: bigint) => Iterable<FeedRow>,
    acknowledged: () => void,
  ) {
    this.name = name;
    this.patterns = patterns;
    this.cursor = BigInt(cursor);
    this.selection = new Selection(patterns, scan);
    this.acknowledged = acknowledged;
  }

  /** What others may remove: everything acknowledged, and what followed it that does not concern this reader. */
  get passed(): bigint {
    return this.selection.skip(this.cursor);
  }

  read(limit: number, after = this.cursor): DocumentChange[] {
    return this.selection.rows(after, limit).flatMap((row) => {
      const before = row.before ? decodeImage(row.before) : undefined;
      const image = row.after ? decodeImage(row.after) : undefined;
      const name = image?.name ?? before?.name;
      if (!name) return [];
      const time = fromMicros(Number(row.time));
      return { cursor: row.sequence, time, name, ...(before && { before }), ...(image && { after: image }) };
    });
  }

  readEncoded(limit: number, after = this.cursor): EncodedChange[] {
    return this.selection.rows(after, limit).map(({ sequence, time, path, before, after: next }) => ({
      cursor: sequence,
      time: fromMicros(Number(time)),
      path,
      ...(before && { before }),
      ...(next && { after: next }),
    }));
  }

  acknowledge(cursor: bigint): void {
    if (cursor <= this.cursor) return;
    this.cursor = cursor;
    this.acknowledged();
  }
}
