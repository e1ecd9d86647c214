import { topicOf, topicsOf } from '../listen/topics.ts';
import { inQuery } from '../query/match.ts';
import { compareDocuments, type Query } from '../query/query.ts';
import type { Change } from '../storage/store.ts';
import type { StoredDocument } from '../values/document.ts';
import type { Holder } from './wait-graph.ts';

/** A query that was run, whose results must stay as they are. */
interface QueryLock {
  holder: Holder;
  query: Query;
  /** The last document of a limited query: what comes after it does not matter. */
  last: StoredDocument | undefined;
}

/** Something of a commit that others have read. */
export interface Conflict {
  holder: Holder;
  /** The query; absent when it is a document. */
  query?: Query;
}

function concerns({ query, last }: QueryLock, document: StoredDocument | undefined): boolean {
  return (
    document !== undefined &&
    inQuery(query, document) &&
    (last === undefined || compareDocuments(query, document, last) <= 0)
  );
}

/**
 * Locks of open transactions on what they have read: documents by name, missing ones too, and queries by their
 * conditions, which keeps out documents that would enter the results (phantoms). Any number of transactions share a
 * lock; a commit that would change what is locked has to wait. What a commit would change is worked out first and
 * compared with the locks, so that a lock on a query hinders exactly the writes that would change its results.
 */
export class Locks {
  private readonly documents = new Map<string, Set<Holder>>();
  private readonly queries = new Map<string, Set<QueryLock>>();
  private readonly held = new Map<string, { names: Set<string>; queries: QueryLock[] }>();

  lockDocument(name: string, holder: Holder): void {
    const { names } = this.of(holder);
    if (names.has(name)) return;
    names.add(name);
    const holders = this.documents.get(name);
    if (holders) holders.add(holder);
    else this.documents.set(name, new Set([holder]));
  }

  /** @param results what a query with a limit found, when it found as many as that. */
  lockQuery(query: Query, holder: Holder, results: readonly StoredDocument[] = []): void {
    const full = query.limit !== undefined && results.length === query.limit && !query.findNearest;
    const lock: QueryLock = { holder, query, last: full ? results.at(-1) : undefined };
    this.of(holder).queries.push(lock);
    const topic = topicOf(query);
    const locks = this.queries.get(topic);
    if (locks) locks.add(lock);
    else this.queries.set(topic, new Set([lock]));
  }

  /** Whether a holder has locked a document itself. */
  has(name: string, holder: Holder): boolean {
    return this.documents.get(name)?.has(holder) ?? false;
  }

  /** What others than the holder have read of what a commit of the holder would change. */
  conflicts(changes: readonly Change[], holder: Holder): Conflict[] {
    if (this.held.size === 0) return [];
    const found: Conflict[] = [];
    for (const { name, before, after } of changes) {
      for (const other of this.documents.get(name) ?? []) {
        if (other !== holder) found.push({ holder: other });
      }
      const document = after ?? before;
      if (this.queries.size === 0 || !document) continue;
      for (const topic of topicsOf(document)) {
        for (const lock of this.queries.get(topic) ?? []) {
          if (lock.holder === holder || !(concerns(lock, before) || concerns(lock, after))) continue;
          found.push({ holder: lock.holder, query: lock.query });
        }
      }
    }
    return found;
  }

  release(holder: Holder): void {
    const held = this.held.get(holder.id);
    if (!held) return;
    this.held.delete(holder.id);
    for (const name of held.names) {
      const holders = this.documents.get(name);
      holders?.delete(holder);
      if (holders?.size === 0) this.documents.delete(name);
    }
    for (const lock of held.queries) {
      const topic = topicOf(lock.query);
      const locks = this.queries.get(topic);
      locks?.delete(lock);
      if (locks?.size === 0) this.queries.delete(topic);
    }
  }

  private of(holder: Holder) {
    const known = this.held.get(holder.id);
    if (known) return known;
    const held = { names: new Set<string>(), queries: [] };
    this.held.set(holder.id, held);
    return held;
  }
}
