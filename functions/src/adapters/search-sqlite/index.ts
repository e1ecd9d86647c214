import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { searchWords } from '../../kernel/lists/search-words.ts';
import type { Search } from '../../kernel/ports/search.ts';

/** A text index in one SQLite file; it may be deleted at any time and is rebuilt from the change log. */
export interface SqliteSearch extends Search {
  close(): void;
}

/** Raised when the tables change: an older file is emptied and rebuilt from the log. */
const LAYOUT = 1;

const TABLES = `
  CREATE TABLE scopes (scope INTEGER PRIMARY KEY, tenant TEXT NOT NULL, collection TEXT NOT NULL, UNIQUE (tenant, collection)) STRICT;
  CREATE TABLE entries (entry INTEGER PRIMARY KEY, scope INTEGER NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (scope, id)) STRICT;
  CREATE TABLE positions (tenant TEXT PRIMARY KEY, position TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE VIRTUAL TABLE words USING fts5 (scope, text, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2", prefix='2 3');
  PRAGMA user_version = ${LAYOUT};`;

/** Word-prefix search on FTS5. Entries and position are stored together; after a power cut the log is read again from the older position. */
export function openSqliteSearch(options: { directory: string }): SqliteSearch {
  mkdirSync(options.directory, { recursive: true });
  const db = new DatabaseSync(path.join(options.directory, 'search.sqlite'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
  inTransaction(db, () => createTables(db));
  return new SqliteIndex(db);
}

function createTables(db: DatabaseSync): void {
  const layout = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (layout === LAYOUT) return;
  for (const table of ['words', 'entries', 'scopes', 'positions']) db.exec(`DROP TABLE IF EXISTS ${table}`);
  db.exec(TABLES);
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

class SqliteIndex implements SqliteSearch {
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = prepare(db);
  }

  async find(
    scope: { tenantId: string; collection: string },
    query: string,
    limit: number,
  ): Promise<string[]> {
    const words = searchWords(query);
    const found = this.#statements.scope.get(scope.tenantId, scope.collection);
    if (words.length === 0 || !found) return [];
    const text = words.map((word) => `"${word}"*`).join(' AND ');
    const match = `scope : s${Number(found.scope)} AND text : (${text})`;
    return this.#statements.find.all(match, limit).map((row) => String(row.id));
  }

  async position(tenantId: string): Promise<string | undefined> {
    const row = this.#statements.position.get(tenantId);
    return row && String(row.position);
  }

  async apply(
    tenantId: string,
    entries: readonly { collection: string; id: string; text: string | null }[],
    position: string,
  ): Promise<void> {
    inTransaction(this.#db, () => {
      for (const { collection, id, text } of entries)
        this.#put(tenantId, collection, id, text === null ? '' : searchWords(text).join(' '));
      this.#statements.setPosition.run(tenantId, position);
    });
  }

  #put(tenantId: string, collection: string, id: string, text: string): void {
    const { scope, addScope, entry, addEntry, updateEntry, removeEntry, addWords, removeWords } =
      this.#statements;
    addScope.run(tenantId, collection);
    const scopeId = Number(scope.get(tenantId, collection)?.scope);
    const old = entry.get(scopeId, id);
    if (old?.text === text) return;
    if (old) removeWords.run(Number(old.entry));
    if (text === '') removeEntry.run(scopeId, id);
    else {
      const number = old ? Number(old.entry) : Number(addEntry.run(scopeId, id, text).lastInsertRowid);
      if (old) updateEntry.run(text, number);
      addWords.run(number, `s${scopeId}`, text);
    }
  }

  close(): void {
    this.#db.close();
  }
}

const prepare = (db: DatabaseSync) => ({
  scope: db.prepare('SELECT scope FROM scopes WHERE tenant = ? AND collection = ?'),
  addScope: db.prepare('INSERT OR IGNORE INTO scopes (tenant, collection) VALUES (?, ?)'),
  entry: db.prepare('SELECT entry, text FROM entries WHERE scope = ? AND id = ?'),
  addEntry: db.prepare('INSERT INTO entries (scope, id, text) VALUES (?, ?, ?)'),
  updateEntry: db.prepare('UPDATE entries SET text = ? WHERE entry = ?'),
  removeEntry: db.prepare('DELETE FROM entries WHERE scope = ? AND id = ?'),
  addWords: db.prepare('INSERT INTO words (rowid, scope, text) VALUES (?, ?, ?)'),
  removeWords: db.prepare('DELETE FROM words WHERE rowid = ?'),
  // The scope has no weight, so that only the searched words rank; ties are told apart by age.
  find: db.prepare(
    'SELECT id FROM words JOIN entries ON entries.entry = words.rowid WHERE words MATCH ? ORDER BY bm25(words, 0.0, 1.0), words.rowid LIMIT ?',
  ),
  position: db.prepare('SELECT position FROM positions WHERE tenant = ?'),
  setPosition: db.prepare(
    'INSERT INTO positions (tenant, position) VALUES (?, ?) ON CONFLICT (tenant) DO UPDATE SET position = excluded.position',
  ),
});
