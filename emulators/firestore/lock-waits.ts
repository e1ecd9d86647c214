import type { Clock } from './clock.ts';
import { FirestoreError } from './errors.ts';
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

/** What a commit needs to be told apart from others while it waits. */
export interface CommitRequest {
  /** The transaction, or the commit itself when it is outside of one. */
  readonly holder: Holder;
  readonly transaction: Transaction | undefined;
  /** When it arrived (milliseconds). */
  readonly since: number;
}

/** A commit that cannot be applied as long as others hold locks on what it would change. */
class LockWait implements Wait {
  readonly request: CommitRequest;
  readonly blockers: Set<Holder>;
  private readonly settle: (error?: FirestoreError) => void;

  constructor(request: CommitRequest, blockers: Set<Holder>, settle: (error?: FirestoreError) => void) {
    this.request = request;
    this.blockers = blockers;
    this.settle = settle;
  }

  get holder(): Holder {
    return this.request.holder;
  }

  targets(): Iterable<Holder> {
    return this.blockers;
  }

  /** Lets the commit try again, or ends it with an error. */
  finish(error?: FirestoreError): void {
    this.settle(error);
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
        if (wait.blockers.size === 0 || wait.request.transaction === ended) wait.finish();
      }
    });
  }

  /** Waits until none of the holders is left. Rejects with ABORTED. */
  until(request: CommitRequest, blockers: Set<Holder>): Promise<void> {
    const left = Math.max(0, request.since + LOCK_WAIT - this.clock.now());
    return new Promise((resolve, reject) => {
      const wait = new LockWait(request, blockers, (error) => {
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
    if (wait.request.transaction) this.transactions.end(wait.request.transaction);
  }
}

function youngest(waits: LockWait[]): LockWait {
  const age = ({ request }: LockWait) => request.transaction?.age ?? Number.NEGATIVE_INFINITY;
  return waits.reduce((a, b) => (age(b) > age(a) ? b : a));
}
