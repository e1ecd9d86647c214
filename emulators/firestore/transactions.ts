import { randomBytes } from 'node:crypto';
import type { Committed } from './committer.ts';
import { FirestoreError, invalid } from './errors.ts';
import { inQuery } from './match.ts';
import type { Query } from './query.ts';
import { Turns } from './turns.ts';
import type { WireTransactionOptions } from './wire.ts';

/** Idle and total life of a transaction, as in production (milliseconds). */
const IDLE = 60_000;
const LIFETIME = 270_000;
/** Commits to remember for open transactions; who is behind further has to start again. */
const MAX_LOG = 20_000;

export interface Transaction {
  id: string;
  token: Buffer;
  readOnly: boolean;
  /**
   * What it reads is as of this time, in microseconds. It stays for a read-only transaction; for others it moves
   * on with every read, as long as nothing read before has changed.
   */
  began: number;
  startedAt: number;
  usedAt: number;
  names: Set<string>;
  queries: Query[];
}

/** INVALID_ARGUMENT in the words on which clients start again. */
function expired(): FirestoreError {
  return invalid('The referenced transaction has expired or is no longer valid.');
}

/**
 * Open transactions. They are optimistic: a read-write transaction commits only if nothing that it read, and no
 * query it ran, changed since it began; otherwise it is ABORTED and the client runs it again.
 */
export class Transactions {
  readonly turns = new Turns();
  private readonly open = new Map<string, Transaction>();
  /** Commits since the oldest open read-write transaction began, as far as they are kept. */
  private log: Committed[] = [];
  /** Transactions that began before this time cannot be verified any more. */
  private floor = 0;
  private writable = 0;

  begin(options: WireTransactionOptions | null | undefined, commitTime: number): Transaction {
    this.expire();
    const token = randomBytes(12);
    const now = Date.now();
    const transaction: Transaction = {
      id: token.toString('base64'),
      token,
      readOnly: options?.readOnly !== undefined && options.readOnly !== null,
      began: commitTime,
      startedAt: now,
      usedAt: now,
      names: new Set(),
      queries: [],
    };
    this.open.set(transaction.id, transaction);
    if (!transaction.readOnly) this.writable++;
    return transaction;
  }

  /** The open transaction of a token; throws when there is none. */
  get(token: Uint8Array): Transaction {
    const transaction = this.open.get(Buffer.from(token).toString('base64'));
    const now = Date.now();
    if (!transaction || now - transaction.usedAt > IDLE || now - transaction.startedAt > LIFETIME) {
      throw expired();
    }
    transaction.usedAt = now;
    return transaction;
  }

  end(transaction: Transaction): void {
    if (!this.open.delete(transaction.id)) return;
    if (!transaction.readOnly) this.writable--;
    this.turns.release(transaction);
    if (this.writable === 0) this.log = [];
  }

  /**
   * Waits for the transaction's turn at what it is about to read, and brings its snapshot up to now. Throws
   * ABORTED when something it read before has changed: it could not commit any more.
   */
  async takeTurns(transaction: Transaction, names: readonly string[], now: () => number): Promise<void> {
    for (const name of names) await this.turns.take(name, transaction);
    // It may have ended while it waited, and nobody would release its turns.
    if (!this.open.has(transaction.id)) this.turns.release(transaction);
    this.verify(transaction);
    transaction.began = now();
  }

  /** Throws ABORTED when a commit since the transaction began touched what it read. */
  verify(transaction: Transaction): void {
    // It may have ended since the request arrived, by an other of the same transaction.
    if (!this.open.has(transaction.id)) throw expired();
    if (transaction.began < this.floor) {
      throw new FirestoreError('ABORTED', 'The transaction is too old to be committed. Please try again.');
    }
    for (const { time, changes } of this.log) {
      if (time <= transaction.began) continue;
      for (const { name, before, after } of changes) {
        const read =
          transaction.names.has(name) ||
          transaction.queries.some(
            (query) => (before && inQuery(query, before)) || (after && inQuery(query, after)),
          );
        if (read) {
          throw new FirestoreError(
            'ABORTED',
            `Too much contention on these documents: ${name} changed. Please try again.`,
          );
        }
      }
    }
  }

  /** Remembers a commit for as long as an open transaction may depend on it. */
  committed(commit: Committed): void {
    if (this.writable === 0) return;
    this.log.push(commit);
    if (this.log.length <= MAX_LOG) return;
    this.expire();
    if (this.log.length <= MAX_LOG / 2) return;
    const dropped = this.log.splice(0, MAX_LOG / 2);
    this.floor = dropped.at(-1)?.time ?? this.floor;
  }

  private expire(): void {
    const now = Date.now();
    let oldest = Number.POSITIVE_INFINITY;
    for (const transaction of this.open.values()) {
      if (now - transaction.usedAt > IDLE || now - transaction.startedAt > LIFETIME) {
        this.end(transaction);
      } else oldest = Math.min(oldest, transaction.began);
    }
    if (this.log.length > 0) this.log = this.log.filter(({ time }) => time > oldest);
  }
}
