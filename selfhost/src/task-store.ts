import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Cloud Tasks remembers the name of a task this long after its end. */
const NAME_LIFETIME = 60 * 60 * 1_000;

export interface NewTask {
  queue: string;
  /** Unique in its queue, also among tasks that ended within the last hour. */
  name: string;
  /** When it may first be dispatched, in ms. */
  scheduledAt: number;
  /** Milliseconds an attempt may take. */
  deadline: number;
  headers: Readonly<Record<string, string>>;
  /** What the function is called with. */
  body: object;
}

export interface StoredTask extends NewTask {
  /** Attempts that were begun, and those of them that were answered. */
  attempts: number;
  answers: number;
  /** Status of the last answer; 0 when there was none. */
  lastStatus: number;
  /** When the first attempt began, in ms. */
  firstAttemptAt: number;
}

export class TaskExistsError extends Error {
  constructor({ queue, name }: { queue: string; name: string }) {
    super(`The queue ${queue} has, or recently had, a task ${name}.`);
    this.name = 'TaskExistsError';
  }
}

interface TaskRow extends Omit<StoredTask, 'headers' | 'body'> {
  headers: string;
  body: string;
}

/** Tasks on disk. A task that ended stays as a name for an hour, so that it is not made twice. */
export class TaskStore {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #due: StatementSync;
  readonly #next: StatementSync;
  readonly #recover: StatementSync;
  readonly #begin: StatementSync;
  readonly #again: StatementSync;
  readonly #end: StatementSync;
  readonly #forget: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(`CREATE TABLE IF NOT EXISTS tasks (
      queue TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, scheduled_at INTEGER NOT NULL,
      due_at INTEGER NOT NULL, deadline INTEGER NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0, answers INTEGER NOT NULL DEFAULT 0, last_status INTEGER NOT NULL DEFAULT 0,
      first_attempt_at INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (queue, name)) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS due_tasks ON tasks (queue, state, due_at)`);
    this.#insert =
      db.prepare(`INSERT OR IGNORE INTO tasks (queue, name, state, scheduled_at, due_at, deadline, headers, body)
      VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?)`);
    this.#due =
      db.prepare(`SELECT queue, name, scheduled_at AS scheduledAt, deadline, headers, body, attempts, answers,
      last_status AS lastStatus, first_attempt_at AS firstAttemptAt FROM tasks
      WHERE queue = ? AND state = 'waiting' AND due_at <= ? ORDER BY due_at LIMIT ?`);
    this.#next = db.prepare(`SELECT min(due_at) AS dueAt FROM tasks WHERE queue = ? AND state = 'waiting'`);
    this.#recover = db.prepare(`UPDATE tasks SET state = 'waiting' WHERE queue = ? AND state = 'running'`);
    this.#begin = db.prepare(`UPDATE tasks SET state = 'running', attempts = attempts + 1,
      first_attempt_at = iif(attempts = 0, ?, first_attempt_at) WHERE queue = ? AND name = ?`);
    this.#again =
      db.prepare(`UPDATE tasks SET state = 'waiting', due_at = ?, answers = answers + ?, last_status = ?
      WHERE queue = ? AND name = ? AND state = 'running'`);
    this.#end = db.prepare(`UPDATE tasks SET state = 'ended', due_at = ?, headers = '', body = ''
      WHERE queue = ? AND name = ? AND state <> 'ended'`);
    this.#forget = db.prepare(`DELETE FROM tasks WHERE queue = ? AND state = 'ended' AND due_at <= ?`);
  }

  /** Stores a task; it survives power failure when this returns. Throws a TaskExistsError. */
  add(task: NewTask): void {
    const { queue, name, scheduledAt, deadline, headers, body } = task;
    this.#forget.run(queue, Date.now() - NAME_LIFETIME);
    const values = [
      scheduledAt,
      scheduledAt,
      deadline,
      JSON.stringify(headers),
      JSON.stringify(body),
    ] as const;
    if (this.#insert.run(queue, name, ...values).changes === 0) throw new TaskExistsError(task);
  }

  /** Tasks whose time has come and that do not run, longest due first. */
  due(queue: string, now: number, limit: number): StoredTask[] {
    const rows = this.#due.all(queue, now, limit) as unknown as TaskRow[];
    return rows.map((row) => ({ ...row, headers: JSON.parse(row.headers), body: JSON.parse(row.body) }));
  }

  /** When the next task that does not run is due, in ms. */
  nextDue(queue: string): number | undefined {
    return (this.#next.get(queue) as { dueAt: number | null }).dueAt ?? undefined;
  }

  /** Makes the tasks available whose attempt was begun and never ended. */
  recover(queue: string): void {
    this.#recover.run(queue);
  }

  /** Counts an attempt that begins. */
  begin({ queue, name }: StoredTask): void {
    this.#unsynced(() => this.#begin.run(Date.now(), queue, name));
  }

  /** Puts a task off after a failed attempt. @param status of the answer, if there was one */
  again({ queue, name }: StoredTask, dueAt: number, status: number | undefined): void {
    this.#unsynced(() => this.#again.run(dueAt, status === undefined ? 0 : 1, status ?? 0, queue, name));
  }

  /** Ends a task for good. False when there is none. */
  end(queue: string, name: string): boolean {
    return this.#unsynced(() => Number(this.#end.run(Date.now(), queue, name).changes) > 0);
  }

  /** For what only repeats an attempt when the power fails right after it. */
  #unsynced<Result>(work: () => Result): Result {
    this.#db.exec('PRAGMA synchronous = NORMAL');
    try {
      return work();
    } finally {
      this.#db.exec('PRAGMA synchronous = FULL');
    }
  }
}
