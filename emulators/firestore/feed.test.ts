import { Timestamp } from '@google-cloud/firestore';
import { expect, test } from 'vitest';
import { openTestDatabase } from './testing.ts';

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
