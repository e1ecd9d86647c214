import { FieldPath, FieldValue, GeoPoint, type Query, Timestamp } from '@google-cloud/firestore';
import { beforeAll, expect, test } from 'vitest';
import { contract } from './doors.ts';
import { ids, seed } from './support.ts';

const name = FieldPath.documentId();

contract('order', (world) => {
  /** Values in the order that Firestore sorts them; a document's id is its place. */
  async function inOrder(values: unknown[], useBigInt = false): Promise<void> {
    const collection = world.collection(useBigInt ? world.client({ useBigInt }) : world.firestore);
    const places = values.map((_, place) => String(place).padStart(3, '0'));
    await seed(collection, Object.fromEntries(values.map((v, place) => [places[place] ?? '', { v }])));
    expect(await ids(collection.orderBy('v'))).toEqual(places);
    expect(await ids(collection.orderBy('v', 'desc'))).toEqual([...places].reverse());
    const middle = Math.floor(values.length / 2);
    expect(await ids(collection.orderBy('v').startAfter(values[middle]))).toEqual(places.slice(middle + 1));
    expect(await ids(collection.orderBy('v').endAt(values[middle]))).toEqual(places.slice(0, middle + 1));
  }

  test('types follow each other, values within them', () =>
    inOrder([
      null,
      false,
      true,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      -1.5,
      0,
      0.1,
      1,
      Number.POSITIVE_INFINITY,
      new Timestamp(-1, 0),
      new Timestamp(5, 1000),
      '',
      'A',
      'a',
      'a\u0000',
      'b',
      Buffer.from([]),
      Buffer.from([0]),
      Buffer.from([0, 1]),
      Buffer.from([1]),
      world.firestore.doc('a/a'),
      world.firestore.doc('a/a/b/b'),
      world.firestore.doc('a/b'),
      world.firestore.doc('aa/a'),
      new GeoPoint(-1, 5),
      new GeoPoint(1, -5),
      new GeoPoint(1, 5),
      [],
      [1],
      [1, 2, 3],
      [2],
      ['a'],
      FieldValue.vector([Number.NEGATIVE_INFINITY]),
      FieldValue.vector([100]),
      FieldValue.vector([1, 2]),
      FieldValue.vector([1, 3]),
      FieldValue.vector([0, 0, 0]),
      {},
      { A: 1 },
      { a: 1 },
      { a: 1, b: 0 },
      { a: 2 },
      { b: 0 },
    ]));

  test('integers and doubles interleave beyond 2^53', () =>
    inOrder(
      [
        -(2n ** 63n),
        -(2 ** 53) - 2,
        -(2n ** 53n) - 1n,
        2 ** 53,
        2n ** 53n + 1n,
        2 ** 53 + 2,
        2n ** 63n - 1n,
        2 ** 63,
      ],
      true,
    ));

  test('text sorts by its UTF-8 bytes, as a value, in arrays and maps, and as a key', async () => {
    const words = ['Sierpiński', 'Łukasiewicz', '你好', '你顥', '岩澤', '︒', 'Ｐ', '🄟', '🐵', '😀', '😁'];
    await inOrder(words);
    await inOrder(words.map((word) => [word]));
    await inOrder(words.map((word) => ({ word })));
    await inOrder(words.map((word) => ({ [word]: true })));
    const named = await seed(
      world.collection(),
      Object.fromEntries([...words].reverse().map((word) => [word, {}])),
    );
    expect(await ids(named.orderBy(name))).toEqual(words);
  });

  test('ids of the form __id7__ come first, by their number', async () => {
    const order = [
      '__id-9223372036854775808__',
      '__id-2__',
      '__id7__',
      '__id12__',
      '__id9223372036854775807__',
      '12',
      '7',
      'A',
      'Aa',
      '__id',
      '__id1_',
      '_id1__',
      'a',
    ];
    const collection = await seed(
      world.collection(),
      Object.fromEntries([...order].sort().map((id) => [id, {}])),
    );
    expect(await ids(collection)).toEqual(order);
    expect(await ids(collection.where(name, '>', '__id7__').where(name, '<=', '7'))).toEqual(
      order.slice(3, 7),
    );
    expect(await ids(collection.orderBy(name, 'desc').limit(2))).toEqual(['a', '_id1__']);
  });

  test('equal values are ordered by name, in the direction of the last order', async () => {
    const collection = await seed(world.collection(), { a: { v: 1 }, b: { v: 1 }, c: { v: 0 }, d: {} });
    expect(await ids(collection.orderBy('v'))).toEqual(['c', 'a', 'b']);
    expect(await ids(collection.orderBy('v', 'desc'))).toEqual(['b', 'a', 'c']);
    expect(await ids(collection.orderBy('v', 'desc').orderBy(name))).toEqual(['a', 'b', 'c']);
    expect(await ids(collection.orderBy('v').orderBy(name, 'desc'))).toEqual(['c', 'b', 'a']);
  });
});

contract('cursors and windows', (world) => {
  let rows = {} as FirebaseFirestore.CollectionReference;
  const byValue = (query: Query = rows) => query.orderBy('v');

  beforeAll(async () => {
    const documents = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`r${n}`, { v: n, w: n % 3, tags: ['t'] }]),
    );
    rows = await seed(world.collection(), documents);
  });

  test('a cursor includes or excludes its place', async () => {
    expect(await ids(byValue().startAt(8))).toEqual(['r8', 'r9']);
    expect(await ids(byValue().startAfter(8))).toEqual(['r9']);
    expect(await ids(byValue().endAt(1))).toEqual(['r0', 'r1']);
    expect(await ids(byValue().endBefore(1))).toEqual(['r0']);
    expect(await ids(byValue().startAt(7.5).endBefore('text'))).toEqual(['r8', 'r9']);
    expect(await ids(rows.orderBy('v', 'desc').startAfter(2))).toEqual(['r1', 'r0']);
  });

  test('a cursor may be a prefix of the order', async () => {
    const query = rows.orderBy('w').orderBy('v');
    expect(await ids(query.startAt(2))).toEqual(['r2', 'r5', 'r8']);
    expect(await ids(query.startAfter(2, 5))).toEqual(['r8']);
    expect(await ids(query.endBefore(0, 6))).toEqual(['r0', 'r3']);
    expect(await ids(rows.orderBy('w', 'desc').orderBy('v').startAt(1, 7))).toEqual([
      'r7',
      'r0',
      'r3',
      'r6',
      'r9',
    ]);
  });

  test('a document as cursor brings its whole order along', async () => {
    const snapshot = await rows.doc('r7').get();
    expect(await ids(rows.startAfter(snapshot))).toEqual(['r8', 'r9']);
    expect(await ids(rows.orderBy('w').startAfter(snapshot))).toEqual(['r2', 'r5', 'r8']);
    expect(await ids(rows.orderBy(name).endBefore(rows.doc('r2')))).toEqual(['r0', 'r1']);
  });

  test('limits and offsets cut windows from either end', async () => {
    expect(await ids(byValue().limit(2))).toEqual(['r0', 'r1']);
    expect(await ids(byValue().offset(8).limit(5))).toEqual(['r8', 'r9']);
    expect(await ids(byValue().offset(20))).toEqual([]);
    expect(await ids(byValue().limitToLast(2))).toEqual(['r8', 'r9']);
    expect(await ids(byValue().startAt(2).endAt(4).limitToLast(5))).toEqual(['r2', 'r3', 'r4']);
    expect(await ids(rows.limit(20))).toHaveLength(10);
  });

  test('pages that start after the last document cover everything once', async () => {
    const cover = async (query: Query) => {
      const pages: string[][] = [];
      for (let page = query.limit(3); ; ) {
        const { docs } = await page.get();
        if (docs.length === 0) return pages;
        pages.push(docs.map(({ id }) => id));
        page = query.limit(3).startAfter(docs.at(-1));
      }
    };
    const all = Array.from({ length: 10 }, (_, n) => `r${n}`);
    expect((await cover(byValue())).map(({ length }) => length)).toEqual([3, 3, 3, 1]);
    expect((await cover(rows.where('tags', 'array-contains', 't'))).flat()).toEqual(all);
    expect((await cover(rows.where('v', '>=', 1))).flat()).toEqual(all.slice(1));
    expect((await cover(rows.orderBy('w', 'desc'))).flat()).toHaveLength(10);
  });

  test('results can be streamed', async () => {
    const seen: string[] = [];
    for await (const document of byValue().offset(7).stream())
      seen.push((document as unknown as { id: string }).id);
    expect(seen).toEqual(['r7', 'r8', 'r9']);
    const empty: unknown[] = [];
    for await (const document of world.collection().stream()) empty.push(document);
    expect(empty).toEqual([]);
  });

  test('an empty result has a read time', async () => {
    const snapshot = await world.collection().get();
    expect([snapshot.empty, snapshot.size]).toEqual([true, 0]);
    expect(snapshot.readTime.toMillis()).toBeGreaterThan(0);
  });
});
