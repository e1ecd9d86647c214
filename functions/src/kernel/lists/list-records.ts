import { allows, type Decision } from '../access.ts';
import type { App, Scope } from '../context.ts';
import type { Collection } from '../define.ts';
import { Problem } from '../errors.ts';
import type { StoredDocument } from '../ports/documents.ts';
import type { RecordMeta } from '../records/record.ts';
import type { UnitOfWork } from '../scope.ts';
import { type ListQuery, makeCursor } from './list-query.ts';
import { matches, planQuery } from './query-plan.ts';
import { catchUpSearch } from './search-index.ts';

export interface Page<T> {
  readonly items: T[];
  /** Null at the end. */
  readonly nextCursor: string | null;
}

/** Records one request may look at when a filter has no index: beyond it, a short page with a cursor is given. */
const SCAN_LIMIT = 5_000;
const SEARCH_LIMIT = 1_000;
/** A look-up picks few records, and they are sorted in memory; more than this are read along the index of the sort. */
const LOOKUP_LIMIT = 1_000;

type Show<T> = (document: StoredDocument) => T;

/** One page of a collection. Served from an index; filters that have none are checked along the way, within a bound. */
export async function listRecords<T extends RecordMeta>(
  collection: Collection,
  scope: Scope,
  work: UnitOfWork,
  app: App,
  read: Decision,
  request: Partial<ListQuery>,
  show: Show<T>,
): Promise<Page<T>> {
  const query: ListQuery = {
    filters: [],
    sort: [{ field: 'createdAt', direction: 'desc' }],
    limit: 25,
    after: undefined,
    search: undefined,
    fields: undefined,
    shape: '',
    ...request,
  };
  if (query.search) return searchRecords(collection, scope, work, app, read, query, query.search, show);
  const access = typeof read === 'boolean' ? {} : read;
  let { where, residual, order } = planQuery(collection, query, access);
  const orderBy = query.sort.map(({ field, direction }) => [field, direction] as const);
  const base = `tenants/${scope.tenantId}/${collection.key}`;
  if (order === 'memory') {
    const few = await work.query({ collection: base, where, limit: LOOKUP_LIMIT + 1 });
    if (few.length <= LOOKUP_LIMIT)
      return pageInMemory(
        few.filter((document) => residual.every((filter) => matches(filter, document.data))),
        query,
        show,
      );
    ({ where, residual } = planQuery(collection, query, access, 'index'));
  }
  const found: StoredDocument[] = [];
  let after = query.after;
  let scanned = 0;
  let more = true;
  while (found.length <= query.limit && more && scanned < SCAN_LIMIT) {
    const size = residual.length > 0 ? Math.max(200, query.limit + 1) : query.limit + 1;
    const page = await work.query({
      collection: base,
      where,
      orderBy,
      ...(after ? { startAfter: after } : {}),
      limit: size,
    });
    scanned += page.length;
    more = page.length === size;
    const last = page.at(-1);
    if (last) after = position(last, query);
    for (const document of page)
      if (residual.every((filter) => matches(filter, document.data))) found.push(document);
  }
  const items = found.slice(0, query.limit);
  const stoppedShort = found.length <= query.limit && more;
  const last = found.length > query.limit ? items.at(-1) : undefined;
  const next = last ? position(last, query) : stoppedShort ? after : undefined;
  return { items: items.map(show), nextCursor: next ? makeCursor(query.shape, next) : null };
}

const position = (document: StoredDocument, query: ListQuery): unknown[] => [
  ...query.sort.map(({ field }) =>
    field
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document.data),
  ),
  document.id,
];

/** Sorts and pages the records of a look-up. Like an index, it leaves out records that lack the sorted field. */
function pageInMemory<T extends RecordMeta>(
  documents: readonly StoredDocument[],
  query: ListQuery,
  show: Show<T>,
): Page<T> {
  const sign = query.sort[0]?.direction === 'desc' ? -1 : 1;
  const compare = (a: readonly unknown[], b: readonly unknown[]): number => {
    const at = a.findIndex((value, index) => value !== b[index]);
    return at < 0 ? 0 : sign * ((a[at] as string) < (b[at] as string) ? -1 : 1);
  };
  const { after } = query;
  const rows = documents
    .map((document) => ({ document, at: position(document, query) }))
    .filter(({ at }) => at.every((value) => value !== undefined) && (!after || compare(at, after) > 0))
    .sort((a, b) => compare(a.at, b.at));
  const page = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ document }) => show(document)),
    nextCursor: last ? makeCursor(query.shape, last.at) : null,
  };
}

/** Search answers come best first; the cursor is the rank reached. */
async function searchRecords<T extends RecordMeta>(
  collection: Collection,
  scope: Scope,
  work: UnitOfWork,
  app: App,
  read: Decision,
  query: ListQuery,
  text: string,
  show: Show<T>,
): Promise<Page<T>> {
  const [rank = 0] = (query.after ?? []) as number[];
  if (!Number.isInteger(rank) || rank < 0)
    throw new Problem('malformed', 'This is not a cursor: pass nextCursor as it was given.');
  await catchUpSearch(app, scope.tenantId);
  const ids = await app.ports.search.find(
    { tenantId: scope.tenantId, collection: collection.name },
    text,
    SEARCH_LIMIT,
  );
  const base = `tenants/${scope.tenantId}/${collection.key}`;
  const items: T[] = [];
  let at = rank;
  while (items.length < query.limit && at < ids.length) {
    const batch = ids.slice(at, at + query.limit);
    const documents = await work.getAll(batch.map((id) => `${base}/${id}`));
    for (const document of documents) {
      at++;
      if (!document || !allows(read, document.data)) continue;
      if (!query.filters.every((filter) => matches(filter, document.data))) continue;
      items.push(show(document));
      if (items.length === query.limit) break;
    }
  }
  return { items, nextCursor: at < ids.length ? makeCursor(query.shape, [at]) : null };
}
