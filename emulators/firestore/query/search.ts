import { lowest, mayPrecede, merge, type Open, type Stream } from '../door/streams.ts';
import type { PlanScope } from '../indexes/index-candidates.ts';
import type { Catalog, Collection } from '../storage/catalog.ts';
import { pathKey } from '../storage/catalog.ts';
import type { Store } from '../storage/store.ts';
import type { StoredDocument } from '../values/document.ts';
import { DOCUMENT_ID, type FieldPath, valueAt } from '../values/field-path.ts';
import { entryCursor, intersect, nameCursor, type ScanStatements } from './cursors.ts';
import { type FieldFilter, matchesFilter } from './filters.ts';
import { groupedScan } from './grouped-scan.ts';
import { namePositions } from './name-range.ts';
import { type Nearest, nearest, requireVectorIndex } from './nearest.ts';
import { contradictory, type Plan, type Planner, scopeOf } from './planner.ts';
import { compareDocuments, hasOrderFields, type Query, withinBounds } from './query.ts';
import { Past } from './result-pages.ts';

/**
 * Finds the documents of queries. A search runs to its end within one turn of the event loop, so it sees one
 * state of the database.
 */
export class Search {
  private readonly store: Store;
  private readonly catalog: Catalog;
  private readonly planner: Planner;
  private readonly statements: ScanStatements;

  constructor(store: Store, planner: Planner, statements: ScanStatements) {
    this.store = store;
    this.catalog = store.catalog;
    this.planner = planner;
    this.statements = statements;
  }

  /**
   * The documents of a query, after its offset and up to its limit; as of a past time when one is given.
   * @param past what is known already of the documents as of that time, when this is a page of the query.
   */
  run(query: Query, time?: number, past?: Past): StoredDocument[] {
    if (query.findNearest) return this.closest(query, query.findNearest, time);
    if (time !== undefined && time < this.store.commitTime)
      return [...this.window(query, this.asOf(query, time, past))];
    const wanted = query.limit === undefined ? Number.POSITIVE_INFINITY : query.offset + query.limit;
    const found = this.indexOnly(query, wanted) ?? this.collect(query, wanted);
    return query.offset > 0 ? found.slice(query.offset) : found;
  }

  private closest(query: Query, search: Nearest, time: number | undefined): StoredDocument[] {
    if (this.planner.mode === 'production') {
      requireVectorIndex(query, search, this.catalog.vectorIndexes(query.collectionId ?? ''));
    }
    return nearest(search, this.withFields(query, [search.path], time));
  }

  /** The common case, one collection and one index without checks, reads row ids alone. */
  private indexOnly(query: Query, wanted: number): StoredDocument[] | undefined {
    const [filters] = query.disjuncts;
    if (query.disjuncts.length !== 1 || !filters || query.allDescendants) return undefined;
    if (contradictory(filters)) return [];
    const collection = this.catalog.collection(`${query.parent}/${query.collectionId}`);
    const plan = this.planner.plan(query, filters, collection ? scopeOf(collection) : emptyScope(query));
    if (!collection || wanted === 0) return [];
    const [scan] = plan?.scans ?? [];
    if (!plan || !scan || plan.scans.length !== 1 || !plan.ordered || plan.runs || plan.residual.length > 0) {
      return undefined;
    }
    this.statements.assertFresh();
    const statement = plan.backward ? this.statements.idsBackward : this.statements.idsForward;
    const limit = Number.isFinite(wanted) ? wanted : -1;
    const rows = statement.all(scan.low, scan.high, limit) as unknown as [number][];
    return rows.map(([id]) => this.store.load(id));
  }

  /** The plans of the query's disjuncts; undefined where each collection of a group is searched on its own. */
  plans(query: Query): (Plan | undefined)[] {
    return query.disjuncts.map((filters) => {
      if (query.allDescendants) return this.groupPlan(query, filters);
      const collection = this.catalog.collection(`${query.parent}/${query.collectionId}`);
      return this.planner.plan(query, filters, collection ? scopeOf(collection) : emptyScope(query));
    });
  }

  /** Whether a search that begins at a cursor leaps to it, so that results may be found page by page. */
  resumable(query: Query): boolean {
    const byName = query.orders[0]?.path.text === DOCUMENT_ID;
    return this.plans(query).every((plan) => (plan ? plan.ordered && !plan.runs : byName));
  }

  private groupPlan(query: Query, filters: FieldFilter[]): Plan | undefined {
    if (query.collectionId === undefined) return undefined;
    const databaseId = this.catalog.databaseId(query.database) ?? 0;
    return this.planner.plan(query, filters, {
      group: query.collectionId,
      scope: 'COLLECTION_GROUP',
      collectionId: 0,
      databaseId,
    });
  }

  /** How many documents a query has, when index entries alone tell; else undefined. */
  count(query: Query): number | undefined {
    const [filters] = query.disjuncts;
    if (query.disjuncts.length !== 1 || !filters || query.allDescendants || contradictory(filters)) {
      return undefined;
    }
    const collection = this.catalog.collection(`${query.parent}/${query.collectionId}`);
    const plan = this.planner.plan(query, filters, collection ? scopeOf(collection) : emptyScope(query));
    if (!collection) return 0;
    if (!plan?.ordered || plan.runs || plan.residual.length > 0 || plan.scans.length > 1) return undefined;
    const [scan] = plan.scans;
    this.statements.assertFresh();
    const range = scan ?? namePositions(query, filters, collection);
    if (!range) return 0;
    const [row] = (scan
      ? this.statements.countEntries.all(range.low, range.high)
      : this.statements.countNames.all(collection.id, range.low, range.high)) as unknown as [number][];
    const total = Math.max((row?.[0] ?? 0) - query.offset, 0);
    return query.limit === undefined ? total : Math.min(total, query.limit);
  }

  /** The documents of a query that have all of some fields; those without do not count towards its limit. */
  withFields(query: Query, paths: readonly FieldPath[], time?: number): Iterable<StoredDocument> {
    const stream = time === undefined ? this.documents(query) : this.asOf(query, time);
    const complete: Stream = (function* () {
      for (let next = stream.next(); !next.done; next = stream.next()) {
        const { fields } = next.value;
        if (paths.every(({ segments }) => valueAt(fields, segments) !== undefined)) yield next.value;
      }
    })();
    return this.window(query, complete);
  }

  private collect(query: Query, wanted: number): StoredDocument[] {
    const found: StoredDocument[] = [];
    if (wanted === 0) return found;
    const stream = this.documents(query);
    for (let next = stream.next(); !next.done; next = stream.next()) {
      found.push(next.value);
      if (found.length === wanted) break;
    }
    return found;
  }

  /** All documents of a query as of a past time: the present ones that are as old, and those changed since. */
  private asOf(query: Query, time: number, past = new Past(this.store, query, time)): Stream {
    const stream = this.documents(query);
    const present: Stream = (function* () {
      for (let next = stream.next(); !next.done; next = stream.next()) {
        if (next.value.updated <= time) yield next.value;
      }
    })();
    return merge(query, [present, past.within(query).values()]);
  }

  private *window(query: Query, stream: Stream): Generator<StoredDocument> {
    let skip = query.offset;
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    for (let next = left > 0 ? stream.next() : undefined; next && !next.done; next = stream.next()) {
      if (skip-- > 0) continue;
      yield next.value;
      if (--left === 0) return;
    }
  }

  /** All documents of a query in order, without offset and limit. */
  documents(query: Query): Stream {
    const streams = query.disjuncts
      .filter((filters) => !contradictory(filters))
      .map((filters) => this.conjunction(query, filters));
    const [only] = streams;
    if (streams.length === 1 && only) return only;
    return merge(query, streams);
  }

  private conjunction(query: Query, filters: FieldFilter[]): Stream {
    if (!query.allDescendants) {
      const collection = this.catalog.collection(`${query.parent}/${query.collectionId}`);
      const plan = this.planner.plan(query, filters, collection ? scopeOf(collection) : emptyScope(query));
      return collection && plan ? this.inOrder(query, plan, filters, collection) : [].values();
    }
    const plan = this.groupPlan(query, filters);
    if (plan) return this.inOrder(query, plan, filters, undefined);
    return this.eachCollection(query, filters);
  }

  /** Candidates of a plan that pass its checks, sorted when the plan does not give the order. */
  private inOrder(
    query: Query,
    plan: Plan,
    filters: FieldFilter[],
    collection: Collection | undefined,
  ): Stream {
    const candidates = this.candidates(query, plan, filters, collection);
    if (plan.ordered) return candidates;
    const documents = [...candidates].filter(
      (document) => hasOrderFields(query, document) && withinBounds(query, document),
    );
    return documents.sort((a, b) => compareDocuments(query, a, b)).values();
  }

  private *candidates(
    query: Query,
    plan: Plan,
    filters: FieldFilter[],
    collection: Collection | undefined,
  ): Generator<StoredDocument> {
    const below =
      collection === undefined && query.parentSegments.length > 0 ? `${query.parent}/` : undefined;
    for (const id of this.ids(query, plan, filters, collection)) {
      const document = this.store.load(id);
      if (below && !document.name.startsWith(below)) continue;
      if (!plan.residual.every((filter) => matchesFilter(document, filter))) continue;
      if (plan.runs && !withinBounds(query, document)) continue;
      yield document;
    }
  }

  private *ids(
    query: Query,
    plan: Plan,
    filters: FieldFilter[],
    collection: Collection | undefined,
  ): Generator<number> {
    const { scans, backward } = plan;
    if (scans.length > 1) {
      yield* intersect(
        scans.map((scan) => entryCursor(this.statements, scan, backward)),
        scans,
        backward,
      );
      return;
    }
    const [scan] = scans;
    if (scan && plan.runs) {
      yield* groupedScan(this.statements, (id) => this.store.load(id), scan, plan.runs);
      return;
    }
    const cursor = scan
      ? entryCursor(this.statements, scan, backward)
      : collection && this.names(query, filters, collection, backward);
    for (let entry = cursor?.peek(); cursor && entry; entry = cursor.peek()) {
      yield entry.document;
      cursor.advance();
    }
  }

  /** The names of a collection within what name filters and cursors leave. */
  private names(query: Query, filters: readonly FieldFilter[], collection: Collection, backward: boolean) {
    const range = namePositions(query, filters, collection);
    return range && nameCursor(this.statements, collection.id, range.low, range.high, backward);
  }

  /**
   * A query over many collections without an index of their group: each is searched on its own and the results
   * are merged. When they come by name, a collection is opened only once its path is reached.
   */
  private *eachCollection(query: Query, filters: FieldFilter[]): Generator<StoredDocument> {
    const prefix = pathKey(query.parentSegments);
    const collections = this.catalog.collectionsBelow(query.database, prefix, query.collectionId);
    const open: Open[] = [];
    const byName = query.orders[0]?.path.text === DOCUMENT_ID && query.orders[0].descending === false;
    const start = (collection: Collection) => {
      const plan = this.planner.plan(query, filters, scopeOf(collection));
      const stream = plan ? this.inOrder(query, plan, filters, collection) : [].values();
      const first = stream.next();
      if (!first.done) open.push({ stream, head: first.value });
    };
    let next = 0;
    for (;;) {
      let best = lowest(query, open);
      while (next < collections.length && (!byName || !best || mayPrecede(collections[next], best.head))) {
        const collection = collections[next++];
        if (collection) start(collection);
        if (byName || next === collections.length) best = lowest(query, open);
      }
      if (!best) return;
      yield best.head;
      const following = best.stream.next();
      if (following.done) open.splice(open.indexOf(best), 1);
      else best.head = following.value;
    }
  }
}

/** The scope of a collection that does not exist yet: a query on it is still checked for its index. */
function emptyScope(query: Query): PlanScope {
  return { group: query.collectionId ?? '', scope: 'COLLECTION', collectionId: 0, databaseId: 0 };
}
