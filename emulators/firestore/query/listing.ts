import type { ListCollectionIdsRequest, ListDocumentsRequest } from '../door/wire.ts';
import { FirestoreError, invalid } from '../errors.ts';
import { type Collection, pathEnd, pathKey } from '../storage/catalog.ts';
import type { Store } from '../storage/store.ts';
import type { StoredDocument } from '../values/document.ts';
import { type FieldPath, project } from '../values/field-path.ts';
import { afterKey, afterPrefix } from '../values/key-codec.ts';
import { checkCollectionId, parseParent } from '../values/names.ts';
import { segmentKey, segmentText } from '../values/segments.ts';
import type { Fields, Timestamp } from '../values/values.ts';
import { pageToken, readPageToken } from './page-token.ts';

export interface ListedDocument {
  name: string;
  fields: Fields;
  /** Absent for a document that is missing but has subcollections. */
  createTime?: Timestamp;
  updateTime?: Timestamp;
}

/** What a page holds at most, and when the client names no size, as in production. */
const MAX_PAGE = 300;

/** The size of a page that the client asks for. */
export function readPageSize(size: number | null | undefined, maximum = MAX_PAGE): number {
  if (size !== null && size !== undefined && size < 0) throw invalid('pageSize must not be negative.');
  return Math.min(size || maximum, maximum);
}

export interface DocumentPage {
  documents: ListedDocument[];
  nextPageToken: string;
}

/** The name of a collection; throws when the id is not one. */
export function checkCollection(parent: string, id: string): string {
  parseParent(parent);
  checkCollectionId(id);
  return `${parent}/${id}`;
}

function hasDocuments(store: Store, collectionId: number): boolean {
  return (
    store.db.prepare('SELECT 1 FROM documents WHERE collection = ? LIMIT 1').get(collectionId) !== undefined
  );
}

/**
 * The segments that follow a path in the paths of all collections that hold documents, in order. Leaps over what is
 * below a segment as soon as it is known to hold any.
 */
function* segmentsBelow(
  store: Store,
  database: string,
  parent: readonly string[],
  after: string | undefined,
): Generator<string> {
  const prefix = pathKey(parent);
  const end = pathEnd(prefix);
  const beyond = (segment: string) => afterPrefix(pathKey([...parent, segment]));
  let from = after === undefined ? prefix : beyond(after);
  for (;;) {
    const collection = store.catalog.nextCollection(database, from, end);
    if (!collection) return;
    const segment = collection.name.split('/')[5 + parent.length];
    if (segment !== undefined && hasDocuments(store, collection.id)) {
      yield segment;
      from = beyond(segment);
    } else from = afterKey(collection.path);
  }
}

/** Takes up to `size` items, and whether there are more. */
function takePage<T>(items: Iterable<T>, size: number): { page: T[]; more: boolean } {
  const page: T[] = [];
  for (const item of items) {
    if (page.length === size) return { page, more: true };
    page.push(item);
  }
  return { page, more: false };
}

export function listCollectionIds(
  store: Store,
  request: ListCollectionIdsRequest,
): { collectionIds: string[]; nextPageToken: string } {
  const { database, segments } = parseParent(request.parent);
  if (request.readTime)
    throw new FirestoreError('UNIMPLEMENTED', 'readTime: collection ids are listed as of now.');
  const list = `collections ${request.parent}`;
  const ids = segmentsBelow(store, database, segments, readPageToken(list, request.pageToken));
  const { page, more } = takePage(ids, readPageSize(request.pageSize));
  return { collectionIds: page, nextPageToken: more ? pageToken(list, page.at(-1) ?? '') : '' };
}

/** The ids of a collection's documents after one, in order. */
function* idsOf(store: Store, collection: Collection, after: string | undefined): Generator<string> {
  const page = store.db.prepare(
    'SELECT segment FROM documents WHERE collection = ? AND segment > ? ORDER BY segment LIMIT 500',
  );
  let last = after === undefined ? Buffer.alloc(0) : segmentKey(after);
  for (;;) {
    const rows = page.all(collection.id, last) as { segment: Uint8Array }[];
    if (rows.length === 0) return;
    for (const { segment } of rows) {
      last = Buffer.from(segment);
      yield segmentText(last);
    }
  }
}

/** Two ordered lists of ids as one, each id once. */
function* union(a: Iterator<string>, b: Iterator<string>): Generator<string> {
  let [x, y] = [a.next(), b.next()];
  while (!x.done || !y.done) {
    const order = x.done ? 1 : y.done ? -1 : Buffer.compare(segmentKey(x.value), segmentKey(y.value));
    yield order <= 0 ? x.value : y.value;
    if (order <= 0) x = a.next();
    if (order >= 0) y = b.next();
  }
}

/** The documents of a collection by name, as they are now. */
export function listDocuments(
  store: Store,
  request: ListDocumentsRequest,
  mask: FieldPath[] | undefined,
): DocumentPage {
  const { database, segments } = parseParent(request.parent);
  const id = request.collectionId ?? '';
  const name = checkCollection(request.parent ?? '', id);
  const list = `documents ${name}`;
  const after = readPageToken(list, request.pageToken);
  const collection = store.catalog.collection(name);
  const present = collection ? idsOf(store, collection, after) : [].values();
  const missing = request.showMissing
    ? segmentsBelow(store, database, [...segments, id], after)
    : [].values();
  const { page, more } = takePage(union(present, missing), readPageSize(request.pageSize));
  const documents = page.map((segment) => {
    const document = store.find(`${name}/${segment}`);
    if (!document) return { name: `${name}/${segment}`, fields: {} };
    return mask ? reduced(document, mask) : document;
  });
  return { documents, nextPageToken: more ? pageToken(list, page.at(-1) ?? '') : '' };
}

function reduced(document: StoredDocument, mask: FieldPath[]): ListedDocument {
  const { name, createTime, updateTime } = document;
  return { name, createTime, updateTime, fields: project(document.fields, mask) };
}
