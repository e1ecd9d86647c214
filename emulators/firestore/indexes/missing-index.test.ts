import { FieldPath, Filter, type Query } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await database.firestore.doc('rows/a').set({ a: 1, b: 2, tags: ['x'], v: [1] });
});
afterAll(() => database.dispose());

const name = FieldPath.documentId();
const { and, or, where } = Filter;

/** Adds the entries that the refusals ask for, one after the other, until the query is answered. */
async function heed(query: (rows: Query, group: Query) => Query): Promise<number> {
  const indexes: { indexes: object[]; fieldOverrides: object[] } = { indexes: [], fieldOverrides: [] };
  for (let added = 0; ; added++) {
    await database.reopen({ indexes });
    const { firestore } = database;
    try {
      expect((await query(firestore.collection('rows'), firestore.collectionGroup('rows')).get()).size).toBe(
        1,
      );
      return added;
    } catch (error) {
      const { message } = error as Error;
      const [, list, entry] =
        /Add this entry to "(\w+)" in firestore.indexes.json: (\{.*\})\. The/.exec(message) ?? [];
      if (added === 5 || (list !== 'indexes' && list !== 'fieldOverrides')) throw error;
      indexes[list].push(JSON.parse(entry ?? '{}'));
    }
  }
}

test('the entry that a refusal asks for makes the query work', async () => {
  expect(await heed((rows) => rows.where('a', '==', 1).where('b', '>', 1))).toBe(1);
  expect(await heed((rows) => rows.where('tags', 'array-contains', 'x').orderBy('b', 'desc'))).toBe(1);
  expect(await heed((rows) => rows.orderBy('a').orderBy('b', 'desc'))).toBe(1);
  expect(await heed((rows) => rows.where('a', '>', 0).where('b', '!=', 5))).toBe(1);
  expect(await heed((rows) => rows.orderBy('a', 'desc').orderBy(name))).toBe(1);
  expect(await heed((rows) => rows.where('b', '>', 0).orderBy('b').orderBy(name, 'desc'))).toBe(1);
  expect(await heed((_, group) => group.where('a', '==', 1))).toBe(1);
  expect(await heed((_, group) => group.orderBy('a', 'desc'))).toBe(1);
  expect(
    await heed((_, group) => group.where('tags', 'array-contains', 'x').where('a', '==', 1)),
  ).toBeLessThan(3);
  const nested = or(and(where('a', '==', 1), where('b', '<', 3)), where('b', '==', 7));
  expect(await heed((rows) => rows.where(nested))).toBe(1);
});

test('an entry for a group leaves the automatic indexes of the collection', async () => {
  await heed((_, group) => group.orderBy('a', 'desc'));
  expect((await database.firestore.collection('rows').orderBy('a').get()).size).toBe(1);
});

test('an index ends in the name, in the direction of its last field unless it says otherwise', async () => {
  const index = (...fields: object[]) => ({ indexes: [{ collectionGroup: 'rows', fields }] });
  const [a, b] = [
    { fieldPath: 'a', order: 'ASCENDING' },
    { fieldPath: 'b', order: 'DESCENDING' },
  ];
  const query = () => database.firestore.collection('rows').orderBy('a').orderBy('b', 'desc');
  await database.reopen({ indexes: index(a, b) });
  expect((await query().get()).size).toBe(1);
  await expect(query().orderBy(name).get()).rejects.toMatchObject({ code: 9 });
  await database.reopen({ indexes: index(a, b, { fieldPath: '__name__', order: 'ASCENDING' }) });
  expect((await query().orderBy(name).get()).size).toBe(1);
  await expect(query().get()).rejects.toMatchObject({ code: 9 });
});

test('what Cloud Firestore answers without an index is answered', async () => {
  await database.reopen({ indexes: undefined });
  const rows = database.firestore.collection('rows');
  for (const query of [
    rows.where('a', '==', 1).where('b', '==', 2),
    rows.where('a', 'in', [1, 2]).where('b', '==', 2),
    rows.where(or(where('a', '==', 1), where('b', '==', 1))),
    rows.where('a', '==', 1).orderBy('a', 'desc'),
    rows.where('a', '>', 0).orderBy('a', 'desc'),
    rows.where('a', '==', 1).orderBy(name, 'desc'),
    rows.where('tags', 'array-contains', 'x').where('a', '==', 1),
    database.firestore.collectionGroup('rows').orderBy(name),
  ]) {
    expect((await query.get()).size).toBe(1);
  }
});
