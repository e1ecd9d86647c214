import type { Collection } from '../define.ts';
import type { Registry } from '../registry.ts';
import { filterFields, sortFields } from './list-query.ts';
import { isJoined } from './query-plan.ts';

interface IndexField {
  readonly fieldPath: string;
  readonly order?: 'ASCENDING' | 'DESCENDING';
  readonly arrayConfig?: 'CONTAINS';
}
interface Index {
  readonly collectionGroup: string;
  readonly queryScope: 'COLLECTION';
  readonly fields: readonly IndexField[];
}
interface FieldOverride {
  readonly collectionGroup: string;
  readonly fieldPath: string;
  readonly ttl?: true;
  readonly indexes: readonly {
    readonly order?: string;
    readonly arrayConfig?: string;
    readonly queryScope: 'COLLECTION';
  }[];
}

const META = ['version', 'createdBy'];
const CHANGE_FIELDS = ['collection', 'operation', 'actor', 'requestId', 'patch', 'event'];

/** `firestore.indexes.json`: every index a declared list can need, and no index on anything else. */
export function firestoreIndexes(registry: Registry): { indexes: Index[]; fieldOverrides: FieldOverride[] } {
  const collections = [...registry.collections.values()];
  return {
    indexes: [
      {
        collectionGroup: 'changes',
        queryScope: 'COLLECTION',
        fields: [
          { fieldPath: 'recordId', order: 'ASCENDING' },
          { fieldPath: 'version', order: 'DESCENDING' },
        ],
      },
      {
        collectionGroup: 'job-queue',
        queryScope: 'COLLECTION',
        fields: [
          { fieldPath: 'lane', order: 'ASCENDING' },
          { fieldPath: 'dueAt', order: 'ASCENDING' },
        ],
      },
      ...collections.flatMap(compositeIndexes),
    ],
    fieldOverrides: [
      ...CHANGE_FIELDS.map((fieldPath) => unindexed('changes', fieldPath)),
      ...['bodyHash', 'state', 'started', 'status', 'headers', 'body'].map((fieldPath) =>
        unindexed('idempotency', fieldPath),
      ),
      { ...unindexed('idempotency', 'expiresAt'), ttl: true },
      unindexed('unique', 'recordId'),
      unindexed('sequences', 'value'),
      ...['tenantId', 'lane'].map((fieldPath) => unindexed('job-queue', fieldPath)),
      ...collections.flatMap(overrides),
    ],
  };
}

const unindexed = (collectionGroup: string, fieldPath: string): FieldOverride => ({
  collectionGroup,
  fieldPath,
  indexes: [],
});

/** Several equality filters merge through the indexes of each with the sort, so each pair of filter and sort is enough. */
function compositeIndexes(collection: Collection): Index[] {
  const sorts = [...sortFields(collection).keys()];
  return [...filterFields(collection)].flatMap(([fieldPath, type]) =>
    sorts
      .filter((sort) => isJoined(collection, fieldPath, sort))
      .flatMap((sort) =>
        (['ASCENDING', 'DESCENDING'] as const).map(
          (order): Index => ({
            collectionGroup: collection.key,
            queryScope: 'COLLECTION',
            fields: [
              type.kind === 'array'
                ? { fieldPath, arrayConfig: 'CONTAINS' }
                : { fieldPath, order: 'ASCENDING' },
              { fieldPath: sort, order },
            ],
          }),
        ),
      ),
  );
}

/** Single-field indexes are on by default; they are kept where a list uses them. */
function overrides(collection: Collection): FieldOverride[] {
  const used = new Set([...filterFields(collection).keys(), ...sortFields(collection).keys()]);
  const names = [...collection.fieldTypes.keys(), ...META].filter((name) => !used.has(name));
  const deleted = [...collection.fieldTypes.keys(), ...META, 'createdAt'];
  return [
    ...names.map((name) => unindexed(collection.key, name)),
    ...deleted.map((name) => unindexed(`${collection.key}-deleted`, name)),
  ];
}
