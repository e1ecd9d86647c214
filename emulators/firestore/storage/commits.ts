import { LockWaits, type PendingCommit } from '../transactions/lock-waits.ts';
import type { Transaction, Transactions } from '../transactions/transactions.ts';
import { turnOf } from '../transactions/turns.ts';
import type { Holder } from '../transactions/wait-graph.ts';
import type { Write } from '../transactions/writes.ts';
import type { Clock } from '../values/clock.ts';
import type { CommitResponse, Committer } from './committer.ts';
import type { Change } from './store.ts';

/** Commits that respect the locks of transactions: they are applied once nobody else has read what they change. */
export class Commits {
  private readonly committer: Committer;
  private readonly transactions: Transactions;
  private readonly waits: LockWaits;
  private readonly clock: Clock;
  private count = 0;

  constructor(committer: Committer, transactions: Transactions, clock: Clock) {
    this.committer = committer;
    this.transactions = transactions;
    this.clock = clock;
    this.waits = new LockWaits(transactions, clock);
  }

  /**
   * Applies the writes of a transaction, which ends with it, or of none. Rejects with ABORTED when locks are in the
   * way for too long or for ever, and with INVALID_ARGUMENT when the transaction has ended.
   */
  commit(writes: Write[], transaction?: Transaction): Promise<CommitResponse> {
    const { turns } = this.transactions;
    const holder = transaction ?? { id: `commit ${++this.count}` };
    const pending: PendingCommit = { holder, transaction, since: this.clock.now() };
    const keys = writes.map(({ name }) => name);
    const apply = () =>
      this.committer.commit(writes, {
        check: () => transaction && this.transactions.check(transaction),
        admit: (changes) => this.admit(pending, keys, changes),
        done: () => (transaction ? this.transactions.end(transaction) : turns.release(holder)),
      });
    const turn = turns.busy ? turns.take(keys, holder) : undefined;
    return turn ? turn.then(apply) : apply();
  }

  private admit(
    pending: PendingCommit,
    keys: readonly string[],
    changes: readonly Change[],
  ): Promise<void> | undefined {
    const conflicts = this.transactions.locks.conflicts(changes, pending.holder);
    if (conflicts.length === 0) return undefined;
    const queries = conflicts.flatMap(({ query }) => (query ? [turnOf(query)] : []));
    return this.waitFor(pending, new Set(conflicts.map(({ holder }) => holder)), [...keys, ...queries]);
  }

  /** Waits for the end of all who are in the way, and lines up meanwhile: the next to read it come after. */
  private async waitFor(
    pending: PendingCommit,
    blockers: Set<Holder>,
    keys: readonly string[],
  ): Promise<void> {
    const { turns } = this.transactions;
    const turn = turns.take(keys, pending.holder);
    try {
      await this.waits.until(pending, blockers);
    } catch (error) {
      // It has released its turns already, except those that come now.
      void turn?.then(() => turns.release(pending.holder));
      throw error;
    }
    await turn;
  }
}
