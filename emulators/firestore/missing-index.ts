import { FirestoreError } from './errors.ts';
import type { FieldFilter } from './filters.ts';
import type { Order, Query } from './query.ts';

/** The page of Google's console that lists a database's indexes. */
function consoleLink(database: string): string {
  const [, project = '', , id = ''] = database.split('/');
  const page = `https://console.firebase.google.com/project/${encodeURIComponent(project)}/firestore`;
  return `${page}/databases/${encodeURIComponent(id === '(default)' ? '-default-' : id)}/indexes`;
}

/** The error of a query that Cloud Firestore would refuse, with the entry that makes it work. */
export function missingIndex(
  query: Query,
  equalities: readonly FieldFilter[],
  orders: readonly Order[],
): FirestoreError {
  const seen = new Set<string>();
  const fields: object[] = [];
  for (const { path, op } of equalities) {
    if (seen.has(path.text)) continue;
    seen.add(path.text);
    fields.push(
      op === 'array-contains'
        ? { fieldPath: path.text, arrayConfig: 'CONTAINS' }
        : { fieldPath: path.text, order: 'ASCENDING' },
    );
  }
  for (const { path, descending } of orders) {
    fields.push({ fieldPath: path.text, order: descending ? 'DESCENDING' : 'ASCENDING' });
  }
  const queryScope = query.allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION';
  const [only] = fields;
  const entry =
    fields.length === 1 && only
      ? {
          collectionGroup: query.collectionId,
          fieldPath: orders[0]?.path.text ?? equalities[0]?.path.text,
          indexes: [{ ...only, fieldPath: undefined, queryScope }],
        }
      : { collectionGroup: query.collectionId, queryScope, fields };
  const list = fields.length === 1 ? 'fieldOverrides' : 'indexes';
  return new FirestoreError(
    'FAILED_PRECONDITION',
    `The query requires an index. Add this entry to "${list}" in firestore.indexes.json: ${JSON.stringify(entry)}. ` +
      `The indexes of the same database on Google Cloud: ${consoleLink(query.database)}`,
  );
}
