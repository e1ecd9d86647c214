import { FieldValue } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from './testing.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.dispose());

describe('transactions', () => {
  test('concurrent increments by read and write lose nothing', async () => {
    const { firestore } = database;
    const ref = firestore.doc('counters/one');
    await ref.set({ n: 0 });
    const increment = () =>
      firestore.runTransaction(async (transaction) => {
        const snapshot = await transaction.get(ref);
        transaction.update(ref, { n: snapshot.get('n') + 1 });
      });
    await Promise.all(Array.from({ length: 4 }, increment));
    expect((await ref.get()).get('n')).toBe(4);
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
    expect(attempts).toBe(3);
    expect((await ref.get()).data()).toEqual({ first: true, second: true });
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
