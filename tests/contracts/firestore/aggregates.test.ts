import {
  AggregateField,
  type AggregateSpec,
  FieldPath,
  type Query,
  Timestamp,
} from '@google-cloud/firestore';
import { beforeAll, expect, test } from 'vitest';
import { contract } from './doors.ts';
import { Code, seed } from './support.ts';

const { count, sum, average } = AggregateField;
const read = async (query: Query, spec: AggregateSpec) => (await query.aggregate(spec).get()).data();

contract('aggregates', (world) => {
  let books = {} as FirebaseFirestore.CollectionReference;

  beforeAll(async () => {
    books = await seed(world.collection(), {
      a: { pages: 100, year: 1980, rating: 5, tags: ['x'], meta: { n: 1 } },
      b: { pages: 50, year: 2020, rating: 4.5, tags: ['y'], meta: { n: 2 } },
      c: { pages: 150, year: 2021, rating: '3', tags: ['x', 'y'] },
      d: { pages: 50, rating: 3 },
    });
  });

  /** Sum and average of a field with these values. */
  async function numbers(...values: unknown[]): Promise<unknown[]> {
    const documents = Object.fromEntries(values.map((v, n) => [`d${n}`, { v }]));
    const result = await read(await seed(world.collection(), documents), { s: sum('v'), a: average('v') });
    return [result.s, result.a];
  }

  test('count what a query finds, within its window', async () => {
    const counted = async (query: Query) => (await query.count().get()).data().count;
    expect(await counted(world.collection())).toBe(0);
    expect(await counted(books)).toBe(4);
    expect(await counted(books.where('pages', '==', 50))).toBe(2);
    expect(await counted(books.where('pages', '==', 51))).toBe(0);
    expect(await counted(books.limit(3))).toBe(3);
    expect(await counted(books.offset(3))).toBe(1);
    expect(await counted(books.orderBy('year'))).toBe(3);
    expect(await counted(books.orderBy('absent'))).toBe(0);
    expect(await counted(books.where('tags', 'array-contains-any', ['x', 'y']))).toBe(3);
    const b = await books.doc('b').get();
    expect(await counted(books.startAfter(b))).toBe(2);
    expect(await counted(books.startAt(b))).toBe(3);
    expect(await counted(books.endAt(b))).toBe(2);
    expect(await counted(books.orderBy(FieldPath.documentId()).endBefore(books.doc('b')))).toBe(1);
  });

  test('sum and average numbers, whatever else the field holds', async () => {
    expect(await read(books, { n: count(), s: sum('pages'), a: average('pages') })).toEqual({
      n: 4,
      s: 350,
      a: 87.5,
    });
    expect(await read(books, { n: count(), s: sum('rating'), a: average('rating') })).toEqual({
      n: 4,
      s: 12.5,
      a: 12.5 / 3,
    });
    expect(await read(books, { s: sum('tags'), a: average('tags') })).toEqual({ s: 0, a: null });
    expect(await read(books, { s: sum('meta.n'), a: average(new FieldPath('meta', 'n')) })).toEqual({
      s: 3,
      a: 1.5,
    });
    expect(await read(books.where('pages', '>', 999), { s: sum('pages'), a: average('pages') })).toEqual({
      s: 0,
      a: null,
    });
  });

  test('see documents that have all the fields they name', async () => {
    expect(await read(books, { n: count(), p: sum('pages'), y: average('year') })).toEqual({
      n: 3,
      p: 300,
      y: 2007,
    });
    expect(await read(books, { n: count(), none: sum('absent') })).toEqual({ n: 0, none: 0 });
  });

  test('follow the filters, orders and cursors of the query', async () => {
    const s = sum('pages');
    expect(await read(books.where('pages', '>', 50), { s })).toEqual({ s: 250 });
    expect(await read(books.where('pages', 'in', [50, 150]), { s })).toEqual({ s: 250 });
    expect(await read(books.orderBy('pages').startAfter(50), { s })).toEqual({ s: 250 });
    expect(await read(books.orderBy('pages').limit(2), { s })).toEqual({ s: 100 });
    const a = await books.doc('a').get();
    expect(await read(books.orderBy('pages').startAfter(a), { s })).toEqual({ s: 150 });
  });

  test('overflow into doubles, infinity and NaN', async () => {
    const max = Number.MAX_SAFE_INTEGER;
    expect(await numbers(max, 1, -101)).toEqual([max - 100, (max - 100) / 3]);
    expect(await numbers(2 ** 63, 2 ** 63)).toEqual([2 ** 64, 2 ** 63]);
    expect(await numbers(Number.MAX_VALUE, Number.MAX_VALUE)).toEqual([Infinity, Infinity]);
    expect(await numbers(-Number.MAX_VALUE, -1e293)).toEqual([-Infinity, -Infinity]);
    expect(await numbers(5, Number.NaN)).toEqual([Number.NaN, Number.NaN]);
    expect(await numbers(Number.MIN_VALUE)).toEqual([Number.MIN_VALUE, Number.MIN_VALUE]);
    expect(await numbers(Number.MIN_VALUE, 0)).toEqual([Number.MIN_VALUE, 0]);
    expect(await numbers(10, 9)).toEqual([19, 9.5]);
    expect(await numbers(4.5, 3.5)).toEqual([8, 4]);
    const exact = world.client({ useBigInt: true });
    const large = await seed(world.collection(exact), { a: { v: 2n ** 62n }, b: { v: 2n ** 62n - 1n } });
    expect(await read(large, { s: sum('v') })).toEqual({ s: 2n ** 63n - 1n });
    await large.doc('c').set({ v: 1n });
    expect(await read(large, { s: sum('v') })).toEqual({ s: 2 ** 63 });
  });

  test('answer under any name, up to five of them', async () => {
    const names = ['with.dots', 'with-un/su+pp[or]ted', '`ticks`', 'back\\slash', 'x'.repeat(15_000)];
    const result = await read(books, Object.fromEntries(names.map((alias) => [alias, count()])));
    expect(result).toEqual(Object.fromEntries(names.map((alias) => [alias, 4])));
    const six = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`a${n}`, count()]));
    await expect(read(books, six)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    await expect(read(books, six)).rejects.toThrow('maximum number of aggregations');
  });

  test('read in transactions and at past times', async () => {
    const { firestore } = world;
    expect((await firestore.runTransaction((t) => t.get(books.count()))).data().count).toBe(4);
    const collection = world.collection();
    const { writeTime } = await collection.doc().create({ n: 1 });
    await collection.doc().create({ n: 2 });
    const at = async (readTime: Timestamp) => {
      const snapshot = await firestore.runTransaction((t) => t.get(collection.count()), {
        readOnly: true,
        readTime,
      });
      return snapshot.data().count;
    };
    expect(await at(writeTime)).toBe(1);
    expect(await at(Timestamp.fromMillis(writeTime.toMillis() - 1))).toBe(0);
  });
});
