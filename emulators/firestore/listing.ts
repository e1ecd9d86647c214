import { type Collection, pathEnd, pathKey } from './catalog.ts';
import type { StoredDocument } from './document.ts';
import { FirestoreError, invalid } from './errors.ts';
import { type FieldPath, project } from './field-path.ts';
import { afterKey, afterPrefix } from './key-codec.ts';
import { parseParent } from './names.ts';
import { segmentKey, segmentText } from './segments.ts';
import type { Store } from './store.ts';
import { type Fields, referenceValue, type Timestamp, type Value } from './values.ts';
import type { ListCollectionIdsRequest, ListDocumentsRequest } from './wire.ts';

export interface ListedDocument {
  name: string;
  fields: Fields;
  /** Absent for a document that is missing but has subcollections. */
  createTime?: Timestamp;
  updateTime?: Timestamp;
}

const EVERYTHING = -1;

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
  const ids = segmentsBelow(store, database, segments, request.pageToken || undefined);
  const { page, more } = takePage(ids, request.pageSize || EVERYTHING);
  return { collectionIds: page, nextPageToken: more ? (page.at(-1) ?? '') : '' };
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

export function listDocuments(
  store: Store,
  request: ListDocumentsRequest,
  mask: FieldPath[] | undefined,
): { documents: ListedDocument[]; nextPageToken: string } {
  const { database, segments } = parseParent(request.parent);
  const id = request.collectionId ?? '';
  if (id === '') throw invalid('collectionId is missing.');
  if (request.orderBy) throw new FirestoreError('UNIMPLEMENTED', 'orderBy: documents are listed by name.');
  const name = `${request.parent}/${id}`;
  const after = request.pageToken || undefined;
  const collection = store.catalog.collection(name);
  const present = collection ? idsOf(store, collection, after) : [].values();
  const missing = request.showMissing
    ? segmentsBelow(store, database, [...segments, id], after)
    : [].values();
  const { page, more } = takePage(union(present, missing), request.pageSize || EVERYTHING);
  const documents = page.map((segment) => {
    const document = store.find(`${name}/${segment}`);
    if (!document) return { name: `${name}/${segment}`, fields: {} };
    return mask ? reduced(document, mask) : document;
  });
  return { documents, nextPageToken: more ? (page.at(-1) ?? '') : '' };
}

function reduced(document: StoredDocument, mask: FieldPath[]): ListedDocument {
  const { name, createTime, updateTime } = document;
  return { name, createTime, updateTime, fields: project(document.fields, mask) };
}

/** Up to `count` places that divide the documents of a query into parts of equal size. */
export function partition(documents: StoredDocument[], count: number): { values: Value[] }[] {
  const cursors: { values: Value[] }[] = [];
  const parts = Math.min(count + 1, documents.length);
  for (let i = 1; i < parts; i++) {
    const document = documents[Math.floor((i * documents.length) / parts)];
    if (document) cursors.push({ values: [referenceValue(document.name)] });
  }
  return cursors;
}
