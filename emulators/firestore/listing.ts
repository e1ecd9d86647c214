import { pathKey } from './catalog.ts';
import type { StoredDocument } from './document.ts';
import { invalid } from './errors.ts';
import { type FieldPath, project } from './field-path.ts';
import { parseParent } from './names.ts';
import { segmentKey } from './segments.ts';
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

const DEFAULT_PAGE = 1_000_000;

function hasDocuments(store: Store, collectionId: number): boolean {
  return (
    store.db.prepare('SELECT 1 FROM documents WHERE collection = ? LIMIT 1').get(collectionId) !== undefined
  );
}

/** The segments that follow a path in the paths of all collections that hold documents, in order. */
function segmentsBelow(store: Store, database: string, parent: readonly string[]): string[] {
  const found = new Set<string>();
  for (const collection of store.catalog.collectionsBelow(database, pathKey(parent), undefined)) {
    const segment = collection.name.split('/')[5 + parent.length];
    if (segment !== undefined && !found.has(segment) && hasDocuments(store, collection.id))
      found.add(segment);
  }
  return [...found];
}

export function listCollectionIds(
  store: Store,
  request: ListCollectionIdsRequest,
): { collectionIds: string[]; nextPageToken: string } {
  const { database, segments } = parseParent(request.parent);
  const ids = segmentsBelow(store, database, segments).sort();
  const token = request.pageToken ?? '';
  const from = token === '' ? 0 : ids.findIndex((id) => id > token);
  const size = request.pageSize || DEFAULT_PAGE;
  const rest = from === -1 ? [] : ids.slice(from);
  const page = rest.slice(0, size);
  return { collectionIds: page, nextPageToken: rest.length > size ? (page.at(-1) ?? '') : '' };
}

export function listDocuments(
  store: Store,
  request: ListDocumentsRequest,
  mask: FieldPath[] | undefined,
): { documents: ListedDocument[]; nextPageToken: string } {
  const { database, segments } = parseParent(request.parent);
  const id = request.collectionId ?? '';
  if (id === '' && segments.length === 0) throw invalid('collectionId is missing.');
  if (request.showMissing && request.orderBy) throw invalid('orderBy cannot be combined with showMissing.');
  const name = `${request.parent}/${id}`;
  const documents = new Map<string, ListedDocument>();
  const collection = store.catalog.collection(name);
  if (collection) {
    const rows = store.db
      .prepare('SELECT id FROM documents WHERE collection = ? ORDER BY segment')
      .all(collection.id);
    for (const row of rows) {
      const document = store.load(Number(row.id));
      documents.set(document.name, mask ? reduced(document, mask) : document);
    }
  }
  if (request.showMissing) {
    for (const segment of segmentsBelow(store, database, [...segments, id])) {
      const missing = `${name}/${segment}`;
      if (!documents.has(missing)) documents.set(missing, { name: missing, fields: {} });
    }
  }
  const key = (document: ListedDocument) => segmentKey(document.name.slice(name.length + 1));
  const all = [...documents.values()].sort((a, b) => Buffer.compare(key(a), key(b)));
  const token = request.pageToken ? Buffer.from(request.pageToken, 'base64url') : undefined;
  const rest = token ? all.filter((document) => Buffer.compare(key(document), token) > 0) : all;
  const page = rest.slice(0, request.pageSize || DEFAULT_PAGE);
  const last = page.at(-1);
  return {
    documents: page,
    nextPageToken: last && rest.length > page.length ? key(last).toString('base64url') : '',
  };
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
