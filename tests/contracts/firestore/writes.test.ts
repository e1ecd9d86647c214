import { FieldPath, FieldValue, type Timestamp } from '@google-cloud/firestore';
import { expect, test } from 'vitest';
import { contract } from './doors.ts';
import { Code, seed } from './support.ts';

contract('writes', (world) => {
  test('fields come and go through create, set, merge, update and delete', async () => {
    const reference = world.collection().doc();
    const steps: [() => Promise<unknown>, object | undefined][] = [
      [() => reference.create({ a: { b: 1 } }), { a: { b: 1 } }],
      [() => reference.set({}, { merge: true }), { a: { b: 1 } }],
      [() => reference.set({ a: { c: 2 } }, { merge: true }), { a: { b: 1, c: 2 } }],
      [() => reference.set({ a: { b: FieldValue.delete() } }, { merge: true }), { a: { c: 2 } }],
      [() => reference.set({ a: { d: 3 }, x: 1 }, { mergeFields: ['a.d'] }), { a: { c: 2, d: 3 } }],
      [() => reference.update({ 'a.c': FieldValue.delete(), 'e.f': [] }), { a: { d: 3 }, e: { f: [] } }],
      [() => reference.update({ e: { g: {} } }), { a: { d: 3 }, e: { g: {} } }],
      [() => reference.update('a', 1, new FieldPath('e', 'g.h'), 2), { a: 1, e: { g: {}, 'g.h': 2 } }],
      [() => reference.update({ a: FieldValue.delete(), e: FieldValue.delete() }), {}],
      [() => reference.set({ only: true }), { only: true }],
      [() => reference.delete(), undefined],
      [() => reference.delete(), undefined],
      [() => reference.set({ back: { again: null } }, { merge: true }), { back: { again: null } }],
    ];
    for (const [write, expected] of steps) {
      await write();
      expect((await reference.get()).data()).toEqual(expected);
    }
  });

  test('merging treats a dot in a key as part of the key, updating as a step down', async () => {
    const reference = world.collection().doc();
    await reference.set({ 'a.1': 'x', map: { 'b.1': 'x' } });
    await reference.set({ 'a.2': 'y', map: { 'b.2': 'y' } }, { merge: true });
    await reference.update({ 'map.c': 'z' });
    expect((await reference.get()).data()).toEqual({
      'a.1': 'x',
      'a.2': 'y',
      map: { 'b.1': 'x', 'b.2': 'y', c: 'z' },
    });
  });

  test('field names may hold whatever paths have to escape', async () => {
    const reference = world.collection().doc();
    const name = '!.\\`-é 0';
    await reference.set({ [name]: { [name]: 1 } });
    await reference.update(new FieldPath(name, name), 2);
    expect((await reference.get()).data()).toEqual({ [name]: { [name]: 2 } });
    expect((await reference.parent.where(new FieldPath(name, name), '==', 2).get()).size).toBe(1);
  });

  test('preconditions are refused with the codes of production', async () => {
    const collection = await seed(world.collection(), { there: { n: 1 } });
    const there = collection.doc('there');
    const missing = collection.doc('missing');
    const stale = (await there.get()).updateTime as Timestamp;
    await there.update({ n: 2 });
    await expect(there.create({})).rejects.toMatchObject({ code: Code.ALREADY_EXISTS });
    await expect(missing.update({ n: 1 })).rejects.toMatchObject({ code: Code.NOT_FOUND });
    await expect(missing.delete({ exists: true })).rejects.toMatchObject({ code: Code.NOT_FOUND });
    for (const write of [
      there.update({ n: 3 }, { lastUpdateTime: stale }),
      there.delete({ lastUpdateTime: stale }),
      missing.delete({ lastUpdateTime: stale }),
    ]) {
      await expect(write).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    }
    const { writeTime } = await there.update({ n: 4 });
    await there.update({ n: 5 }, { lastUpdateTime: writeTime });
    expect((await there.get()).get('n')).toBe(5);
    await there.delete({ exists: true });
    expect((await there.get()).exists).toBe(false);
  });

  test('a missing document is named in the refusal', async () => {
    const reference = world.collection().doc('nobody');
    await expect(reference.update({ n: 1 })).rejects.toThrow(
      `No document to update: ${world.root}/${reference.path}`,
    );
  });

  test('a batch is applied whole, in order, or not at all', async () => {
    const collection = world.collection();
    const batch = world.firestore.batch();
    batch.set(collection.doc('a'), { n: 1 });
    batch.update(collection.doc('a'), { n: FieldValue.increment(1), m: 1 });
    batch.create(collection.doc('b'), {});
    batch.delete(collection.doc('b'));
    batch.create(collection.doc('b'), { again: true });
    const results = await batch.commit();
    expect(results).toHaveLength(5);
    expect(new Set(results.map(({ writeTime }) => writeTime.valueOf())).size).toBe(1);
    const [a, b] = await world.firestore.getAll(collection.doc('a'), collection.doc('b'));
    expect([a?.data(), b?.data()]).toEqual([{ n: 2, m: 1 }, { again: true }]);
    const failing = world.firestore.batch();
    failing.set(collection.doc('c'), {});
    failing.create(collection.doc('a'), {});
    await expect(failing.commit()).rejects.toMatchObject({ code: Code.ALREADY_EXISTS });
    expect((await collection.doc('c').get()).exists).toBe(false);
  });

  test('an empty batch commits nothing', async () => {
    expect(await world.firestore.batch().commit()).toEqual([]);
  });

  test('commit times only grow, and a write that changes nothing keeps the update time', async () => {
    const reference = world.collection().doc();
    const times: string[] = [];
    for (let n = 0; n < 5; n++) times.push((await reference.set({ n })).writeTime.valueOf());
    expect(times).toEqual([...new Set(times)].sort());
    const before = await reference.get();
    await reference.set({ n: 4 });
    await reference.update({ n: 4 });
    const after = await reference.get();
    expect(after.updateTime?.valueOf()).toBe(before.updateTime?.valueOf());
    expect(after.createTime?.valueOf()).toBe(times[0]);
  });

  test('an error tells where the client called', async () => {
    const batch = world.firestore.batch();
    batch.set(world.collection().doc('__reserved__'), {});
    const error = await batch.commit().catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(error instanceof Error && error.stack).toContain('WriteBatch.commit');
  });
});
