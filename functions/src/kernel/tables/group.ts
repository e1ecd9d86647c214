import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { FieldRow } from './rows.ts';

/** Keys whose group number is kept at hand; files are usually ordered, so few are needed. */
const KNOWN_KEYS = 20_000;

/** A row in the spool; 0 stands for the record of the row before, and for no element. */
type Stored = [number, FieldRow['record'] | 0, FieldRow['element'] | 0, FieldRow['errors']];

/**
 * Brings rows of the same key together without holding them in memory: they are spooled into a temporary SQLite file,
 * in which groups follow each other in the order their keys first appeared.
 */
export class RowGroups implements Disposable {
  readonly #folder: string;
  readonly #db: DatabaseSync;
  readonly #known = new Map<string, number>();
  #last: { readonly group: number; readonly record: string } = { group: 0, record: '' };
  readonly #findGroup: StatementSync;
  readonly #addGroup: StatementSync;
  readonly #addRow: StatementSync;

  constructor() {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'mewayz-import-'));
    this.#db = new DatabaseSync(path.join(this.#folder, 'rows.sqlite'));
    // The file lives no longer than this object: nothing of it need survive.
    this.#db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;
      CREATE TABLE groups (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE rows (group_id INTEGER NOT NULL, row INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (group_id, row)) STRICT, WITHOUT ROWID;`);
    this.#findGroup = this.#db.prepare('SELECT id FROM groups WHERE key = ?');
    this.#addGroup = this.#db.prepare('INSERT INTO groups (key) VALUES (?)');
    this.#addRow = this.#db.prepare('INSERT INTO rows VALUES (?, ?, ?)');
  }

  add(rows: readonly { readonly key: string; readonly row: FieldRow }[]): void {
    this.#db.exec('BEGIN');
    for (const { key, row } of rows) {
      const group = this.#group(key);
      const record = JSON.stringify(row.record);
      // Neighbours mostly say the same of their record; then it is neither stored nor read again.
      const same = group === this.#last.group && record === this.#last.record;
      this.#last = { group, record };
      const rest = `${JSON.stringify(row.element ?? 0)},${row.errors.length > 0 ? JSON.stringify(row.errors) : '[]'}`;
      this.#addRow.run(group, row.row, `[${row.line},${same ? 0 : record},${rest}]`);
    }
    this.#db.exec('COMMIT');
  }

  #group(key: string): number {
    let id = this.#known.get(key);
    if (id === undefined) {
      id = Number(this.#findGroup.get(key)?.id ?? this.#addGroup.run(key).lastInsertRowid);
      if (this.#known.size >= KNOWN_KEYS) this.#known.clear();
      this.#known.set(key, id);
    }
    return id;
  }

  /** How many keys there are. */
  get size(): number {
    return Number(this.#db.prepare('SELECT count(*) AS groups FROM groups').get()?.groups);
  }

  /** Every group's rows, in the order of the file, from the group after the first `skip` ones. */
  *groups(skip = 0): Generator<FieldRow[]> {
    let group = -1;
    let rows: FieldRow[] = [];
    for (const found of this.#db
      .prepare('SELECT group_id, row, data FROM rows WHERE group_id > ? ORDER BY group_id, row')
      .iterate(skip)) {
      if (found.group_id !== group && rows.length > 0) {
        yield rows;
        rows = [];
      }
      group = Number(found.group_id);
      const [line, record, element, errors] = JSON.parse(String(found.data)) as Stored;
      rows.push({
        row: Number(found.row),
        line,
        record: record || (rows.at(-1)?.record ?? {}),
        element: element || undefined,
        errors,
      });
    }
    if (rows.length > 0) yield rows;
  }

  [Symbol.dispose](): void {
    this.#db.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
