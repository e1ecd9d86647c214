import type { StoredDocument } from '../values/document.ts';
import { matches } from './filters.ts';
import { hasOrderFields, type Query, withinBounds } from './query.ts';

/** Whether a document is one of the query's results, its limit aside. */
export function inQuery(query: Query, document: StoredDocument): boolean {
  if (query.collectionId !== undefined && document.collection.group !== query.collectionId) return false;
  if (query.allDescendants) {
    if (!document.name.startsWith(`${query.parent}/`)) return false;
  } else if (document.collection.name !== `${query.parent}/${query.collectionId}`) return false;
  return matches(document, query.where) && hasOrderFields(query, document) && withinBounds(query, document);
}
