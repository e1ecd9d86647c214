import { randomBytes } from 'node:crypto';
import type { WireTransactionOptions } from '../door/wire.ts';
import { type FirestoreError, invalid } from '../errors.ts';
import type { Clock } from '../values/clock.ts';
import { Locks } from './locks.ts';
import { Turns } from './turns.ts';
import { type Holder, WaitGraph } from './wait-graph.ts';

/** Idle and total life of a transaction, as in production (milliseconds). */
const IDLE = 60_000;
const LIFETIME = 270_000;
/** What has expired is looked for no more often than this (milliseconds). */
const SWEEP = 5_000;
const TOKEN_BYTES = 16;

export interface Transaction extends Holder {
  /** What clients name it by: when its first attempt began, in microseconds, and something random. */
  readonly token: Buffer;
  /** As of when a read-only transaction reads, in microseconds; undefined for others, which read the present. */
  readonly readTime: number | undefined;
  /** When its first attempt began, in microseconds: the older goes before the younger. */
  readonly age: number;
  readonly startedAt: number;
  usedAt: number;
}

/** INVALID_ARGUMENT in the words on which clients start again. */
function expired(): FirestoreError {
  return invalid('The referenced transaction has expired or is no longer valid.');
}

function idOf(token: Uint8Array): string {
  return Buffer.from(token.buffer, token.byteOffset, token.byteLength).toString('base64');
}

/**
 * Open transactions. They are pessimistic: what a read-write transaction reads is locked until it ends, so that it
 * always reads the present and finds it unchanged when it commits. Read-only ones read the past and lock nothing.
 */
export class Transactions {
  readonly graph = new WaitGraph();
  readonly locks = new Locks();
  readonly turns: Turns;
  private readonly clock: Clock;
  private readonly open = new Map<string, Transaction>();
  private readonly ended = new Set<(transaction: Transaction) => void>();
  private cancelSweep: (() => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
    this.turns = new Turns(this.graph, clock);
  }

  /**
   * @param readTime as of when it reads, when it is read-only.
   * @param now the present, in microseconds.
   */
  begin(options: WireTransactionOptions | null | undefined, readTime: number, now: number): Transaction {
    const age = this.ageOf(options?.readWrite?.retryTransaction, now);
    const token = Buffer.alloc(TOKEN_BYTES);
    token.writeBigUInt64BE(BigInt(age));
    randomBytes(8).copy(token, 8);
    const startedAt = this.clock.now();
    const transaction: Transaction = {
      id: idOf(token),
      token,
      readTime: options?.readOnly ? readTime : undefined,
      age,
      startedAt,
      usedAt: startedAt,
    };
    this.open.set(transaction.id, transaction);
    this.cancelSweep ??= this.clock.after(IDLE, () => this.sweep(), true);
    return transaction;
  }

  /** A transaction that is tried again keeps its age, so that others give way to it in the end. */
  private ageOf(retried: Uint8Array | null | undefined, now: number): number {
    if (!retried?.length) return now;
    if (retried.length !== TOKEN_BYTES) throw invalid('retryTransaction is not a transaction.');
    return Math.min(Number(Buffer.from(retried).readBigUInt64BE()), now);
  }

  /** The open transaction of a token; throws INVALID_ARGUMENT when there is none. */
  get(token: Uint8Array): Transaction {
    const transaction = this.open.get(idOf(token));
    if (!transaction || this.isExpired(transaction)) throw expired();
    transaction.usedAt = this.clock.now();
    return transaction;
  }

  /** Throws when the transaction has ended since the request came. */
  check(transaction: Transaction): void {
    if (!this.open.has(transaction.id)) throw expired();
  }

  end(transaction: Transaction): void {
    if (!this.open.delete(transaction.id)) return;
    this.locks.release(transaction);
    this.turns.release(transaction);
    for (const listener of this.ended) listener(transaction);
  }

  /** Calls back with every transaction that ends. */
  onEnd(listener: (transaction: Transaction) => void): void {
    this.ended.add(listener);
  }

  /** Waits for the transaction's turn at what it is about to read. It may have ended meanwhile. */
  async takeTurns(transaction: Transaction, keys: readonly string[]): Promise<void> {
    const wait = this.turns.take(
      keys.filter((key) => !this.locks.has(key, transaction)),
      transaction,
    );
    if (!wait) return;
    await wait;
    transaction.usedAt = this.clock.now();
    // Nobody else would release what it got after its end.
    if (!this.open.has(transaction.id)) this.turns.release(transaction);
  }

  /** Ends all. */
  close(): void {
    for (const transaction of [...this.open.values()]) this.end(transaction);
    this.cancelSweep?.();
  }

  private isExpired({ usedAt, startedAt }: Transaction): boolean {
    const now = this.clock.now();
    return now - usedAt >= IDLE || now - startedAt >= LIFETIME;
  }

  /** Ends what has expired: a client that is gone does not hold others up for ever. */
  private sweep(): void {
    this.cancelSweep = undefined;
    let next = Number.POSITIVE_INFINITY;
    for (const transaction of [...this.open.values()]) {
      if (this.isExpired(transaction)) this.end(transaction);
      else next = Math.min(next, transaction.usedAt + IDLE, transaction.startedAt + LIFETIME);
    }
    if (this.open.size === 0) return;
    this.cancelSweep = this.clock.after(
      Math.max(Math.ceil(next - this.clock.now()), SWEEP),
      () => this.sweep(),
      true,
    );
  }
}
