import { FieldValue } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '../index.ts';
import { DOORS, openTestDatabase, type TestDatabase } from '../testing/testing.ts';

const vectorConfig = { dimension: 2, flat: {} };
const indexes = {
  indexes: [
    { collectionGroup: 'items', fields: [{ fieldPath: 'v', vectorConfig }] },
    {
      collectionGroup: 'items',
      fields: [
        { fieldPath: 'kind', order: 'ASCENDING' },
        { fieldPath: 'v', vectorConfig },
      ],
    },
  ],
};

describe.each(DOORS)('nearest vectors, %s', (door) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase({ indexes }, door);
    const items = database.firestore.collection('items');
    const vectors = { east: [1, 0], north: [0, 2], both: [3, 3], west: [-1, 0] };
    for (const [id, v] of Object.entries(vectors)) {
      await items.doc(id).set({ v: FieldValue.vector(v), kind: id.length });
    }
    await items.doc('flat').set({ v: FieldValue.vector([1, 2, 3]), kind: 4 });
    await items.doc('none').set({ kind: 4 });
  });
  afterAll(() => database.dispose());

  const search = async (distanceMeasure: 'EUCLIDEAN' | 'COSINE' | 'DOT_PRODUCT', more = {}) => {
    const query = database.firestore
      .collection('items')
      .findNearest({ vectorField: 'v', queryVector: [1, 1], limit: 3, distanceMeasure, ...more });
    return (await query.get()).docs.map(({ id }) => id);
  };

  test('by each measure, with a threshold', async () => {
    expect(await search('EUCLIDEAN')).toEqual(['east', 'north', 'west']);
    expect(await search('COSINE')).toEqual(['both', 'east', 'north']);
    expect(await search('DOT_PRODUCT')).toEqual(['both', 'north', 'east']);
    expect(await search('EUCLIDEAN', { distanceThreshold: 1 })).toEqual(['east']);
    expect(await search('DOT_PRODUCT', { distanceThreshold: 2 })).toEqual(['both', 'north']);
  });

  test('with a filter and the distance in the result', async () => {
    const found = await database.firestore
      .collection('items')
      .where('kind', '==', 4)
      .findNearest({
        vectorField: 'v',
        queryVector: [0, 0],
        limit: 5,
        distanceMeasure: 'EUCLIDEAN',
        distanceResultField: 'distance',
      })
      .get();
    expect(found.docs.map((doc) => [doc.id, doc.get('distance')])).toEqual([
      ['east', 1],
      ['west', 1],
      ['both', Math.sqrt(18)],
    ]);
  });

  test('without a vector index it is refused with the entry to add', async () => {
    const query = database.firestore
      .collection('others')
      .findNearest({ vectorField: 'v', queryVector: [1], limit: 1, distanceMeasure: 'COSINE' });
    await expect(query.get()).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: expect.stringContaining('"vectorConfig":{"dimension":1,"flat":{}}'),
    });
  });
});
