import type { Query } from '../query/query.ts';
import type { StoredDocument } from '../values/document.ts';

/** What a query looks through: a collection, or a group of them within a database. */
export function topicOf({ database, parent, collectionId, allDescendants }: Query): string {
  return allDescendants ? `group ${database} ${collectionId ?? ''}` : `collection ${parent}/${collectionId}`;
}

/** The topics of all queries that could look at a document. */
export function topicsOf({ collection, name }: StoredDocument): string[] {
  const database = name.slice(0, name.indexOf('/documents/'));
  return [`collection ${collection.name}`, `group ${database} ${collection.group}`, `group ${database} `];
}
