import { Code, FirestoreError } from '../errors.ts';
import type { CommitFeed } from '../feed/feed.ts';
import { applyWrite, type Write } from '../transactions/writes.ts';
import type { StoredDocument } from '../values/document.ts';
import { checkDocument } from '../values/limits.ts';
import { fromMicros, type Timestamp, type Value } from '../values/values.ts';
import type { LogSync } from './log-sync.ts';
import { failureOf } from './storage-errors.ts';
import type { Change, Store } from './store.ts';

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

/** Decides whether and when a commit may be applied. */
export interface Admission {
  /** Throws to refuse the commit before it is worked out. */
  check(): void;
  /** Given what it would change: undefined applies it, a promise has it tried again later, or refused. */
  admit(changes: readonly Change[]): Promise<void> | undefined;
  /** Called when it is applied or refused, before it is durable; maybe again when storage fails. */
  done(): void;
}

/** Called with the commits of a group, in order, once they are durable, and a time that none of the next precedes. */
type Published = (commits: Committed[], time: number) => void;

interface Waiting {
  writes: Write[];
  admission: Admission | undefined;
  resolve: (response: CommitResponse) => void;
  reject: (error: unknown) => void;
}

/** Writes that share one transaction, unless a single commit has more. */
const GROUP_WRITES = 500;

function refuse({ admission, reject }: Waiting, error: unknown): void {
  admission?.done();
  reject(error);
}

/**
 * The only write path. Commits that arrive in one turn of the event loop share one SQLite transaction; each is
 * validated in full before its first row is written, so a refused one leaves no trace. A commit is applied at once,
 * so that later ones and reads see it, and answered and published when it is durable.
 */
export class Committer {
  private queue: Waiting[] = [];
  private scheduled = false;
  private holds = 0;
  private refusal: FirestoreError | undefined;
  private readonly store: Store;
  private readonly feed: CommitFeed;
  private readonly log: LogSync;
  private readonly published: Published;

  constructor(store: Store, feed: CommitFeed, log: LogSync, published: Published) {
    this.store = store;
    this.feed = feed;
    this.log = log;
    this.published = published;
  }

  commit(writes: Write[], admission?: Admission): Promise<CommitResponse> {
    return new Promise((resolve, reject) => this.enqueue({ writes, admission, resolve, reject }));
  }

  private enqueue(waiting: Waiting): void {
    if (this.refusal) {
      refuse(waiting, this.refusal);
      return;
    }
    this.queue.push(waiting);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled || this.holds > 0) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Puts commits off until the function that it returns is called. */
  hold(): () => void {
    this.holds++;
    return () => {
      this.holds--;
      if (this.queue.length > 0) this.schedule();
    };
  }

  /** Writes what is queued, waits until it is durable and accepts no more. Nobody may hold commits. */
  close(): Promise<void> {
    while (this.queue.length > 0 && this.holds === 0) this.flush();
    this.refusal ??= new FirestoreError('UNAVAILABLE', 'The database is closed.');
    return new Promise((resolve) => this.log.after(resolve, () => resolve()));
  }

  /** The oldest commits that wait: one at least, and no more than are worked out in one turn without a long delay. */
  private takeGroup(): Waiting[] {
    let writes = 0;
    const end = this.queue.findIndex((waiting, i) => {
      writes += waiting.writes.length;
      return i > 0 && writes > GROUP_WRITES;
    });
    return this.queue.splice(0, end === -1 ? this.queue.length : end);
  }

  private flush(): void {
    this.scheduled = false;
    if (this.queue.length === 0 || this.holds > 0) return;
    const group = new Set(this.takeGroup());
    if (this.queue.length > 0) this.schedule();
    const answers: (() => void)[] = [];
    const commits: Committed[] = [];
    try {
      this.store.begin();
      for (const waiting of group) this.attempt(waiting, group, answers, commits);
      this.store.commit();
    } catch (error) {
      this.fail(group, error);
      return;
    }
    const written = this.feed.written;
    const time = this.store.commitTime;
    // The writes themselves need not be kept until the disk has them.
    const rejects = [...group].map(({ reject }) => reject);
    this.log.after(
      () => {
        for (const answer of answers) answer();
        this.published(commits, time);
        this.feed.release(written);
      },
      (error) => this.lose(rejects, error),
    );
  }

  /** The disk did not take what was written: nothing more can be promised until the database is opened again. */
  private lose(rejects: ((error: unknown) => void)[], error: unknown): void {
    const refusal = this.stop(error instanceof Error ? error.message : String(error));
    for (const reject of rejects) reject(refusal);
  }

  /**
   * Refuses all further commits. After a failed fsync the operating system may have dropped pages and forgotten that
   * they were never written: another fsync would succeed and prove nothing.
   */
  stop(reason: string): FirestoreError {
    this.refusal = new FirestoreError(
      'UNAVAILABLE',
      `The disk failed (${reason}). Check it, then restart; writes that were not answered may be missing.`,
    );
    for (const waiting of this.queue.splice(0)) refuse(waiting, this.refusal);
    return this.refusal;
  }

  private fail(group: Iterable<Waiting>, error: unknown): void {
    try {
      this.store.rollback();
    } finally {
      const failure = failureOf(error);
      for (const waiting of group) refuse(waiting, failure);
    }
  }

  /** Applies one commit. What is refused concerns it alone; once it writes, a failure is one of the whole group. */
  private attempt(
    waiting: Waiting,
    group: Set<Waiting>,
    answers: (() => void)[],
    commits: Committed[],
  ): void {
    const time = this.store.nextCommitTime();
    const { writes, admission, resolve, reject } = waiting;
    let prepared: ReturnType<Committer['prepare']>;
    let later: Promise<void> | undefined;
    try {
      admission?.check();
      prepared = this.prepare(writes, time);
      later = admission?.admit(prepared.changes);
    } catch (error) {
      if (!(error instanceof FirestoreError) || error.code === Code.DATA_LOSS) throw error;
      admission?.done();
      answers.push(() => reject(error));
      return;
    }
    if (later) {
      group.delete(waiting);
      later.then(
        () => this.enqueue(waiting),
        (error) => refuse(waiting, error),
      );
      return;
    }
    const { changes, writeResults } = prepared;
    for (const change of changes) {
      this.store.write(change, time);
      this.feed.append(change, time);
    }
    commits.push({ time, changes });
    admission?.done();
    answers.push(() => resolve({ writeResults, commitTime: fromMicros(time) }));
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
