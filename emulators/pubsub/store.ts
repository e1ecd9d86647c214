/** The engine's tables and statements. Nothing here knows what a lease or a retry is. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PubSubError } from './errors.ts';
import { migrate } from './schema.ts';

const STATEMENTS = {
  insertTopic: 'INSERT INTO topics (name, settings) VALUES (?, ?)',
  updateTopic: 'UPDATE topics SET name = ?, settings = ? WHERE id = ?',
  topics: 'SELECT id, name, settings FROM topics ORDER BY id',
  insertSubscription: 'INSERT INTO subscriptions (name, topic_id, position, settings) VALUES (?, ?, ?, ?)',
  updateSettings: 'UPDATE subscriptions SET settings = ? WHERE id = ?',
  subscriptions: 'SELECT id, name, topic_id AS topicId, position, settings FROM subscriptions ORDER BY id',
  deleteSubscription: 'DELETE FROM subscriptions WHERE id = ?',
  setPosition: 'UPDATE subscriptions SET position = ? WHERE id = ?',
  insertMessage:
    'INSERT INTO messages (topic_id, ordering_key, published_at, attributes, data) VALUES (?, ?, ?, ?, ?)',
  message: `SELECT id, ordering_key AS orderingKey, published_at AS publishedAt, attributes, data
    FROM messages WHERE id = ?`,
  headersAfter: `SELECT id, ordering_key AS orderingKey FROM messages
    WHERE topic_id = ? AND id > ? ORDER BY id LIMIT ?`,
  attributesAfter: `SELECT id, ordering_key AS orderingKey, attributes FROM messages
    WHERE topic_id = ? AND id > ? ORDER BY id LIMIT ?`,
  headersUntil: `SELECT id, ordering_key AS orderingKey FROM messages
    WHERE topic_id = ? AND published_at <= ? ORDER BY id`,
  lastBefore: 'SELECT max(id) AS id FROM messages WHERE topic_id = ? AND published_at < ?',
  nextOfKey: `SELECT id, ordering_key AS orderingKey, attributes FROM messages
    WHERE topic_id = ? AND ordering_key = ? AND ordering_key <> '' AND id > ? AND id <= ? ORDER BY id LIMIT 1`,
  countAfter: 'SELECT count(*) AS count FROM messages WHERE topic_id = ? AND id > ?',
  firstAfter: 'SELECT min(id) AS id FROM messages WHERE topic_id = ? AND id > ?',
  lastOfTopic: 'SELECT max(id) AS id FROM messages WHERE topic_id = ?',
  deleteMessage: 'DELETE FROM messages WHERE id = ?',
  deliveries: `SELECT d.message_id AS messageId, d.attempts, d.due_at AS dueAt, d.leased, m.ordering_key AS orderingKey,
      m.topic_id AS topicId
    FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.subscription_id = ? ORDER BY d.message_id`,
  putDelivery:
    'INSERT OR REPLACE INTO deliveries (subscription_id, message_id, attempts, due_at, leased) VALUES (?, ?, ?, ?, ?)',
  deleteDelivery: 'DELETE FROM deliveries WHERE subscription_id = ? AND message_id = ?',
  deleteDeliveries: 'DELETE FROM deliveries WHERE subscription_id = ?',
  snapshots: `SELECT name, topic_id AS topicId, position, pending, expires_at AS expiresAt, settings
    FROM snapshots ORDER BY name`,
  putSnapshot: `INSERT OR REPLACE INTO snapshots (name, topic_id, position, pending, expires_at, settings)
    VALUES (?, ?, ?, ?, ?, ?)`,
  deleteSnapshot: 'DELETE FROM snapshots WHERE name = ?',
  schemas: 'SELECT name, revisions FROM schemas ORDER BY name',
  putSchema: 'INSERT OR REPLACE INTO schemas (name, revisions) VALUES (?, ?)',
  deleteSchema: 'DELETE FROM schemas WHERE name = ?',
  cursor: 'SELECT value FROM cursors WHERE name = ?',
  setCursor:
    'INSERT INTO cursors (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
} as const;

type StatementName = keyof typeof STATEMENTS;
type Value = string | number | Uint8Array;

export interface MessageRow {
  id: number;
  orderingKey: string;
  publishedAt: number;
  attributes: string;
  data: Uint8Array;
}

export class Store {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<StatementName, ReturnType<DatabaseSync['prepare']>>();
  #pending: (() => void)[] = [];
  #unsynced = false;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#db = new DatabaseSync(join(directory, 'pubsub.sqlite'));
    try {
      this.#prepareFile(directory);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  #prepareFile(directory: string): void {
    try {
      // The exclusive lock keeps a second process out, whose leases and positions would contradict ours.
      this.#db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      this.#db.exec('BEGIN IMMEDIATE; COMMIT; PRAGMA journal_size_limit = 67108864');
    } catch (error) {
      const busy = error instanceof Error && 'errcode' in error && error.errcode === 5;
      if (!busy) throw error;
      throw new PubSubError('UNAVAILABLE', `${directory} is in use by another process.`, { cause: error });
    }
    migrate(this.#db, directory);
  }

  get<Row>(name: StatementName, ...values: Value[]): Row | undefined {
    return this.#statement(name).get(...values) as Row | undefined;
  }

  all<Row>(name: StatementName, ...values: Value[]): Row[] {
    return this.#statement(name).all(...values) as Row[];
  }

  /** Runs one statement now; call it inside `transaction`. Returns the id of an inserted row. */
  run(name: StatementName, ...values: Value[]): number {
    return Number(this.#statement(name).run(...values).lastInsertRowid);
  }

  /** Runs the statement with the next transaction or flush, in the order of the calls. */
  later(name: StatementName, ...values: Value[]): void {
    this.#pending.push(() => this.run(name, ...values));
  }

  /**
   * Applies everything written for later, then `work`, in one transaction. Unless `sync`, it survives the death of the
   * process but perhaps not of the power, until the next synced transaction takes it along: enough for leases, for
   * acknowledgements, and for whoever can repeat what is lost.
   */
  transaction<Result>(work: () => Result, { sync = true }: { sync?: boolean } = {}): Result {
    if (sync) return this.#commit(work);
    this.#db.exec('PRAGMA synchronous = NORMAL');
    try {
      const result = this.#commit(work);
      this.#unsynced = true;
      return result;
    } finally {
      this.#db.exec('PRAGMA synchronous = FULL');
    }
  }

  /** Writes what is pending, and syncs what is not synced yet if wanted. */
  flush({ sync }: { sync: boolean }): void {
    const pending = this.#pending.length > 0;
    // An unchanged database is not synced, hence a write that changes nothing.
    if (sync && (pending || this.#unsynced)) this.#commit(() => this.run('setCursor', '', ''));
    else if (pending) this.transaction(() => undefined, { sync: false });
  }

  close(): void {
    try {
      this.flush({ sync: true });
    } finally {
      this.#db.close();
    }
  }

  #commit<Result>(work: () => Result): Result {
    const pending = this.#pending;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const write of pending) write();
      const result = work();
      this.#db.exec('COMMIT');
      this.#pending = [];
      this.#unsynced = false;
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already. Pending writes stay for the next attempt.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #statement(name: StatementName): ReturnType<DatabaseSync['prepare']> {
    const known = this.#statements.get(name);
    if (known) return known;
    const statement = this.#db.prepare(STATEMENTS[name]);
    this.#statements.set(name, statement);
    return statement;
  }
}
