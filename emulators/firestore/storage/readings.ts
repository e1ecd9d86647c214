import type { WireConsistency, WireTransactionOptions } from '../door/wire.ts';
import type { Query } from '../query/query.ts';
import type { Transaction, Transactions } from '../transactions/transactions.ts';
import type { StoredDocument } from '../values/document.ts';
import { fromMicros, readTimestamp, type Timestamp, toMicros } from '../values/values.ts';
import type { Store } from './store.ts';

/** What one read sees. */
export interface Reading {
  transaction: Transaction | undefined;
  /** The transaction began with this read, so the answer names it. */
  begun: boolean;
  /** As of when, in microseconds; undefined is now. */
  time: number | undefined;
}

/** Reads at present, as of a time, or in a transaction, whose read-write kind locks what it reads. */
export class Readings {
  private readonly store: Store;
  private readonly transactions: Transactions;

  constructor(store: Store, transactions: Transactions) {
    this.store = store;
    this.transactions = transactions;
  }

  beginTransaction(options: WireTransactionOptions | null | undefined): Transaction {
    const readTime = options?.readOnly?.readTime;
    const { commitTime, history } = this.store;
    const now = this.store.now();
    if (!readTime) return this.transactions.begin(options, commitTime, now);
    const time = toMicros(readTimestamp(readTime, 'readOnly.readTime'));
    return this.transactions.begin(options, history.checkReadTime(time, now), now);
  }

  /** Works out what a request sees: the present, or the documents as of a time. */
  of(request: WireConsistency): Reading {
    const now = this.store.now();
    if (request.readTime) {
      const time = toMicros(readTimestamp(request.readTime, 'readTime'));
      return { transaction: undefined, begun: false, time: this.store.history.checkReadTime(time, now) };
    }
    const begun = request.newTransaction !== null && request.newTransaction !== undefined;
    const transaction = begun
      ? this.beginTransaction(request.newTransaction)
      : request.transaction?.length
        ? this.transactions.get(request.transaction)
        : undefined;
    return { transaction, begun, time: transaction?.readTime };
  }

  /** Reads at once, or when a read-write transaction has its turn at what it reads and then locks. */
  whenTurn<T>({ transaction, begun }: Reading, keys: () => string[], read: () => T): T | Promise<T> {
    if (!transaction) return read();
    const first = () => {
      try {
        this.transactions.check(transaction);
        return read();
      } catch (error) {
        // Nobody learns of a transaction whose first read fails.
        if (begun) this.transactions.end(transaction);
        throw error;
      }
    };
    if (transaction.readTime !== undefined) return first();
    return this.transactions.takeTurns(transaction, keys()).then(first);
  }

  /** Whether what is read is locked. */
  locks({ transaction }: Reading): boolean {
    return transaction !== undefined && transaction.readTime === undefined;
  }

  lockDocument(reading: Reading, name: string): void {
    const { transaction } = reading;
    if (transaction && this.locks(reading)) this.transactions.locks.lockDocument(name, transaction);
  }

  /** @param results all that was found, when the query has a limit. */
  lockQuery(reading: Reading, query: Query, results?: readonly StoredDocument[]): void {
    const { transaction } = reading;
    if (transaction && this.locks(reading)) this.transactions.locks.lockQuery(query, transaction, results);
  }

  timeOf({ time }: Reading): Timestamp {
    return fromMicros(time ?? this.store.now());
  }
}
