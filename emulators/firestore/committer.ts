import type { StoredDocument } from './document.ts';
import { Code, FirestoreError } from './errors.ts';
import type { CommitFeed } from './feed.ts';
import { checkDocument } from './limits.ts';
import type { LogSync } from './log-sync.ts';
import { storageFailure } from './storage.ts';
import type { Change, Store } from './store.ts';
import { fromMicros, type Timestamp, type Value } from './values.ts';
import { applyWrite, type Write } from './writes.ts';

export interface WriteResult {
  updateTime: Timestamp | null;
  transformResults: Value[];
}

export interface CommitResponse {
  writeResults: WriteResult[];
  commitTime: Timestamp;
}

/** What one commit did, in the order in which its documents were first written. */
export interface Committed {
  /** Microseconds since the epoch. */
  time: number;
  changes: Change[];
}

interface Waiting {
  writes: Write[];
  /** Runs inside the write transaction before the writes; throws to refuse the commit. */
  guard: (() => void) | undefined;
  applied: (() => void) | undefined;
  resolve: (response: CommitResponse) => void;
  reject: (error: unknown) => void;
}

/**
 * The only write path. Commits that arrive in one turn of the event loop share one SQLite transaction; each is
 * validated in full before its first row is written, so a refused one leaves no trace. A commit is applied at once,
 * so that later ones and reads see it, and answered and published when it is durable.
 */
export class Committer {
  private queue: Waiting[] = [];
  private scheduled = false;
  private refusal: FirestoreError | undefined;
  private readonly store: Store;
  private readonly feed: CommitFeed;
  private readonly log: LogSync;
  private readonly published: (commits: Committed[]) => void;
  private readonly prepared: (commit: Committed) => void;

  /**
   * @param prepared called for each commit as it is applied: later ones must be checked against it.
   * @param published called with the commits of a group, in order, once they are durable.
   */
  constructor(
    store: Store,
    feed: CommitFeed,
    log: LogSync,
    prepared: (commit: Committed) => void,
    published: (commits: Committed[]) => void,
  ) {
    this.store = store;
    this.feed = feed;
    this.log = log;
    this.prepared = prepared;
    this.published = published;
  }

  /**
   * @param guard runs before the writes are applied; throws to refuse them.
   * @param applied called when they are applied or refused, before they are durable; maybe again when storage fails.
   */
  commit(writes: Write[], guard?: () => void, applied?: () => void): Promise<CommitResponse> {
    if (this.refusal) {
      applied?.();
      return Promise.reject(this.refusal);
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ writes, guard, applied, resolve, reject });
      if (this.scheduled) return;
      this.scheduled = true;
      setImmediate(() => this.flush());
    });
  }

  /** Writes what is queued, waits until it is durable and accepts no more. */
  close(): Promise<void> {
    this.flush();
    this.refusal ??= new FirestoreError('UNAVAILABLE', 'The database is closed.');
    return new Promise((resolve) => this.log.after(resolve, () => resolve()));
  }

  private flush(): void {
    this.scheduled = false;
    const group = this.queue;
    if (group.length === 0) return;
    this.queue = [];
    const answers: (() => void)[] = [];
    const commits: Committed[] = [];
    try {
      this.store.begin();
      for (const waiting of group) this.attempt(waiting, answers, commits);
      this.store.commit();
    } catch (error) {
      this.fail(group, error);
      return;
    }
    const written = this.feed.written;
    this.log.after(
      () => {
        for (const answer of answers) answer();
        this.published(commits);
        this.feed.release(written);
      },
      (error) => this.lose(group, error),
    );
  }

  /** The disk did not take what was written: nothing more can be promised until the database is opened again. */
  private lose(group: Waiting[], error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.refusal = new FirestoreError(
      'UNAVAILABLE',
      `The disk failed (${reason}). Check it, then restart; writes that were not answered may be missing.`,
    );
    for (const { reject } of group) reject(this.refusal);
  }

  private fail(group: Waiting[], error: unknown): void {
    try {
      this.store.rollback();
    } finally {
      const failure = storageFailure(error);
      for (const { applied, reject } of group) {
        applied?.();
        reject(failure);
      }
    }
  }

  /** Applies one commit. What is refused concerns it alone; once it writes, a failure is one of the whole group. */
  private attempt(waiting: Waiting, answers: (() => void)[], commits: Committed[]): void {
    const time = this.store.nextCommitTime();
    let prepared: ReturnType<Committer['prepare']>;
    try {
      waiting.guard?.();
      prepared = this.prepare(waiting.writes, time);
    } catch (error) {
      if (!(error instanceof FirestoreError) || error.code === Code.DATA_LOSS) throw error;
      waiting.applied?.();
      answers.push(() => waiting.reject(error));
      return;
    }
    const { changes, writeResults } = prepared;
    for (const change of changes) {
      this.store.write(change, time);
      this.feed.append(change, time);
    }
    const commit = { time, changes };
    this.prepared(commit);
    commits.push(commit);
    waiting.applied?.();
    answers.push(() => waiting.resolve({ writeResults, commitTime: fromMicros(time) }));
  }

  /** Works out what the writes of one commit do, in memory; throws before anything is stored. */
  private prepare(writes: Write[], time: number): { changes: Change[]; writeResults: WriteResult[] } {
    const changes = new Map<string, Change>();
    const writeResults: WriteResult[] = [];
    for (const write of writes) {
      const known = changes.get(write.name);
      const before = known ? known.after : this.store.find(write.name);
      const { fields, transformResults } = applyWrite(write, before, time);
      let after: StoredDocument | undefined;
      if (fields) {
        after =
          before && before.fields === fields ? before : this.store.build(write.name, before, fields, time);
        if (after !== before) checkDocument(after);
      }
      if (known) known.after = after;
      else changes.set(write.name, { name: write.name, before, after });
      const updateTime = write.kind === 'delete' || !after ? null : after.updateTime;
      writeResults.push({ updateTime, transformResults });
    }
    return { changes: [...changes.values()].filter(({ before, after }) => before !== after), writeResults };
  }
}
