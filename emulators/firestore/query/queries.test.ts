import { AggregateField, FieldPath, Filter, type Query } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '../index.ts';
import { DOORS, openTestDatabase, type TestDatabase } from '../testing/testing.ts';

const indexes = {
  indexes: [
    {
      collectionGroup: 'cities',
      queryScope: 'COLLECTION',
      fields: [
        { fieldPath: 'country', order: 'ASCENDING' },
        { fieldPath: 'people', order: 'DESCENDING' },
      ],
    },
    {
      collectionGroup: 'cities',
      queryScope: 'COLLECTION',
      fields: [
        { fieldPath: 'tags', arrayConfig: 'CONTAINS' },
        { fieldPath: 'people', order: 'DESCENDING' },
      ],
    },
    {
      collectionGroup: 'cities',
      fields: [
        { fieldPath: 'people', order: 'ASCENDING' },
        { fieldPath: 'area', order: 'DESCENDING' },
      ],
    },
  ],
  fieldOverrides: [
    { collectionGroup: 'cities', fieldPath: 'secret', indexes: [] },
    {
      collectionGroup: 'streets',
      fieldPath: 'length',
      indexes: [
        { order: 'ASCENDING', queryScope: 'COLLECTION' },
        { order: 'ASCENDING', queryScope: 'COLLECTION_GROUP' },
      ],
    },
  ],
};

const CITIES = {
  bern: { country: 'ch', people: 134, area: 51, tags: ['old', 'river'], secret: 1 },
  basel: { country: 'ch', people: 175, area: 23, tags: ['river'] },
  geneva: { country: 'ch', people: 203, area: 15, tags: ['lake'], mayor: null },
  berlin: { country: 'de', people: 3700, area: 891, tags: ['river', 'capital'] },
  bonn: { country: 'de', people: 330, area: 141, tags: ['river', 'old'], mayor: 'k' },
  nowhere: { country: 'xx', area: 0 },
};

async function ids(query: Query): Promise<string[]> {
  return (await query.get()).docs.map(({ id }) => id);
}

describe.each(DOORS)('queries, %s', (door) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase({ indexes }, door);
    const { firestore } = database;
    for (const [id, city] of Object.entries(CITIES)) await firestore.doc(`cities/${id}`).set(city);
    await firestore.doc('cities/bern/streets/a').set({ length: 5 });
    await firestore.doc('cities/bonn/streets/b').set({ length: 3 });
    await firestore.doc('cities/bern/streets/a/streets/inner').set({ length: 4 });
    await firestore.doc('streets/root').set({ length: 1 });
  });
  afterAll(() => database.dispose());

  const cities = () => database.firestore.collection('cities');

  test('equality, ranges and order', async () => {
    expect(await ids(cities().where('country', '==', 'de'))).toEqual(['berlin', 'bonn']);
    expect(await ids(cities().where('people', '>', 175).orderBy('people', 'desc'))).toEqual([
      'berlin',
      'bonn',
      'geneva',
    ]);
    expect(await ids(cities().orderBy('people').limit(2))).toEqual(['bern', 'basel']);
    expect(await ids(cities().orderBy('people').limitToLast(2))).toEqual(['bonn', 'berlin']);
    expect(await ids(cities().orderBy('people').offset(1).limit(2))).toEqual(['basel', 'geneva']);
  });

  test('a composite index serves equality with order, in the declared direction only', async () => {
    const swiss = cities().where('country', '==', 'ch');
    expect(await ids(swiss.orderBy('people', 'desc'))).toEqual(['geneva', 'basel', 'bern']);
    await expect(swiss.orderBy('people').get()).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: expect.stringContaining(
        '{"collectionGroup":"cities","queryScope":"COLLECTION","fields":[{"fieldPath":"country","order":"ASCENDING"},{"fieldPath":"people","order":"ASCENDING"}]}',
      ),
    });
  });

  test('indexes with one order are merged to cover several equalities', async () => {
    const query = cities()
      .where('country', '==', 'de')
      .where('tags', 'array-contains', 'old')
      .orderBy('people', 'desc');
    expect(await ids(query)).toEqual(['bonn']);
    expect(await ids(cities().where('country', '==', 'ch').where('tags', 'array-contains', 'river'))).toEqual(
      ['basel', 'bern'],
    );
  });

  test('inequalities on several fields', async () => {
    const query = cities()
      .where('people', '>', 150)
      .where('area', '<', 200)
      .orderBy('people')
      .orderBy('area', 'desc');
    expect(await ids(query)).toEqual(['basel', 'geneva', 'bonn']);
  });

  test('!= and not-in leave out missing and null', async () => {
    expect(await ids(cities().where('mayor', '!=', 'z'))).toEqual(['bonn']);
    expect(await ids(cities().where('mayor', '==', null))).toEqual(['geneva']);
    expect(await ids(cities().where('people', 'not-in', [134, 175]))).toEqual(['geneva', 'bonn', 'berlin']);
  });

  test('in, array-contains-any and OR are deduplicated and ordered', async () => {
    expect(await ids(cities().where('tags', 'array-contains-any', ['river', 'old']))).toEqual([
      'basel',
      'berlin',
      'bern',
      'bonn',
    ]);
    expect(
      await ids(cities().where('country', 'in', ['de', 'ch']).orderBy('people', 'desc').limit(3)),
    ).toEqual(['berlin', 'bonn', 'geneva']);
    const either = Filter.or(Filter.where('people', '<', 150), Filter.where('country', '==', 'de'));
    await expect(cities().where(either).get()).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    const names = Filter.or(Filter.where('country', '==', 'xx'), Filter.where('mayor', '==', 'k'));
    expect(await ids(cities().where(names))).toEqual(['bonn', 'nowhere']);
  });

  test('cursors are prefixes of the order, and may be documents', async () => {
    const query = cities().where('country', '==', 'ch').orderBy('people', 'desc');
    expect(await ids(query.startAfter(203))).toEqual(['basel', 'bern']);
    expect(await ids(query.startAt(175).endAt(175))).toEqual(['basel']);
    expect(await ids(query.endBefore(134))).toEqual(['geneva', 'basel']);
    const basel = await cities().doc('basel').get();
    expect(await ids(query.startAfter(basel))).toEqual(['bern']);
    expect(await ids(cities().orderBy(FieldPath.documentId()).startAfter('berlin').endAt('geneva'))).toEqual([
      'bern',
      'bonn',
      'geneva',
    ]);
  });

  test('names are filtered and ordered by segment', async () => {
    expect(await ids(cities().where(FieldPath.documentId(), 'in', ['bonn', 'bern']))).toEqual([
      'bern',
      'bonn',
    ]);
    expect(
      await ids(cities().where(FieldPath.documentId(), '>=', 'bon').orderBy(FieldPath.documentId(), 'desc')),
    ).toEqual(['nowhere', 'geneva', 'bonn']);
  });

  test('collection groups, by name and through a group index', async () => {
    const streets = database.firestore.collectionGroup('streets');
    expect((await streets.get()).docs.map(({ ref }) => ref.path)).toEqual([
      'cities/bern/streets/a',
      'cities/bern/streets/a/streets/inner',
      'cities/bonn/streets/b',
      'streets/root',
    ]);
    expect(await ids(streets.where('length', '>', 1).orderBy('length'))).toEqual(['b', 'inner', 'a']);
    await expect(streets.orderBy('length', 'desc').get()).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
    });
    const partitions = [];
    for await (const partition of streets.getPartitions(3)) partitions.push(partition);
    const parts = await Promise.all(partitions.map((partition) => partition.toQuery().get()));
    expect(parts.flatMap(({ docs }) => docs.map(({ id }) => id))).toEqual(['a', 'inner', 'b', 'root']);
  });

  test('exempt fields are not queryable in production mode', async () => {
    await expect(cities().where('secret', '==', 1).get()).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
    });
  });

  test('select returns what it names', async () => {
    const { docs } = await cities().where('people', '==', 134).select('country', 'tags').get();
    expect(docs[0]?.data()).toEqual({ country: 'ch', tags: ['old', 'river'] });
    const { docs: bare } = await cities().where('people', '==', 134).select().get();
    expect(bare[0]?.data()).toEqual({});
  });

  test('count, sum and average', async () => {
    expect((await cities().count().get()).data().count).toBe(6);
    expect((await cities().where('country', '==', 'ch').count().get()).data().count).toBe(3);
    const result = await cities()
      .aggregate({
        count: AggregateField.count(),
        people: AggregateField.sum('people'),
        area: AggregateField.average('area'),
      })
      .get();
    expect(result.data()).toEqual({ count: 5, people: 4542, area: (51 + 23 + 15 + 891 + 141) / 5 });
  });

  test('explain tells the indexes, and with analyze what it cost', async () => {
    const query = cities().where('country', '==', 'ch').orderBy('people', 'desc').limit(2);
    const planned = await query.explain();
    expect(planned.snapshot).toBeNull();
    expect(planned.metrics.planSummary.indexesUsed).toEqual([
      { query_scope: 'Collection', properties: '(country ASC, people DESC, __name__ DESC)' },
    ]);
    const { snapshot, metrics } = await query.explain({ analyze: true });
    expect(snapshot?.size).toBe(2);
    expect(metrics.executionStats).toMatchObject({ resultsReturned: 2, readOperations: 2 });
    const counted = await cities().count().explain({ analyze: true });
    expect(counted.snapshot?.data().count).toBe(6);
    expect(counted.metrics.planSummary.indexesUsed).toEqual([
      { query_scope: 'Collection', properties: '(__name__ ASC)' },
    ]);
  });

  test('automatic mode answers without a composite index', async () => {
    await database.reopen({ indexMode: 'automatic', indexes: undefined });
    expect(await ids(cities().where('country', '==', 'ch').orderBy('people'))).toEqual([
      'bern',
      'basel',
      'geneva',
    ]);
    expect(await ids(cities().where('secret', '==', 1))).toEqual(['bern']);
    const streets = database.firestore.collectionGroup('streets');
    expect(await ids(streets.orderBy('length', 'desc').limit(2))).toEqual(['a', 'inner']);
    expect(database.engine.check()).toEqual({ ok: true, problems: [] });
    await database.reopen({ indexMode: 'production' });
    expect(await ids(cities().where('country', '==', 'ch').orderBy('people', 'desc').limit(1))).toEqual([
      'geneva',
    ]);
    expect(database.engine.check()).toEqual({ ok: true, problems: [] });
  });
});
