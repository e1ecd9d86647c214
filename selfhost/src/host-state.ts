/** What the host has to remember across restarts: when schedules ran last, and the tasks of its queues. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TaskStore } from './task-store.ts';

export interface HostState {
  readonly tasks: TaskStore;
  /** The newest time of a schedule that was attended to, in ms; undefined for a schedule that is new. */
  lastRun(schedule: string): number | undefined;
  recordRun(schedule: string, time: number): void;
  close(): void;
}

/** Opens the state in a folder, creating it when it is missing. One process at a time. */
export function openHostState(directory: string): HostState {
  mkdirSync(directory, { recursive: true });
  const db = new DatabaseSync(join(directory, 'host.sqlite'));
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, last_run INTEGER NOT NULL) STRICT');
  const select = db.prepare('SELECT last_run AS lastRun FROM schedules WHERE name = ?');
  const upsert = db.prepare('INSERT OR REPLACE INTO schedules (name, last_run) VALUES (?, ?)');
  return {
    tasks: new TaskStore(db),
    lastRun: (schedule) => (select.get(schedule) as { lastRun: number } | undefined)?.lastRun,
    recordRun: (schedule, time) => void upsert.run(schedule, time),
    close: () => db.close(),
  };
}
