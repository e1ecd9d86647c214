import { FieldPath, FieldValue, GeoPoint, Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '../index.ts';
import { DOORS, openTestDatabase, type TestDatabase } from '../testing/testing.ts';

describe.each(DOORS)('documents, %s', (door) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase({}, door);
  });
  afterAll(() => database.dispose());

  test('every type of value comes back as it was written, from the cache and from disk', async () => {
    const { firestore } = database;
    const data = {
      null: null,
      yes: true,
      integer: -42,
      large: 9_007_199_254_740_991,
      double: 1.5,
      negativeZero: -0,
      infinity: Number.POSITIVE_INFINITY,
      text: 'grüß dich 🐘 \0 zero',
      empty: '',
      bytes: Buffer.from([0, 1, 255]),
      time: new Timestamp(-5, 123_456_000),
      point: new GeoPoint(52.5, -13.4),
      reference: firestore.doc('a/b/c/d'),
      list: [1, 'two', { three: [] }],
      map: { nested: { deep: [null] }, 'dotted.key': 1 },
      vector: FieldValue.vector([1, 2.5]),
    };
    const ref = firestore.doc('types/all');
    await ref.set(data);
    const read = async () => (await ref.get()).data();
    expect(await read()).toEqual(data);
    await database.reopen();
    expect(await read()).toEqual(data);
  });

  test('integers beyond 2^53 are exact', async () => {
    const { firestore } = database;
    const values = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
    await firestore.doc('types/big').set({ values });
    await database.reopen();
    const stream = await database.engine.service.batchGetDocuments({
      database: 'projects/test/databases/(default)',
      documents: ['projects/test/databases/(default)/documents/types/big'],
    });
    const list = stream[0]?.found?.fields.values;
    expect(
      list?.valueType === 'arrayValue' &&
        list.arrayValue.values.map((v) => v.valueType === 'integerValue' && BigInt(v.integerValue)),
    ).toEqual(values);
  });

  test('timestamps are truncated to microseconds', async () => {
    const ref = database.firestore.doc('types/time');
    await ref.set({ at: new Timestamp(1, 999_999_999) });
    expect((await ref.get()).get('at')).toEqual(new Timestamp(1, 999_999_000));
  });

  test('create, update and preconditions answer with the codes of production', async () => {
    const ref = database.firestore.doc('codes/one');
    await expect(ref.update({ a: 1 })).rejects.toMatchObject({ code: Code.NOT_FOUND });
    const { writeTime } = await ref.create({ a: 1 });
    await expect(ref.create({ a: 1 })).rejects.toMatchObject({ code: Code.ALREADY_EXISTS });
    await ref.update({ a: 2 }, { lastUpdateTime: writeTime });
    await expect(ref.update({ a: 3 }, { lastUpdateTime: writeTime })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
    });
    await expect(ref.delete({ exists: true })).resolves.toBeDefined();
    await expect(ref.delete({ exists: true })).rejects.toMatchObject({ code: Code.NOT_FOUND });
    await expect(ref.delete()).resolves.toBeDefined();
  });

  test('masks touch only what they name, and a write that changes nothing keeps its update time', async () => {
    const ref = database.firestore.doc('masks/one');
    await ref.set({ a: { b: 1, c: 2 }, d: 3, 'x.y': { z: 1 } });
    await ref.set({ a: { b: 9 } }, { merge: true });
    await ref.update('a.c', FieldValue.delete(), new FieldPath('x.y', 'z'), 7);
    const first = await ref.get();
    expect(first.data()).toEqual({ a: { b: 9 }, d: 3, 'x.y': { z: 7 } });
    await ref.update({ d: 3 });
    expect((await ref.get()).updateTime).toEqual(first.updateTime);
  });

  test('transforms apply in order after the update', async () => {
    const ref = database.firestore.doc('transforms/one');
    await ref.set({ n: 1, tags: ['a', 1] });
    await ref.update({
      n: FieldValue.increment(1.5),
      tags: FieldValue.arrayUnion('b', 1.0, 'a'),
      at: FieldValue.serverTimestamp(),
      fresh: FieldValue.increment(2),
    });
    await ref.update({ tags: FieldValue.arrayRemove('a') });
    const data = (await ref.get()).data();
    expect(data).toMatchObject({ n: 2.5, tags: [1, 'b'], fresh: 2 });
    expect(data?.at).toBeInstanceOf(Timestamp);
  });

  test('a batch is all or nothing', async () => {
    const { firestore } = database;
    const batch = firestore.batch();
    batch.set(firestore.doc('batch/a'), { v: 1 });
    batch.update(firestore.doc('batch/missing'), { v: 1 });
    await expect(batch.commit()).rejects.toMatchObject({ code: Code.NOT_FOUND });
    expect((await firestore.doc('batch/a').get()).exists).toBe(false);
  });

  test('one commit may delete and create a document again', async () => {
    const { firestore } = database;
    const ref = firestore.doc('again/one');
    await ref.set({ v: 1, same: true });
    const before = await ref.get();
    const batch = firestore.batch();
    batch.delete(ref);
    batch.create(ref, { v: 2, same: true });
    await batch.commit();
    const after = await ref.get();
    expect(after.data()).toEqual({ v: 2, same: true });
    expect(after.createTime?.valueOf()).not.toBe(before.createTime?.valueOf());
    expect((await firestore.collection('again').where('same', '==', true).get()).size).toBe(1);
  });

  test('listCollections, listDocuments and recursiveDelete see documents below missing parents', async () => {
    const { firestore } = database;
    await firestore.doc('tree/missing/leaves/one').set({ v: 1 });
    await firestore.doc('tree/present').set({ v: 1 });
    await firestore.doc('tree/present/leaves/two/more/three').set({ v: 1 });
    expect((await firestore.collection('tree').listDocuments()).map(({ id }) => id)).toEqual([
      'missing',
      'present',
    ]);
    expect((await firestore.doc('tree/present').listCollections()).map(({ id }) => id)).toEqual(['leaves']);
    expect((await firestore.listCollections()).map(({ id }) => id)).toContain('tree');
    await firestore.recursiveDelete(firestore.collection('tree'));
    expect(await firestore.collection('tree').listDocuments()).toEqual([]);
    expect((await firestore.listCollections()).map(({ id }) => id)).not.toContain('tree');
  });

  test('bulk writes fail one by one', async () => {
    const { firestore } = database;
    const writer = firestore.bulkWriter();
    writer.onWriteError(() => false);
    await firestore.doc('bulk/a').set({ v: 1 });
    const first = writer.create(firestore.doc('bulk/a'), { v: 2 });
    const second = writer.create(firestore.doc('bulk/b'), { v: 2 });
    const outcomes = Promise.allSettled([first, second]);
    await writer.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('index entries agree with the documents', () => {
    expect(database.engine.check()).toEqual({ ok: true, problems: [] });
  });
});
