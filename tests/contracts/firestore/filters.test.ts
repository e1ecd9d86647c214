import { FieldPath, type WhereFilterOp } from '@google-cloud/firestore';
import { beforeAll, expect, test } from 'vitest';
import { contract } from './doors.ts';
import { ids, seed } from './support.ts';

const DOCUMENTS = {
  array: { v: [1, 2] },
  big: { v: 100 },
  deep: { v: ['1', { v: 1 }] },
  listed: { v: [Number.NaN, null] },
  map: { v: { code: 5 } },
  missing: { other: 1 },
  nan: { v: Number.NaN },
  null: { v: null },
  one: { v: 1 },
  text: { v: '1' },
  true: { v: true },
};

contract('filters', (world) => {
  let collection = {} as FirebaseFirestore.CollectionReference;
  const found = (op: WhereFilterOp, value: unknown) => ids(collection.where('v', op, value));

  beforeAll(async () => {
    collection = await seed(world.collection(), DOCUMENTS);
  });

  test('equality tells types apart, but not integers from doubles', async () => {
    expect(await found('==', 1)).toEqual(['one']);
    expect(await found('==', '1')).toEqual(['text']);
    expect(await found('==', [1, 2])).toEqual(['array']);
    expect(await found('==', { code: 5 })).toEqual(['map']);
    expect(await found('==', null)).toEqual(['null']);
    expect(await found('==', Number.NaN)).toEqual(['nan']);
    await collection.doc('one').update({ v: 1.0 });
    expect(await found('==', 1)).toEqual(['one']);
  });

  test('ranges find values of their own type', async () => {
    expect(await found('>', 0)).toEqual(['one', 'big']);
    expect(await found('<=', 1)).toEqual(['one']);
    expect(await found('>=', '')).toEqual(['text']);
    expect(await found('<', true)).toEqual([]);
    expect(await found('>=', [])).toEqual(['array', 'deep', 'listed'].sort(byList));
    expect(await found('>', {})).toEqual(['map']);
  });

  test('unequal finds what has another value, in the order of the values', async () => {
    const all = ['true', 'nan', 'one', 'big', 'text', ...['listed', 'array', 'deep'].sort(byList), 'map'];
    expect(await found('!=', 1)).toEqual(all.filter((id) => id !== 'one'));
    expect(await found('!=', null)).toEqual(all);
    expect(await found('!=', Number.NaN)).toEqual(all.filter((id) => id !== 'nan'));
    expect(await found('!=', { code: 5 })).toEqual(all.filter((id) => id !== 'map'));
    expect(await found('not-in', [1, '1', [1, 2]])).toEqual(
      all.filter((id) => !['one', 'text', 'array'].includes(id)),
    );
    expect(await found('not-in', [Number.NaN, 1])).toEqual(all.filter((id) => !['nan', 'one'].includes(id)));
    expect(await found('not-in', [null])).toEqual([]);
    expect(await found('not-in', [1, null])).toEqual([]);
  });

  test('one of a list may be an array or a map; null and NaN in it match nothing', async () => {
    expect(await found('in', [1, 100, [1, 2]])).toEqual(['array', 'big', 'one']);
    expect(await found('in', [{ code: 5 }, 'absent'])).toEqual(['map']);
    expect(await found('in', [null])).toEqual([]);
    expect(await found('in', [Number.NaN])).toEqual([]);
    expect(await found('in', [1, null, Number.NaN])).toEqual(['one']);
    expect(
      await found(
        'in',
        Array.from({ length: 30 }, (_, n) => n),
      ),
    ).toEqual(['one']);
  });

  test('an array is found by what it contains, null and NaN aside', async () => {
    expect(await found('array-contains', 2)).toEqual(['array']);
    expect(await found('array-contains', { v: 1 })).toEqual(['deep']);
    expect(await found('array-contains-any', [2, '1', 'absent'])).toEqual(['array', 'deep']);
    expect(await found('array-contains-any', [null, Number.NaN])).toEqual([]);
    expect(await found('array-contains-any', [1, null])).toEqual(['array']);
  });

  test('names are compared as ids or as references', async () => {
    const name = FieldPath.documentId();
    expect(await ids(collection.where(name, '==', 'map'))).toEqual(['map']);
    expect(await ids(collection.where(name, '>', 'null').where(name, '<=', collection.doc('text')))).toEqual([
      'one',
      'text',
    ]);
    expect(await ids(collection.where(name, 'in', ['true', collection.doc('big'), 'absent']))).toEqual([
      'big',
      'true',
    ]);
    const others = await ids(collection.where(name, 'not-in', ['array', collection.doc('big')]));
    expect(others).toEqual(Object.keys(DOCUMENTS).sort().slice(2));
    expect(await ids(collection.where(name, '!=', 'array').limit(1))).toEqual(['big']);
  });

  test('filters on several fields hold together', async () => {
    expect(await ids(collection.where('v', '==', null).where('other', '==', 1))).toEqual([]);
    const pairs = await seed(world.collection(), {
      a: { x: Number.NaN, y: null, tags: ['p'] },
      b: { x: 1, y: null, tags: ['p', 'q'] },
    });
    expect(await ids(pairs.where('x', '==', Number.NaN).where('y', '==', null))).toEqual(['a']);
    expect(await ids(pairs.where('tags', 'array-contains', 'q').where('x', '>', 0))).toEqual(['b']);
    expect(await ids(pairs.where('x', '==', 1).where('x', '==', 2))).toEqual([]);
  });

  test('a projection returns what it names, and the name alone', async () => {
    const shaped = await seed(world.collection(), { a: { x: 1, y: { p: 1, q: 2 }, 'z.z': 3 } });
    const read = async (...fields: (string | FieldPath)[]) =>
      (await shaped.select(...fields).get()).docs[0]?.data();
    expect(await read('x')).toEqual({ x: 1 });
    expect(await read('y.q', new FieldPath('z.z'), 'absent')).toEqual({ y: { q: 2 }, 'z.z': 3 });
    expect(await read()).toEqual({});
    expect(await read(FieldPath.documentId())).toEqual({});
  });
});

/** Arrays compare element by element: '1' is after numbers, NaN before them. */
function byList(a: string, b: string): number {
  const order = ['listed', 'array', 'deep'];
  return order.indexOf(a) - order.indexOf(b);
}
