import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '../index.ts';
import { DOORS, openTestDatabase, type TestDatabase } from '../testing/testing.ts';

const refused = (message: RegExp) => ({
  code: Code.INVALID_ARGUMENT,
  message: expect.stringMatching(message),
});

describe.each(DOORS)('limits, %s', (door) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase({}, door);
  });
  afterAll(() => database.dispose());

  test('a document of more than 1 MiB is refused, one of nearly 1 MiB is stored', async () => {
    const ref = database.firestore.doc('limits/size');
    await ref.set({ text: 'x'.repeat(1_048_000) });
    expect((await ref.get()).get('text')).toHaveLength(1_048_000);
    await expect(ref.set({ text: 'x'.repeat(1_048_488) })).rejects.toMatchObject(
      refused(/value of property "text" is longer than 1048487 bytes/),
    );
    const half = 'x'.repeat(524_300);
    await expect(ref.set({ half, other: half })).rejects.toMatchObject(
      refused(/exceeds the maximum allowed size of 1,048,576 bytes/),
    );
    await expect(ref.set({ text: 'é'.repeat(600_000) })).rejects.toMatchObject(
      refused(/longer than 1048487 bytes/),
    );
  });

  test('a commit of more than 10 MiB is refused', async () => {
    const batch = database.firestore.batch();
    for (let i = 0; i < 11; i++) {
      batch.set(database.firestore.doc(`limits/part${i}`), { text: 'x'.repeat(1_000_000) });
    }
    await expect(batch.commit()).rejects.toMatchObject(refused(/payload size exceeds the limit/));
    expect((await database.firestore.doc('limits/part0').get()).exists).toBe(false);
  });

  test('more than 40,000 index entries are refused, and nothing of the commit stays', async () => {
    const { firestore } = database;
    const batch = firestore.batch();
    batch.set(firestore.doc('limits/beside'), { v: 1 });
    batch.set(firestore.doc('limits/wide'), { list: Array.from({ length: 40_001 }, (_, i) => i) });
    await expect(batch.commit()).rejects.toMatchObject(refused(/too many index entries/));
    expect((await firestore.doc('limits/beside').get()).exists).toBe(false);
  });

  test('values longer than what an index holds are still told apart', async () => {
    const rows = database.firestore.collection('long');
    const prefix = 'p'.repeat(1600);
    for (const end of ['a', 'b', 'c']) await rows.doc(end).set({ text: prefix + end });
    const found = await rows.where('text', '==', `${prefix}b`).get();
    expect(found.docs.map(({ id }) => id)).toEqual(['b']);
    expect((await rows.where('text', '>', `${prefix}b`).get()).size).toBe(1);
    expect((await rows.where('text', '<=', `${prefix}b`).get()).size).toBe(2);
  });

  test('reserved and malformed names are refused with the name', async () => {
    const { firestore } = database;
    await expect(firestore.doc('limits/__reserved__').set({})).rejects.toMatchObject(refused(/__reserved__/));
    await firestore.doc('limits/__id7__').set({ v: 7 });
    await firestore.doc('limits/__id10__').set({ v: 10 });
    await expect(firestore.doc('limits/x').set({ __mine__: 1 })).rejects.toMatchObject(refused(/__mine__/));
    const ids = (await firestore.collection('limits').orderBy('__name__').limit(2).get()).docs.map(
      ({ id }) => id,
    );
    expect(ids).toEqual(['__id7__', '__id10__']);
  });
});
