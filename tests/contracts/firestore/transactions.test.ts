import { expect, test } from 'vitest';
import { contract } from './doors.ts';
import { Code, ids, seed } from './support.ts';

contract('transactions', (world) => {
  test('read documents, masked ones, queries and aggregates', async () => {
    const collection = await seed(world.collection(), { a: { n: 1, m: 1 }, b: { n: 2, m: 2 } });
    const [a, b] = [collection.doc('a'), collection.doc('b')];
    const read = await world.firestore.runTransaction(async (transaction) => {
      const one = await transaction.get(a);
      const both = await transaction.getAll(a, b, { fieldMask: ['m'] });
      const found = await transaction.get(collection.where('n', '>', 1));
      const counted = await transaction.get(collection.count());
      return [one.get('n'), both.map((document) => document.data()), found.docs[0]?.id, counted.data().count];
    });
    expect(read).toEqual([1, [{ m: 1 }, { m: 2 }], 'b', 2]);
  });

  test('write all or nothing', async () => {
    const collection = await seed(world.collection(), { a: { n: 1 }, b: {} });
    await world.firestore.runTransaction(async (transaction) => {
      const { ref } = await transaction.get(collection.doc('a'));
      transaction.update(ref, { n: 2 }).delete(collection.doc('b')).create(collection.doc('c'), {});
    });
    expect(await ids(collection)).toEqual(['a', 'c']);
    const failing = world.firestore.runTransaction(async (transaction) => {
      transaction.set(collection.doc('d'), {}).create(collection.doc('a'), {});
    });
    await expect(failing).rejects.toMatchObject({ code: Code.ALREADY_EXISTS });
    expect(await ids(collection)).toEqual(['a', 'c']);
  });

  test('are not run again when their precondition fails', async () => {
    let attempts = 0;
    const failing = world.firestore.runTransaction(async (transaction) => {
      attempts++;
      transaction.update(world.collection().doc(), { n: 1 });
    });
    await expect(failing).rejects.toMatchObject({ code: Code.NOT_FOUND });
    expect(attempts).toBe(1);
  });

  test('lose no update that others make meanwhile', async () => {
    const reference = world.collection().doc();
    await reference.set({ n: 0 });
    const add = () =>
      world.firestore.runTransaction(async (transaction) => {
        const { n } = (await transaction.get(reference)).data() ?? {};
        transaction.update(reference, { n: n + 1 });
      });
    await Promise.all(Array.from({ length: 8 }, add));
    expect((await reference.get()).get('n')).toBe(8);
  });

  test('that only read see one state, now or in the past', async () => {
    const reference = world.collection().doc();
    const { writeTime } = await reference.set({ n: 1 });
    await reference.set({ n: 2 });
    const read = (options: { readOnly: true; readTime?: typeof writeTime }) =>
      world.firestore.runTransaction((transaction) => transaction.get(reference), options);
    expect((await read({ readOnly: true })).get('n')).toBe(2);
    expect((await read({ readOnly: true, readTime: writeTime })).get('n')).toBe(1);
  });

  test('cannot write when they only read', async () => {
    const collection = world.collection();
    const writing = world.firestore.runTransaction(
      async (transaction) => {
        await transaction.get(collection.doc('a'));
        transaction.set(collection.doc('a'), {});
      },
      { readOnly: true },
    );
    await expect(writing).rejects.toThrow();
    expect(await ids(collection)).toEqual([]);
  });
});
