import type { StoredDocument } from './document.ts';
import { keyTarget, type Store } from './store.ts';

const PAGE = 500;

/**
 * Brings the index file to the newest commit: from what changed since the commit it reflects, or, when that is not
 * known any more, from all documents. Takes as long as there are documents to look at; after an orderly stop, none.
 */
export function recoverIndexes(store: Store): void {
  const { index } = store;
  const time = index.commitTime;
  if (time === store.commitTime && !index.stale) return;
  index.begin();
  try {
    // Entries of a configuration that changed as well cannot be told from those of the present one.
    const known = time !== undefined && time < store.commitTime && sameConfig(store);
    if (known && store.history.reaches(time, store.commitTime)) catchUp(store, time);
    else rebuild(store);
  } catch (error) {
    index.rollback();
    throw error;
  }
  index.commit(store.commitTime);
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

/** Exchanges the entries of every document that changed after a commit. */
function catchUp(store: Store, time: number): void {
  const seen = new Set<string>();
  for (const before of store.history.changedSince(time)) {
    seen.add(before.name);
    exchange(store, before, store.find(before.name));
  }
  const since = store.db.prepare('SELECT id FROM documents WHERE updated > ? AND id > ? ORDER BY id LIMIT ?');
  eachDocument(
    store,
    (last) => since.all(time, last, PAGE),
    (document) => {
      if (!seen.has(document.name)) exchange(store, undefined, document);
    },
  );
}

function rebuild(store: Store): void {
  store.index.db.exec('DELETE FROM entries; DELETE FROM index_groups');
  const setGroup = store.index.db.prepare('INSERT INTO index_groups VALUES (?, ?)');
  for (const group of store.catalog.configuredGroups())
    setGroup.run(group, store.catalog.configText(group) ?? '');
  const all = store.db.prepare('SELECT id FROM documents WHERE id > ? ORDER BY id LIMIT ?');
  eachDocument(
    store,
    (last) => all.all(last, PAGE),
    (document) => exchange(store, undefined, document),
  );
}

function eachDocument(
  store: Store,
  page: (last: number) => Record<string, unknown>[],
  visit: (document: StoredDocument) => void,
): void {
  for (let last = 0; ; ) {
    const rows = page(last);
    if (rows.length === 0) return;
    for (const { id } of rows) {
      last = Number(id);
      visit(store.load(last));
    }
  }
}

function exchange(store: Store, before: StoredDocument | undefined, after: StoredDocument | undefined): void {
  for (const [from, to] of before && after && before.id !== after.id
    ? [
        [before, undefined],
        [undefined, after],
      ]
    : [[before, after]]) {
    const at = to ?? from;
    if (!at) continue;
    const removed: Buffer[] = [];
    const added: Buffer[] = [];
    at.collection.indexer.diff(keyTarget(at), from?.fields, to?.fields, removed, added);
    for (const key of removed) store.index.remove(key);
    for (const key of added) store.index.add(key, at.id);
    store.catalog.entryWriter.reset();
  }
}
