import { failureOf } from './storage-errors.ts';
import type { Store } from './store.ts';
import { keyTarget } from './store.ts';

const PAGE = 500;
const MAX_PROBLEMS = 50;

/** Compares the file, its documents and its index entries. Reads everything: for maintenance, not for requests. */
export function checkIntegrity(store: Store): { ok: boolean; problems: string[] } {
  const problems: string[] = [];
  try {
    compare(store, problems);
  } catch (error) {
    problems.push(`The files cannot be read to their end: ${failureOf(error).details}`);
  }
  return { ok: problems.length === 0, problems: problems.slice(0, MAX_PROBLEMS) };
}

function compare(store: Store, problems: string[]): void {
  for (const [name, db] of [
    ['documents', store.db],
    ['indexes', store.index.db],
  ] as const) {
    for (const row of db.prepare('PRAGMA integrity_check').all()) {
      const text = String(row.integrity_check);
      if (text !== 'ok') problems.push(`sqlite (${name}): ${text}`);
    }
  }
  const entry = store.index.db.prepare('SELECT document FROM entries WHERE key = ?');
  const writer = store.catalog.entryWriter;
  let documents = 0;
  let expected = 0;
  for (let last = 0; problems.length < MAX_PROBLEMS; ) {
    const rows = store.db
      .prepare('SELECT id FROM documents WHERE id > ? ORDER BY id LIMIT ?')
      .all(last, PAGE);
    if (rows.length === 0) break;
    for (const { id } of rows) {
      last = Number(id);
      documents++;
      const document = store.load(last);
      const added: Buffer[] = [];
      writer.reset();
      document.collection.indexer.diff(keyTarget(document), undefined, document.fields, [], added);
      const keys = new Set(added.map((key) => key.toString('latin1')));
      expected += keys.size;
      for (const key of added) {
        if (entry.get(key)?.document !== last) problems.push(`${document.name}: an index entry is missing`);
      }
    }
  }
  writer.reset();
  const actual = Number(store.index.db.prepare('SELECT count(*) AS n FROM entries').get()?.n);
  if (actual !== expected) problems.push(`${actual} index entries are stored, ${expected} are expected`);
  if (documents !== store.documentCount) {
    problems.push(`${documents} documents are stored, ${store.documentCount} are counted`);
  }
}
