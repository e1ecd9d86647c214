import type { DatabaseSync } from 'node:sqlite';
import { PubSubError } from './errors.ts';

/**
 * Each release's changes to the tables, oldest first; the file's `user_version` says how many it has. Append only.
 *
 * A message is stored once. A subscription is a position in its topic plus one row for each message at or below that
 * position which it has not acknowledged. A message of topic 0 belongs only to the subscriptions that have a row for it.
 */
const MIGRATIONS = [
  `
CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE subscriptions (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, topic_id INTEGER NOT NULL REFERENCES topics(id),
  position INTEGER NOT NULL, settings TEXT NOT NULL
) STRICT;
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, topic_id INTEGER NOT NULL, ordering_key TEXT NOT NULL,
  published_at INTEGER NOT NULL, attributes TEXT NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE INDEX messages_by_topic ON messages (topic_id, id, ordering_key);
CREATE INDEX messages_by_key ON messages (topic_id, ordering_key, id) WHERE ordering_key <> '';
CREATE TABLE deliveries (
  subscription_id INTEGER NOT NULL, message_id INTEGER NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL,
  leased INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  `
ALTER TABLE topics ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
CREATE TABLE snapshots (
  name TEXT PRIMARY KEY, topic_id INTEGER NOT NULL, position INTEGER NOT NULL, pending TEXT NOT NULL,
  expires_at INTEGER NOT NULL, settings TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE schemas (
  name TEXT PRIMARY KEY, revisions TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`,
];

/** Brings the tables up to this release. Throws FAILED_PRECONDITION when the file is from a later one. */
export function migrate(db: DatabaseSync, directory: string): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) {
    const message = `${directory} has data of version ${version}; this release knows versions up to ${MIGRATIONS.length}.`;
    throw new PubSubError('FAILED_PRECONDITION', message);
  }
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index >= version) db.exec(`BEGIN; ${migration} PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
