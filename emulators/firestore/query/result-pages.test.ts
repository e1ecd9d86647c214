import { FieldPath, Filter, type Query, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOORS, openTestDatabase, type TestDatabase } from '../testing/testing.ts';

const COUNT = 750;

describe.each(DOORS)('long answers, %s', (door) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase({ indexMode: 'automatic' }, door);
  });
  afterAll(() => database.dispose());

  const queries: Record<string, (base: string) => Query> = {
    'by name': (base) => database.firestore.collection(base),
    'by name, backwards': (base) =>
      database.firestore.collection(base).orderBy(FieldPath.documentId(), 'desc'),
    'by a field': (base) => database.firestore.collection(base).orderBy('n', 'desc'),
    'by a field with few values': (base) => database.firestore.collection(base).orderBy('few'),
    'filtered, from an offset to a limit': (base) =>
      database.firestore.collection(base).where('few', '<', 3).offset(7).limit(700),
    'either of two filters': (base) =>
      database.firestore
        .collection(base)
        .where(Filter.or(Filter.where('n', '<', 400), Filter.where('few', '==', 1)))
        .orderBy('n'),
    'of a collection group': (base) => database.firestore.collectionGroup(base).orderBy('n'),
    'in an order of mixed directions': (base) =>
      database.firestore.collection(base).orderBy('few', 'desc').orderBy('n'),
  };

  test.each(Object.keys(queries))('%s, show one moment whatever is written meanwhile', async (kind) => {
    const { firestore } = database;
    const base = `rows-${Object.keys(queries).indexOf(kind)}`;
    const writer = firestore.bulkWriter();
    for (let n = 0; n < COUNT; n++) {
      const text = `${n}`.padStart(5, '0');
      void writer.set(firestore.doc(`${base}/${text}`), { n, few: n % 5, text: 'x'.repeat(300) });
    }
    await writer.close();
    const query = queries[kind]?.(base) ?? firestore.collection(base);
    const expected = (await query.get()).docs.map((doc) => [doc.id, doc.data()]);
    expect(expected.length).toBeGreaterThan(400);

    const seen: unknown[] = [];
    for await (const doc of query.stream() as AsyncIterable<QueryDocumentSnapshot>) {
      seen.push([doc.id, doc.data()]);
      if (seen.length % 200 !== 50) continue;
      const batch = firestore.batch();
      for (let i = 0; i < 20; i++) {
        const n = Math.floor(Math.random() * COUNT);
        const ref = firestore.doc(`${base}/${`${n}`.padStart(5, '0')}`);
        if (i % 3 === 0) batch.delete(ref);
        else batch.set(ref, { n: n + (i % 2 === 0 ? 10_000 : -10_000), few: (n + 1) % 5, text: 'changed' });
        batch.set(firestore.doc(`${base}/new-${seen.length}-${i}`), { n: i, few: i % 5, text: 'new' });
      }
      await batch.commit();
    }
    expect(seen).toEqual(expected);
  });
});
