import type { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../errors.ts';

/** What SQLite files of this engine carry in their header. */
export const APPLICATION_ID = 0x4d57465331 % 2 ** 31;

/** The first shape of the database. It stays as it is: every later shape is this one and the upgrades after it. */
const FIRST = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE databases(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE collections(
  id INTEGER PRIMARY KEY, database INTEGER NOT NULL, path BLOB NOT NULL,
  name TEXT NOT NULL UNIQUE, collection_group TEXT NOT NULL);
CREATE UNIQUE INDEX collections_path ON collections(database, path);
CREATE INDEX collections_group ON collections(database, collection_group, path);
CREATE TABLE documents(
  id INTEGER PRIMARY KEY, collection INTEGER NOT NULL, segment BLOB NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, fields BLOB NOT NULL);
CREATE UNIQUE INDEX documents_name ON documents(collection, segment);
CREATE TABLE versions(
  until INTEGER NOT NULL, collection INTEGER NOT NULL, segment BLOB NOT NULL, document INTEGER NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, fields BLOB NOT NULL,
  PRIMARY KEY(until, collection, segment)) WITHOUT ROWID;
CREATE TABLE composites(id INTEGER PRIMARY KEY, definition TEXT NOT NULL UNIQUE);
CREATE TABLE feed(
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, path TEXT NOT NULL,
  before BLOB, after BLOB);
`;

/** One step between two shapes of the database, in both directions. */
export interface Upgrade {
  /** The version it leads to, from the one before. */
  version: number;
  up: string;
  /** Undoes `up` without losing documents, so that the release before can be used again. */
  down: string;
}

/**
 * All upgrades, oldest first. Version 2: what every commit updates is one row; row ids of documents are never used
 * again; versions of deleted documents are found by name; the database has an identity, which its index file names.
 */
export const UPGRADES: readonly Upgrade[] = [
  {
    version: 2,
    up: `
CREATE TABLE state(
  only INTEGER PRIMARY KEY CHECK (only = 1), identity TEXT NOT NULL,
  commit_time INTEGER NOT NULL, documents INTEGER NOT NULL, next_document INTEGER NOT NULL);
INSERT INTO state SELECT 1, lower(hex(randomblob(16))),
  coalesce((SELECT value FROM meta WHERE key = 'commitTime'), 0),
  coalesce((SELECT value FROM meta WHERE key = 'documents'), 0),
  1 + max(coalesce((SELECT max(id) FROM documents), 0), coalesce((SELECT max(document) FROM versions), 0));
DELETE FROM meta WHERE key IN ('commitTime', 'documents');
CREATE TABLE deletions(
  collection INTEGER NOT NULL, segment BLOB NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY(collection, segment, until)) WITHOUT ROWID;
INSERT INTO deletions SELECT collection, segment, until FROM versions;`,
    down: `
INSERT INTO meta SELECT 'commitTime', commit_time FROM state UNION ALL SELECT 'documents', documents FROM state;
DROP TABLE state;
DROP TABLE deletions;`,
  },
];

/** The version that this release reads and writes. */
export const SCHEMA_VERSION = UPGRADES.at(-1)?.version ?? 1;

export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version);
}

/** Refuses a version that this release cannot read. */
export function checkVersion(version: number, file: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new StorageError(
    `${file} was written by a newer release (schema ${version}; this one knows up to ${SCHEMA_VERSION}). ` +
      `It was left untouched: start that release, or run its command downgrade --to ${SCHEMA_VERSION}.`,
  );
}

/** Brings the tables from one version to another in one transaction: after a crash it is the one or the other. */
export function migrate(db: DatabaseSync, from: number, to: number): void {
  const steps =
    to > from
      ? UPGRADES.filter(({ version }) => version > from && version <= to).map(({ up }) => up)
      : UPGRADES.filter(({ version }) => version <= from && version > to)
          .reverse()
          .map(({ down }) => down);
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps) db.exec(step);
    db.exec(`PRAGMA user_version = ${to}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Makes an empty file a database of this engine; older versions are for tests of the upgrades. */
export function createSchema(db: DatabaseSync, version: number = SCHEMA_VERSION): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec(FIRST);
    for (const upgrade of UPGRADES) if (upgrade.version <= version) db.exec(upgrade.up);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
