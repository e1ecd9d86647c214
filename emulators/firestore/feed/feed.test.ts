import { Timestamp } from '@google-cloud/firestore';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';

test('the feed holds the changes of the named documents in commit order, across restarts', async () => {
  const database = await openTestDatabase({ feed: ['tenants/{tenant}/changes/{id}'] });
  const { firestore } = database;
  const woken = new Promise<void>((resolve) => {
    database.engine.feed.onCommit(resolve);
  });
  const at = Timestamp.fromMillis(1000);
  await firestore.doc('tenants/t/changes/1').set({ n: 1, at });
  await firestore.doc('tenants/t/other/1').set({ n: 1 });
  await firestore.doc('tenants/t/changes/1').update({ n: 2 });
  await firestore.doc('tenants/t/changes/1').update({ n: 2 });
  await firestore.doc('tenants/t/changes/1').delete();
  await woken;
  const entries = database.engine.feed.read(0n, 10);
  expect(entries.map(({ path, before, after }) => ({ path, before, after }))).toEqual([
    { path: 'tenants/t/changes/1', before: undefined, after: { n: 1, at: new Date(1000) } },
    {
      path: 'tenants/t/changes/1',
      before: { n: 1, at: new Date(1000) },
      after: { n: 2, at: new Date(1000) },
    },
    { path: 'tenants/t/changes/1', before: { n: 2, at: new Date(1000) }, after: undefined },
  ]);
  await database.reopen();
  expect(database.engine.feed.read(entries[0]?.sequence ?? 0n, 1)).toEqual([entries[1]]);
  database.engine.feed.trim(entries[2]?.sequence ?? 0n);
  expect(database.engine.feed.read(0n, 10)).toEqual([entries[2]]);
  await database.dispose();
});

const DOCUMENTS = 'projects/test/databases/(default)/documents';

/** Opens a reader and says what it reads next. */
function reading(database: TestDatabase, patterns: string[], name = 'triggers') {
  const reader = database.engine.feed.reader(name, patterns);
  const next = (limit = 100) =>
    reader.read(limit).map((change) => {
      const kind = !change.before ? 'created' : change.after ? 'updated' : 'deleted';
      return `${kind} ${change.name.slice(DOCUMENTS.length + 1)}`;
    });
  return { reader, next };
}

describe('readers', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await openTestDatabase({ feed: ['log/{id}'] });
  });
  afterEach(() => database.dispose());

  test('carry whole documents before and after', async () => {
    const { firestore, engine } = database;
    const { reader } = reading(database, ['users/{user}']);
    const ref = firestore.doc('users/a');
    const fields = { bytes: Buffer.of(1, 2), at: new Timestamp(5, 7_000), ref, text: 'ä'.repeat(100) };
    const { writeTime: created } = await ref.set(fields);
    const { writeTime: updated } = await ref.update({ n: 1 });
    const { writeTime: deleted } = await ref.delete();
    const time = ({ seconds, nanoseconds: nanos }: Timestamp) => ({ seconds, nanos });
    const [first, second, third, ...more] = reader.read(10);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ name: `${DOCUMENTS}/users/a`, time: time(created) });
    expect(first?.before).toBeUndefined();
    expect(first?.after).toEqual({
      name: `${DOCUMENTS}/users/a`,
      createTime: time(created),
      updateTime: time(created),
      fields: {
        bytes: { valueType: 'bytesValue', bytesValue: Buffer.of(1, 2) },
        at: { valueType: 'timestampValue', timestampValue: { seconds: 5, nanos: 7_000 } },
        ref: { valueType: 'referenceValue', referenceValue: `${DOCUMENTS}/users/a` },
        text: { valueType: 'stringValue', stringValue: fields.text },
      },
    });
    expect(second?.before).toEqual(first?.after);
    expect(second?.after).toMatchObject({ createTime: time(created), updateTime: time(updated) });
    expect(third).toMatchObject({ before: second?.after, time: time(deleted) });
    expect(third?.after).toBeUndefined();
    expect(engine.feed.read(0n, 10)).toEqual([]);
  });

  test('see what their patterns cover, in commit order', async () => {
    const { firestore } = database;
    const one = reading(database, ['users/{user}', 'users/{user}/posts/*'], 'one');
    const deep = reading(database, ['users/{rest=**}'], 'deep');
    const fixed = reading(database, ['users/a'], 'fixed');
    const batch = firestore.batch();
    for (const path of ['users/a', 'users/a/posts/1', 'users/b', 'users/a/other/1', 'log/1', 'x/users']) {
      batch.set(firestore.doc(path), {});
    }
    await batch.commit();
    expect(one.next()).toEqual(['created users/a', 'created users/a/posts/1', 'created users/b']);
    expect(deep.next(2)).toEqual(['created users/a', 'created users/a/posts/1']);
    expect(deep.next()).toHaveLength(4);
    expect(fixed.next()).toEqual(['created users/a']);
    expect(database.engine.feed.read(0n, 10).map(({ path }) => path)).toEqual(['log/1']);
    expect(() => reading(database, ['users/{user}/posts'])).toThrow(/must name documents/);
  });

  test('go on where they were, also with what was committed before they were opened again', async () => {
    const { firestore } = database;
    const { reader, next } = reading(database, ['users/{user}']);
    for (const id of ['a', 'b', 'c']) await firestore.doc(`users/${id}`).set({});
    const [, second] = reader.read(10);
    reader.acknowledge(second?.cursor ?? 0n);
    expect(next()).toEqual(['created users/c']);
    await database.reopen();
    await firestore.doc('users/d').set({});
    const again = reading(database, ['users/{user}']);
    expect(again.next()).toEqual(['created users/c', 'created users/d']);
    database.engine.feed.forget('triggers');
    await firestore.doc('users/e').set({});
    expect(reading(database, ['users/{user}']).next()).toEqual([]);
  });

  test('entries stay until everybody has handled them, and not longer', async () => {
    const { firestore, engine } = database;
    const { reader, next } = reading(database, ['users/{user}']);
    const other = reading(database, ['nothing/{id}'], 'other');
    await firestore.doc('log/1').set({});
    await firestore.doc('users/a').set({});
    await firestore.doc('log/2').set({});
    const last = engine.feed.read(0n, 10).at(-1);
    engine.feed.trim((last?.sequence ?? 0n) + 1n);
    expect(next()).toEqual(['created users/a']);
    expect(other.next()).toEqual([]);
    reader.acknowledge(reader.read(1)[0]?.cursor ?? 0n);
    expect(next()).toEqual([]);
    engine.feed.trim((last?.sequence ?? 0n) + 1n);
    expect(engine.feed.read(0n, 10)).toEqual([]);
  });
});
