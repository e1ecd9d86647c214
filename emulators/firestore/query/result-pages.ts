import type { Store } from '../storage/store.ts';
import type { StoredDocument } from '../values/document.ts';
import { DOCUMENT_ID, valueAt } from '../values/field-path.ts';
import { NULL, referenceValue, type Value } from '../values/values.ts';
import { inQuery } from './match.ts';
import { compareDocuments, type Query, withinBounds } from './query.ts';
import type { Search } from './search.ts';

/** Results that are found in one turn of the event loop; more come page by page, as the reader takes them. */
export const PAGE = 300;

/**
 * The documents of a query as of a time that have changed or gone since, in its order. It grows by what is written
 * while the results are read, which it looks at once.
 */
export class Past {
  private readonly store: Store;
  private readonly query: Query;
  private readonly time: number;
  private documents: StoredDocument[] = [];
  private seen: number;

  constructor(store: Store, query: Query, time: number) {
    this.store = store;
    this.query = query;
    this.time = time;
    this.seen = time;
  }

  /** Those within the cursors of the query or of a page of it. */
  within(page: Query): StoredDocument[] {
    const { store, query } = this;
    const known = this.documents.length;
    for (const document of store.history.changedSince(this.time, this.seen)) {
      if (inQuery(query, document)) this.documents.push(document);
    }
    this.seen = Math.max(this.seen, store.commitTime);
    if (this.documents.length > known) this.documents.sort((a, b) => compareDocuments(query, a, b));
    if (page !== query) this.documents = this.documents.filter((document) => withinBounds(page, document));
    return this.documents;
  }
}

/** The query for what comes after a document. */
function after(query: Query, document: StoredDocument, limit: number): Query {
  const values = query.orders.map(({ path }): Value => {
    const value =
      path.text === DOCUMENT_ID ? referenceValue(document.name) : valueAt(document.fields, path.segments);
    return value ?? NULL;
  });
  return { ...query, start: { values, before: false }, offset: 0, limit };
}

/**
 * The documents of a query as of one moment, without holding more than a page of them: each page is searched when the
 * one before was read, after its last document, as of the moment when the first was.
 */
export function findInPages(
  store: Store,
  search: Search,
  query: Query,
  time: number | undefined,
): Iterable<StoredDocument> {
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  if (limit <= PAGE || query.findNearest) return search.run(query, time);
  const first = search.run({ ...query, limit: PAGE }, time);
  if (first.length < PAGE) return first;
  if (!search.resumable(query)) return search.run(query, time);
  const moment = time ?? store.commitTime;
  return (function* () {
    const past = new Past(store, query, moment);
    let page = first;
    for (let left = limit; ; ) {
      yield* page;
      left -= page.length;
      const last = page.at(-1);
      if (!last || page.length < PAGE || left <= 0) return;
      page = search.run(after(query, last, Math.min(PAGE, left)), moment, past);
    }
  })();
}
