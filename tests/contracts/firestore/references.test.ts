import { FieldPath } from '@google-cloud/firestore';
import { expect, test } from 'vitest';
import { contract } from './doors.ts';
import { ids, seed } from './support.ts';

contract('references', (world) => {
  test('collections and documents know where they are', () => {
    const { firestore } = world;
    const inner = firestore.collection('a/b/c');
    expect([inner.id, inner.path, inner.parent?.path]).toEqual(['c', 'a/b/c', 'a/b']);
    expect(inner.doc('d').parent.isEqual(inner)).toBe(true);
    expect(inner.doc().id).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(firestore.doc('a/b').collection('c').isEqual(inner)).toBe(true);
  });

  test('a document added under a generated id is read back', async () => {
    const reference = await world.collection().add({ n: 1 });
    const snapshot = await reference.get();
    expect(snapshot.data()).toEqual({ n: 1 });
    expect(snapshot.createTime).toEqual(snapshot.updateTime);
    expect(snapshot.readTime.valueOf() >= (snapshot.updateTime?.valueOf() ?? '~')).toBe(true);
  });

  test('several documents at once come in the order asked, whole or masked, missing ones too', async () => {
    const collection = await seed(world.collection(), { a: { x: 1, y: 2 }, b: { x: 3, z: { p: 1, q: 2 } } });
    const [b, none, a, again] = await world.firestore.getAll(
      collection.doc('b'),
      collection.doc('none'),
      collection.doc('a'),
      collection.doc('b'),
    );
    expect([b?.id, none?.exists, a?.data(), again?.id]).toEqual(['b', false, { x: 1, y: 2 }, 'b']);
    const masked = await world.firestore.getAll(collection.doc('a'), collection.doc('b'), {
      fieldMask: ['x', new FieldPath('z', 'q')],
    });
    expect(masked.map((snapshot) => snapshot.data())).toEqual([{ x: 1 }, { x: 3, z: { q: 2 } }]);
  });

  test('listing names documents that are missing but have something below them', async () => {
    const collection = await seed(world.collection(), { a: {}, 'b/below/x': {}, c: {}, 'c/below/y': {} });
    const listed = await collection.listDocuments();
    expect(listed.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    const found = await world.firestore.getAll(...listed);
    expect(found.map(({ exists }) => exists)).toEqual([true, false, true]);
    expect(await ids(collection)).toEqual(['a', 'c']);
  });

  test('lists longer than a page are whole and in order', async () => {
    const collection = world.collection();
    const names = Array.from({ length: 420 }, (_, n) => String(n).padStart(4, '0'));
    await seed(collection, Object.fromEntries(names.map((name) => [name, { name }])));
    await seed(collection, Object.fromEntries(names.map((name) => [`0000/sub${name}/x`, {}])));
    expect((await collection.listDocuments()).map(({ id }) => id)).toEqual(names);
    expect((await collection.doc('0000').listCollections()).map(({ id }) => id)).toEqual(
      names.map((name) => `sub${name}`),
    );
  });

  test('the collections of the database are listed as long as they hold documents', async () => {
    const firestore = world.client({ databaseId: 'collections' });
    await firestore.recursiveDelete(firestore.collection('kept'));
    await firestore.doc('kept/a').set({});
    await firestore.doc('gone/a').set({});
    await firestore.doc('gone/a').delete();
    expect((await firestore.listCollections()).map(({ path }) => path)).toEqual(['kept']);
  });

  test('names may be in any script, and hold what the path syntax does not use', async () => {
    const collection = world.collection();
    const names = ['доброе утро', '你好', '🙂', 'a b', "it's", '%2F', 'ä.b', '~', 'x\u0000y'];
    await seed(collection, Object.fromEntries(names.map((name) => [name, { name }])));
    for (const name of names) expect((await collection.doc(name).get()).get('name')).toBe(name);
    const below = collection.doc('你好').collection('вложенная');
    await below.add({ n: 1 });
    expect((await below.get()).size).toBe(1);
  });
});
