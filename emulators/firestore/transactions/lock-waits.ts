import { FirestoreError } from '../errors.ts';
import type { Clock } from '../values/clock.ts';
import type { Transaction, Transactions } from './transactions.ts';
import type { Holder, Wait } from './wait-graph.ts';

/** How long a commit waits for locks before it is given up (milliseconds). */
const LOCK_WAIT = 20_000;

const contention = () =>
  new FirestoreError(
    'ABORTED',
    'Aborted due to cross-transaction contention. This occurs when multiple transactions attempt to access the same data, requiring Firestore to abort at least one in order to enforce serializability.',
  );
const timeout = () =>
  new FirestoreError('ABORTED', 'Too much contention on these documents. Please try again.');

/** A commit on its way. */
export interface PendingCommit {
  /** The transaction, or the commit itself when it is outside of one. */
  readonly holder: Holder;
  readonly transaction: Transaction | undefined;
  /** When it arrived (milliseconds). */
  readonly since: number;
}

/** A commit that cannot be applied as long as others hold locks on what it would change. */
class LockWait implements Wait {
  readonly commit: PendingCommit;
  readonly blockers: Set<Holder>;
  /** Lets the commit try again, or ends it with an error. */
  readonly finish: (error?: FirestoreError) => void;

  constructor(commit: PendingCommit, blockers: Set<Holder>, finish: (error?: FirestoreError) => void) {
    this.commit = commit;
    this.blockers = blockers;
    this.finish = finish;
  }

  get holder(): Holder {
    return this.commit.holder;
  }

  targets(): Iterable<Holder> {
    return this.blockers;
  }
}

/** Commits that wait for locks: until they are released, a circle is broken at their cost, or time is up. */
export class LockWaits {
  private readonly transactions: Transactions;
  private readonly clock: Clock;
  private readonly waiting = new Set<LockWait>();

  constructor(transactions: Transactions, clock: Clock) {
    this.transactions = transactions;
    this.clock = clock;
    transactions.onEnd((ended) => {
      for (const wait of [...this.waiting]) {
        wait.blockers.delete(ended);
        if (wait.blockers.size === 0 || wait.commit.transaction === ended) wait.finish();
      }
    });
  }

  /** Waits until none of the holders is left. Rejects with ABORTED. */
  until(commit: PendingCommit, blockers: Set<Holder>): Promise<void> {
    const left = Math.max(0, commit.since + LOCK_WAIT - this.clock.now());
    return new Promise((resolve, reject) => {
      const wait = new LockWait(commit, blockers, (error) => {
        cancelTimer();
        this.waiting.delete(wait);
        this.transactions.graph.remove(wait);
        if (error) reject(error);
        else resolve();
      });
      const cancelTimer = this.clock.after(left, () => wait.finish(timeout()));
      this.waiting.add(wait);
      this.transactions.graph.add(wait);
      this.breakCircles(wait);
    });
  }

  /**
   * Ends every circle that a new wait closes. Who waits for a turn only goes on without it; among commits, the
   * transaction that began last is aborted.
   */
  private breakCircles(wait: LockWait): void {
    const { graph } = this.transactions;
    for (const blocker of [...wait.blockers]) {
      for (;;) {
        const circle = this.waiting.has(wait) ? graph.path(blocker, wait.holder) : undefined;
        if (!circle) break;
        const patient = circle.find(({ goOn }) => goOn);
        if (patient?.goOn) patient.goOn();
        else this.abort(youngest([wait, ...circle.filter((other) => other instanceof LockWait)]));
      }
    }
  }

  private abort(wait: LockWait): void {
    wait.finish(contention());
    if (wait.commit.transaction) this.transactions.end(wait.commit.transaction);
  }
}

function youngest(waits: LockWait[]): LockWait {
  const age = ({ commit }: LockWait) => commit.transaction?.age ?? Number.NEGATIVE_INFINITY;
  return waits.reduce((a, b) => (age(b) > age(a) ? b : a));
}
