import { FirestoreError } from '../errors.ts';
import type { FieldFilter } from '../query/filters.ts';
import type { Order, Query } from '../query/query.ts';
import { DOCUMENT_ID } from '../values/field-path.ts';

/** The page of Google's console that lists a database's indexes. */
function consoleLink(database: string): string {
  const [, project = '', , id = ''] = database.split('/');
  const page = `https://console.firebase.google.com/project/${encodeURIComponent(project)}/firestore`;
  return `${page}/databases/${encodeURIComponent(id === '(default)' ? '-default-' : id)}/indexes`;
}

interface IndexField {
  fieldPath: string;
  order?: 'ASCENDING' | 'DESCENDING';
  arrayConfig?: 'CONTAINS';
}

function ordered(fieldPath: string, descending: boolean): IndexField {
  return { fieldPath, order: descending ? 'DESCENDING' : 'ASCENDING' };
}

function neededFields(
  query: Query,
  equalities: readonly FieldFilter[],
  orders: readonly Order[],
): IndexField[] {
  const fields = new Map<string, IndexField>();
  for (const { path, op } of equalities) {
    const contains = { fieldPath: path.text, arrayConfig: 'CONTAINS' as const };
    if (!fields.has(path.text))
      fields.set(path.text, op === 'array-contains' ? contains : ordered(path.text, false));
  }
  for (const { path, descending } of orders) fields.set(`order ${path.text}`, ordered(path.text, descending));
  const [last, name] = [orders.at(-1), query.orders.at(-1)];
  // An index ends in the name, in the direction of the field before; another direction has to be said.
  if (last && name && last.descending !== name.descending)
    fields.set('name', ordered(DOCUMENT_ID, name.descending));
  return [...fields.values()];
}

/** An override takes the place of the automatic indexes, so it names them too. */
function override(collectionGroup: string | undefined, field: IndexField, queryScope: string): object {
  const { fieldPath, ...kind } = field;
  const automatic = [{ order: 'ASCENDING' }, { order: 'DESCENDING' }, { arrayConfig: 'CONTAINS' }].map(
    (index) => ({
      ...index,
      queryScope: 'COLLECTION',
    }),
  );
  const indexes =
    queryScope === 'COLLECTION' ? [{ ...kind, queryScope }] : [...automatic, { ...kind, queryScope }];
  return { collectionGroup, fieldPath, indexes };
}

/** The error of a query that Cloud Firestore would refuse, with the entry that makes it work. */
export function missingIndex(
  query: Query,
  equalities: readonly FieldFilter[],
  orders: readonly Order[],
): FirestoreError {
  const { collectionId: collectionGroup } = query;
  const fields = neededFields(query, equalities, orders);
  const queryScope = query.allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION';
  const [only, more] = fields;
  const single = only && !more;
  const entry = single
    ? override(collectionGroup, only, queryScope)
    : { collectionGroup, queryScope, fields };
  const list = single ? 'fieldOverrides' : 'indexes';
  return new FirestoreError(
    'FAILED_PRECONDITION',
    `The query requires an index. Add this entry to "${list}" in firestore.indexes.json: ${JSON.stringify(entry)}. ` +
      `The indexes of the same database on Google Cloud: ${consoleLink(query.database)}`,
  );
}
