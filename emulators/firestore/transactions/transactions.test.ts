import { FieldValue, Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOORS, openTestDatabase, type TestDatabase } from '../testing/testing.ts';

describe.each(DOORS)('transactions, %s', (door) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase({}, door);
  });
  afterAll(() => database.dispose());

  test('concurrent increments by read and write lose nothing', async () => {
    const { firestore } = database;
    const ref = firestore.doc('counters/one');
    await ref.set({ n: 0 });
    let attempts = 0;
    const increment = () =>
      firestore.runTransaction(async (transaction) => {
        attempts++;
        const snapshot = await transaction.get(ref);
        transaction.update(ref, { n: snapshot.get('n') + 1 });
      });
    await Promise.all(Array.from({ length: 40 }, increment));
    expect((await ref.get()).get('n')).toBe(40);
    // They take turns, so none is thrown away.
    expect(attempts).toBe(40);
  });

  test('two transactions that read the same document: one is run again', async () => {
    const { firestore } = database;
    const ref = firestore.doc('contended/doc');
    let attempts = 0;
    const both = Promise.withResolvers<void>();
    const first = firestore.runTransaction(async (transaction) => {
      attempts++;
      await transaction.get(ref);
      await both.promise;
      transaction.set(ref, { first: true }, { merge: true });
    });
    const second = firestore.runTransaction(async (transaction) => {
      attempts++;
      await transaction.get(ref);
      both.resolve();
      transaction.set(ref, { second: true }, { merge: true });
    });
    await Promise.all([first, second]);
    // Once or twice: it may have read again before the other one asked to commit.
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect((await ref.get()).data()).toEqual({ first: true, second: true });
  });

  test('transactions that wait for each other in a circle all finish', async () => {
    const { firestore } = database;
    const [a, b] = [firestore.doc('circle/a'), firestore.doc('circle/b')];
    const swap = (from: typeof a, to: typeof a) =>
      firestore.runTransaction(async (transaction) => {
        const n = (await transaction.get(from)).get('n') ?? 0;
        const m = (await transaction.get(to)).get('n') ?? 0;
        transaction.set(to, { n: n + m + 1 });
      });
    await Promise.all([swap(a, b), swap(b, a)]);
    const values = [(await a.get()).get('n'), (await b.get()).get('n')].sort();
    // Either order of the two gives 1 and 2.
    expect(values).toEqual([1, 2]);
  });

  test('a plain write waits for the transaction that holds its document, but not for ever', async () => {
    const { firestore } = database;
    const ref = firestore.doc('held/one');
    await ref.set({ n: 1 });
    const reading = Promise.withResolvers<void>();
    let attempts = 0;
    const transaction = firestore.runTransaction(async (t) => {
      attempts++;
      const n = (await t.get(ref)).get('n');
      reading.resolve();
      await new Promise((resolve) => setTimeout(resolve, 100));
      t.update(ref, { n: n + 1 });
    });
    await reading.promise;
    await ref.update({ plain: true });
    await transaction;
    expect(attempts).toBe(1);
    expect((await ref.get()).data()).toEqual({ n: 2, plain: true });
  });

  test('a query in a transaction protects against phantoms', async () => {
    const { firestore } = database;
    const seats = firestore.collection('seats');
    const book = (id: string) =>
      firestore.runTransaction(async (transaction) => {
        const taken = await transaction.get(seats.where('row', '==', 1));
        if (taken.size > 0) return false;
        transaction.create(seats.doc(id), { row: 1 });
        return true;
      });
    const outcomes = await Promise.all([book('a'), book('b'), book('c')]);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await seats.get()).size).toBe(1);
  });

  test('what a transaction did not read does not disturb it', async () => {
    const { firestore } = database;
    const ref = firestore.doc('quiet/one');
    let attempts = 0;
    await firestore.runTransaction(async (transaction) => {
      attempts++;
      await transaction.get(ref);
      await firestore.doc('quiet/other').set({ v: FieldValue.increment(1) });
      transaction.set(ref, { v: 1 });
    });
    expect(attempts).toBe(1);
  });

  test('a read-only transaction reads one state, however long it takes', async () => {
    const { firestore } = database;
    const rows = firestore.collection('snapshot');
    for (const id of ['a', 'b', 'c']) await rows.doc(id).set({ v: 1, n: 1 });
    const seen = await firestore.runTransaction(
      async (transaction) => {
        const first = (await transaction.get(rows.doc('a'))).data();
        await rows.doc('a').update({ v: 2 });
        await rows.doc('b').delete();
        await rows.doc('d').set({ v: 1, n: 1 });
        const again = (await transaction.get(rows.doc('a'))).data();
        const found = await transaction.get(rows.where('v', '==', 1));
        const counted = await transaction.get(rows.where('v', '==', 1).count());
        return [first, again, found.docs.map(({ id }) => id), counted.data().count];
      },
      { readOnly: true },
    );
    expect(seen).toEqual([{ v: 1, n: 1 }, { v: 1, n: 1 }, ['a', 'b', 'c'], 3]);
    expect((await rows.where('v', '==', 1).get()).docs.map(({ id }) => id)).toEqual(['c', 'd']);
  });

  test('reads at a past time', async () => {
    const { firestore } = database;
    const ref = firestore.doc('past/one');
    const { writeTime } = await ref.set({ v: 1 });
    await ref.set({ v: 2 });
    await ref.delete();
    await ref.set({ v: 3 });
    const read = (readTime: typeof writeTime) =>
      firestore.runTransaction(async (t) => (await t.get(ref)).data(), { readOnly: true, readTime });
    expect(await read(writeTime)).toEqual({ v: 1 });
    expect((await ref.get()).data()).toEqual({ v: 3 });
  });

  test('a past time is the same for documents, queries, counts and lists; the future and the far past are refused', async () => {
    const { firestore, engine } = database;
    const rows = firestore.collection('timed');
    await rows.doc('a').set({ v: 1 });
    const { writeTime: readTime } = await rows.doc('b').set({ v: 1 });
    await rows.doc('a').delete();
    await rows.doc('b').set({ v: 2 });
    await rows.doc('c').set({ v: 1 });
    const at = (time: Timestamp) =>
      firestore.runTransaction(
        async (transaction) => {
          const documents = await transaction.getAll(rows.doc('a'), rows.doc('b'), rows.doc('c'));
          const found = await transaction.get(rows.where('v', '==', 1));
          const counted = await transaction.get(rows.count());
          return [
            documents.map(({ exists }) => exists),
            found.docs.map(({ id }) => id),
            counted.data().count,
          ];
        },
        { readOnly: true, readTime: time },
      );
    expect(await at(readTime)).toEqual([[true, true, false], ['a', 'b'], 2]);
    const page = await engine.service.listDocuments({
      parent: 'projects/test/databases/(default)/documents',
      collectionId: 'timed',
      readTime: { seconds: readTime.seconds, nanos: readTime.nanoseconds },
    });
    expect(page.documents.map(({ name }) => name.split('/').at(-1))).toEqual(['a', 'b']);
    const later = (seconds: number) => new Timestamp(readTime.seconds + seconds, 0);
    await expect(at(later(60))).rejects.toMatchObject({ code: 3 });
    await expect(at(later(-7200))).rejects.toMatchObject({ code: 9 });
  });

  test('a read-only transaction cannot write, a failed one leaves nothing', async () => {
    const { firestore } = database;
    const ref = firestore.doc('readonly/one');
    const read = await firestore.runTransaction(async (t) => (await t.get(ref)).exists, { readOnly: true });
    expect(read).toBe(false);
    await expect(
      firestore.runTransaction(async (transaction) => {
        await transaction.get(ref);
        transaction.set(ref, { v: 1 });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect((await ref.get()).exists).toBe(false);
  });
});
