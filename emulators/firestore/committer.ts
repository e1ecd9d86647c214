import type { StoredDocument } from './document.ts';
import { Code, FirestoreError } from './errors.ts';
import type { CommitFeed } from './feed.ts';
import { checkDocument } from './limits.ts';
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
  resolve: (response: CommitResponse) => void;
  reject: (error: unknown) => void;
}

/**
 * The only write path. Commits that arrive in one turn of the event loop share one SQLite transaction and one
 * fsync; each is validated in full before its first row is written, so a refused one leaves no trace. No commit
 * is answered before the transaction is durable.
 */
export class Committer {
  private queue: Waiting[] = [];
  private scheduled = false;
  private closed = false;
  private readonly store: Store;
  private readonly feed: CommitFeed;
  private readonly published: (commits: Committed[]) => void;
  private readonly prepared: (commit: Committed) => void;

  /**
   * @param prepared called for each commit in order, before it is durable: later commits of the group must
   *   already be checked against it.
   * @param published called with the commits of a group once they are durable.
   */
  constructor(
    store: Store,
    feed: CommitFeed,
    prepared: (commit: Committed) => void,
    published: (commits: Committed[]) => void,
  ) {
    this.store = store;
    this.feed = feed;
    this.prepared = prepared;
    this.published = published;
  }

  commit(writes: Write[], guard?: () => void): Promise<CommitResponse> {
    if (this.closed) return Promise.reject(new FirestoreError('UNAVAILABLE', 'The database is closed.'));
    return new Promise((resolve, reject) => {
      this.queue.push({ writes, guard, resolve, reject });
      if (this.scheduled) return;
      this.scheduled = true;
      setImmediate(() => this.flush());
    });
  }

  /** Writes what is queued and accepts no more. */
  close(): void {
    this.flush();
    this.closed = true;
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
    for (const answer of answers) answer();
    this.published(commits);
    this.feed.wake();
  }

  private fail(group: Waiting[], error: unknown): void {
    try {
      this.store.rollback();
    } finally {
      const failure = storageFailure(error);
      for (const { reject } of group) reject(failure);
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
