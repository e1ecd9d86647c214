import {
  type CollectionReference,
  FieldPath,
  type Query,
  type QueryPartition,
} from '@google-cloud/firestore';
import { beforeAll, expect, test } from 'vitest';
import { contract } from './doors.ts';
import { ids, seed } from './support.ts';

const name = FieldPath.documentId();

contract('collection groups', (world) => {
  let group = '';
  const query = (): Query => world.firestore.collectionGroup(group);

  beforeAll(async () => {
    group = `b${world.collection().id}`;
    const batch = world.firestore.batch();
    for (const path of [
      `a/a/${group}/1`,
      `a/b/a/b/${group}/2`,
      `a/b/${group}/3`,
      `a/b/c/d/${group}/4`,
      `a/c/${group}/5`,
      `${group}/6`,
      `${group}/6/inner/no`,
      `${group}x/no`,
      `a/b/x${group}/no`,
      `a/${group}`,
    ]) {
      batch.set(world.firestore.doc(path), { n: Number(path.at(-1)) || 0, x: 1 });
    }
    await batch.commit();
  });

  test('hold all collections of one id, in the order of their paths', async () => {
    expect(await ids(query().orderBy(name))).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(await ids(query().where('n', '>', 2).orderBy('n', 'desc'))).toEqual(['6', '5', '4', '3']);
    expect(await ids(query().where('x', '==', 1).limit(2))).toEqual(['1', '2']);
  });

  test('are cut by paths that need not exist', async () => {
    const ordered = query().orderBy(name);
    expect(await ids(ordered.startAt('a/b').endAt('a/b0'))).toEqual(['2', '3', '4']);
    expect(await ids(ordered.startAfter('a/b').endBefore(`a/b/${group}/3`))).toEqual(['2']);
    expect(await ids(query().where(name, '>=', 'a/b').where(name, '<=', 'a/b0'))).toEqual(['2', '3', '4']);
    expect(await ids(query().where(name, '>', 'a/b').where(name, '<', `a/b/${group}/3`))).toEqual(['2']);
  });

  test('are counted and summed', async () => {
    expect((await query().count().get()).data().count).toBe(6);
  });
});

contract('partitions', (world) => {
  const DOCUMENTS = 400;
  let group = {} as FirebaseFirestore.CollectionGroup;

  beforeAll(async () => {
    const collection = world.collection();
    group = world.firestore.collectionGroup(collection.id);
    await seed(collection, Object.fromEntries(Array.from({ length: DOCUMENTS }, (_, n) => [`d${n}`, { n }])));
  });

  async function divide(count: number): Promise<QueryPartition[]> {
    const parts: QueryPartition[] = [];
    for await (const part of group.getPartitions(count)) parts.push(part);
    return parts;
  }

  test('adjoin and hold every document once', async () => {
    const parts = await divide(3);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.length).toBeLessThanOrEqual(3);
    expect([parts[0]?.startAt, parts.at(-1)?.endBefore]).toEqual([undefined, undefined]);
    for (const [i, part] of parts.slice(1).entries()) expect(part.startAt).toEqual(parts[i]?.endBefore);
    const found = await Promise.all(parts.map((part) => ids(part.toQuery())));
    expect(new Set(found.flat()).size).toBe(DOCUMENTS);
    expect(found.flat()).toHaveLength(DOCUMENTS);
  });

  test('of nothing are one', async () => {
    group = world.firestore.collectionGroup(world.collection().id);
    const parts = await divide(3);
    expect(parts.map(({ startAt, endBefore }) => [startAt, endBefore])).toEqual([[undefined, undefined]]);
  });
});

contract('recursive deletion', (world) => {
  async function family(): Promise<CollectionReference> {
    return seed(world.collection(), {
      anna: {},
      bob: {},
      'bob/children/carl': {},
      'bob/children/dora': {},
      'bob/children/dora/children/ed': {},
      'bob/children/dora/children/fay': {},
      'gone/children/gil': {},
    });
  }

  async function count(collection: CollectionReference): Promise<number> {
    let total = 0;
    for (const reference of await collection.listDocuments()) {
      total++;
      for (const below of await reference.listCollections()) total += await count(below);
    }
    return total;
  }

  test('of a collection takes all that is below it, and nothing beside it', async () => {
    const [one, two] = [await family(), await family()];
    expect(await count(one)).toBe(8);
    await world.firestore.recursiveDelete(one.doc('bob').collection('children'));
    expect(await count(one)).toBe(4);
    await world.firestore.recursiveDelete(one);
    expect([await count(one), await count(two)]).toEqual([0, 8]);
  });

  test('of a document takes the document too', async () => {
    const collection = await family();
    await world.firestore.recursiveDelete(collection.doc('bob/children/dora'));
    expect(await count(collection)).toBe(5);
    await world.firestore.recursiveDelete(collection.doc('anna'));
    expect(await count(collection)).toBe(4);
  });

  test('tells the writer that was given', async () => {
    const writer = world.firestore.bulkWriter();
    let deleted = 0;
    writer.onWriteResult(() => deleted++);
    await world.firestore.recursiveDelete(await family(), writer);
    await writer.close();
    expect(deleted).toBe(7);
  });
});
