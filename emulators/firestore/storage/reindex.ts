import type { Indexer } from '../indexes/indexer.ts';
import { keyTarget, type Store } from './store.ts';

const PAGE = 500;

/**
 * Brings index entries up to date with the index configuration, when it changed since the last start: the
 * entries that only the old configuration has are removed and those that only the new one has are added.
 */
export function reindex(store: Store): void {
  const stored = new Map(
    store.index.db
      .prepare('SELECT collection_group, config FROM index_groups')
      .all()
      .map((row) => [String(row.collection_group), String(row.config)]),
  );
  const { catalog, index } = store;
  for (const group of new Set([...stored.keys(), ...catalog.configuredGroups()])) {
    const next = catalog.configText(group);
    if (stored.get(group) === next) continue;
    index.begin();
    try {
      reindexGroup(store, group, catalog.indexerOf(stored.get(group)), catalog.indexer(group));
      if (next === undefined) {
        index.db.prepare('DELETE FROM index_groups WHERE collection_group = ?').run(group);
      } else {
        index.db.prepare('INSERT OR REPLACE INTO index_groups VALUES (?, ?)').run(group, next);
      }
      index.settle(store.state);
    } catch (error) {
      index.rollback();
      throw error;
    }
  }
}

function reindexGroup(store: Store, group: string, before: Indexer, after: Indexer): void {
  const page = store.db.prepare(
    `SELECT documents.id FROM documents JOIN collections ON collections.id = documents.collection
     WHERE collection_group = ? AND documents.id > ? ORDER BY documents.id LIMIT ${PAGE}`,
  );
  for (let last = 0; ; ) {
    const rows = page.all(group, last);
    if (rows.length === 0) return;
    for (const row of rows) {
      last = Number(row.id);
      const document = store.load(last);
      const removed: Buffer[] = [];
      const added: Buffer[] = [];
      before.diff(keyTarget(document), undefined, document.fields, [], removed);
      after.diff(keyTarget(document), undefined, document.fields, [], added);
      for (const key of removed) store.index.remove(key);
      for (const key of added) store.index.add(key, last);
    }
    store.catalog.entryWriter.reset();
  }
}
