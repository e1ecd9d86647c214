import {
  type DocumentData,
  FieldValue,
  GeoPoint,
  type QueryDocumentSnapshot,
  Timestamp,
  type VectorValue,
} from '@google-cloud/firestore';
import { expect, test } from 'vitest';
import { contract } from './doors.ts';
import { Code } from './support.ts';

contract('values', (world) => {
  test('every type comes back as it was written', async () => {
    const { firestore } = world;
    const data = {
      text: 'grüß 🙂',
      empty: '',
      yes: true,
      no: false,
      nothing: null,
      integer: -42,
      large: 1_234_567_890_123,
      zero: 0,
      double: 0.1,
      tiny: Number.MIN_VALUE,
      huge: Number.MAX_VALUE,
      infinite: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      time: new Timestamp(479_978_400, 123_456_000),
      beginning: Timestamp.fromDate(new Date('0001-01-01T00:00:00Z')),
      end: Timestamp.fromDate(new Date('9999-12-31T23:59:59.999Z')),
      place: new GeoPoint(-90, 180),
      bytes: Buffer.from([0, 1, 255]),
      none: Buffer.alloc(0),
      list: [1, 'two', { three: [3] }, null],
      emptyList: [],
      map: { 'a.b': { '😀': {} }, constructor: 1, __proto: 2 },
    };
    const reference = world.collection().doc();
    await reference.set({ ...data, other: firestore.doc('some/other') });
    const { other, ...read } = (await reference.get()).data() ?? {};
    expect(read).toEqual(data);
    expect(other.path).toBe('some/other');
  });

  test('NaN stays NaN, minus zero stays apart from zero', async () => {
    const reference = world.collection().doc();
    await reference.set({ nan: Number.NaN, negative: -0 });
    const data = (await reference.get()).data();
    expect(data?.nan).toBeNaN();
    expect(Object.is(data?.negative, -0)).toBe(true);
  });

  test('integers beyond 2^53 are exact', async () => {
    const firestore = world.client({ useBigInt: true });
    const reference = world.collection(firestore).doc();
    const values = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
    await reference.set({ values });
    const read = (await reference.get()).data() ?? {};
    expect(read.values).toEqual(values);
    await reference.set(read);
    expect((await reference.get()).get('values')).toEqual(values);
  });

  test('timestamps are truncated to microseconds', async () => {
    const reference = world.collection().doc();
    await reference.set({ time: new Timestamp(1, 999_999_999), before: new Timestamp(-2, 1_999) });
    const data = (await reference.get()).data();
    expect(data).toEqual({ time: new Timestamp(1, 999_999_000), before: new Timestamp(-2, 1_000) });
  });

  test('vectors are a type of their own', async () => {
    const reference = world.collection().doc();
    await reference.create({ v: FieldValue.vector([0]), w: FieldValue.vector([1, 2, 3.99]) });
    await reference.update({ x: FieldValue.vector([-1, -200]) });
    const snapshot = await reference.get();
    const vectors = ['v', 'w', 'x'].map((field) => (snapshot.get(field) as VectorValue).toArray());
    expect(vectors).toEqual([[0], [1, 2, 3.99], [-1, -200]]);
  });

  test('the server sets its time, the same in every field of a write', async () => {
    const reference = world.collection().doc();
    const { writeTime } = await reference.set({ a: FieldValue.serverTimestamp(), keep: { b: 1 } });
    const first = (await reference.get()).get('a') as Timestamp;
    expect(first).toBeInstanceOf(Timestamp);
    expect(Math.abs(first.toMillis() - writeTime.toMillis())).toBeLessThanOrEqual(1000);
    await reference.update({ 'keep.c': FieldValue.serverTimestamp(), d: FieldValue.serverTimestamp() });
    const data = (await reference.get()).data() ?? {};
    expect(data).toEqual({ a: first, keep: { b: 1, c: data.d }, d: data.d });
    expect(data.d.valueOf() >= first.valueOf()).toBe(true);
    await reference.set({ e: { f: FieldValue.serverTimestamp() } }, { merge: true });
    expect((await reference.get()).get('e.f')).toBeInstanceOf(Timestamp);
  });

  test('numbers are incremented exactly, and hold at the ends of 64 bits', async () => {
    const firestore = world.client({ useBigInt: true });
    const reference = world.collection(firestore).doc();
    await reference.set({ n: 1, top: 2n ** 63n - 2n, text: 'x', half: 0.5 });
    const by = FieldValue.increment;
    await reference.update({ n: by(2), top: by(5), text: by(7), half: by(1), absent: by(-3) });
    await reference.set({ n: by(0.5) }, { merge: true });
    expect((await reference.get()).data()).toEqual({
      n: 3.5,
      top: 2n ** 63n - 1n,
      text: 7n,
      half: 1.5,
      absent: -3n,
    });
  });

  test('arrays take what they lack and lose all that equals', async () => {
    const reference = world.collection().doc();
    await reference.set({ a: ['x', 'x', 1], b: { c: ['p', 'q'] }, d: 'no list' });
    await reference.update({
      a: FieldValue.arrayUnion('y', 'x', 1.0, 'y', { k: 1 }),
      'b.c': FieldValue.arrayRemove('p', 'absent'),
      d: FieldValue.arrayUnion(1),
      e: FieldValue.arrayRemove(1),
    });
    expect((await reference.get()).data()).toEqual({
      a: ['x', 'x', 1, 'y', { k: 1 }],
      b: { c: ['q'] },
      d: [1],
      e: [],
    });
    await reference.update({ a: FieldValue.arrayRemove('x', { k: 1 }) });
    expect((await reference.get()).get('a')).toEqual([1, 'y']);
  });

  test('arrays do not hold arrays', async () => {
    const reference = world.collection().doc();
    const nested = { list: [[1]] } as DocumentData;
    await expect((async () => reference.set(nested))()).rejects.toThrow();
    expect((await reference.get()).exists).toBe(false);
  });

  // Over the network the transport has already replaced what is no Unicode.
  test.runIf(world.door === 'in process')('text is Unicode, in values and in names', async () => {
    const collection = world.collection();
    for (const broken of ['\ud800', 'a\udc00b']) {
      for (const write of [
        collection.doc('a').set({ text: broken }),
        collection.doc('a').set({ [broken]: 1 }),
        collection.doc(broken).set({}),
      ]) {
        await expect(write).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
      }
    }
    expect((await collection.get()).size).toBe(0);
  });

  test('a converter stands between the data and the program', async () => {
    const converter = {
      toFirestore: (value: { title: string }) => ({ stored: value.title }),
      fromFirestore: (snapshot: QueryDocumentSnapshot) => ({ title: String(snapshot.get('stored')) }),
    };
    const collection = world.collection().withConverter(converter);
    const reference = await collection.add({ title: 'post' });
    expect((await reference.get()).data()).toEqual({ title: 'post' });
    const found = await collection.where('stored', '==', 'post').get();
    expect(found.docs.map((snapshot) => snapshot.data().title)).toEqual(['post']);
  });

  test('values out of range are refused', async () => {
    const deep = Array.from({ length: 21 }).reduce<object>((inner) => ({ inner }), {});
    const reference = world.collection().doc();
    await expect((async () => reference.set(deep))()).rejects.toThrow();
    await expect(reference.set({ __reserved__: 1 })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
    });
  });
});
