import type { Reflected } from '../indexes/index-store.ts';
import type { StoredDocument } from '../values/document.ts';
import { keyTarget, type Store } from './store.ts';

const PAGE = 500;

/**
 * Brings the index file to the newest commit: from what changed since the commit it reflects, or, when that is not
 * known any more, from all documents. Takes as long as there are documents to look at; after an orderly stop, none.
 */
export function recoverIndexes(store: Store): void {
  const { index, history, commitTime } = store;
  const reflected = index.reflects(store.state.identity);
  if (reflected?.commitTime === commitTime && !index.stale) return;
  index.begin();
  try {
    // Entries of a configuration that changed as well cannot be told from those of the present one.
    const known = reflected !== undefined && reflected.commitTime <= commitTime && sameConfig(store);
    if (known && history.reaches(reflected.commitTime, commitTime)) catchUp(store, reflected);
    else rebuild(store);
  } catch (error) {
    index.rollback();
    throw error;
  }
  index.settle(store.state);
  index.flush();
  index.assertFresh();
}

function sameConfig({ index, catalog }: Store): boolean {
  const groups = index.db.prepare('SELECT collection_group, config FROM index_groups').all();
  return (
    groups.length === catalog.configuredGroups().length &&
    groups.every((row) => catalog.configText(String(row.collection_group)) === row.config)
  );
}

/** Exchanges the entries of every document that changed after a commit: those that had versions, and the new ones. */
function catchUp(store: Store, { commitTime, nextDocument }: Reflected): void {
  for (const before of store.history.changedSince(commitTime)) {
    const present = store.find(before.name);
    exchange(store, before, present?.id === before.id ? present : undefined);
  }
  eachDocument(store, nextDocument - 1, (document) => exchange(store, undefined, document));
}

function rebuild(store: Store): void {
  store.index.db.exec('DELETE FROM entries; DELETE FROM index_groups');
  const setGroup = store.index.db.prepare('INSERT INTO index_groups VALUES (?, ?)');
  for (const group of store.catalog.configuredGroups())
    setGroup.run(group, store.catalog.configText(group) ?? '');
  eachDocument(store, 0, (document) => exchange(store, undefined, document));
}

function eachDocument(store: Store, after: number, visit: (document: StoredDocument) => void): void {
  const page = store.db.prepare(`SELECT id FROM documents WHERE id > ? ORDER BY id LIMIT ${PAGE}`);
  for (let last = after; ; ) {
    const rows = page.all(last);
    if (rows.length === 0) return;
    for (const { id } of rows) {
      last = Number(id);
      visit(store.load(last));
    }
  }
}

function exchange(store: Store, before: StoredDocument | undefined, after: StoredDocument | undefined): void {
  const at = after ?? before;
  if (!at) return;
  const removed: Buffer[] = [];
  const added: Buffer[] = [];
  at.collection.indexer.diff(keyTarget(at), before?.fields, after?.fields, removed, added);
  for (const key of removed) store.index.remove(key);
  for (const key of added) store.index.add(key, at.id);
  store.catalog.entryWriter.reset();
}
