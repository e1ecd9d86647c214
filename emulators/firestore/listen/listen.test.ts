import type { DocumentSnapshot, QuerySnapshot } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOORS, openTestDatabase, type TestDatabase } from '../testing/testing.ts';
import type { ListenResponse } from './listen-responses.ts';

/** Collects what a listener receives, and waits for the n-th. */
function collector<T>() {
  const received: T[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  return {
    push(value: T) {
      received.push(value);
      for (const { count, resolve } of waiting) if (received.length >= count) resolve();
    },
    async next(count: number): Promise<T> {
      if (received.length < count) {
        await new Promise<void>((resolve) => waiting.push({ count, resolve }));
      }
      return received[count - 1] as T;
    },
  };
}

const changes = (snapshot: QuerySnapshot) =>
  snapshot.docChanges().map(({ type, doc }) => `${type} ${doc.id}`);

describe.each(DOORS)('listeners, %s', (door) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase({}, door);
  });
  afterAll(() => database.dispose());

  test('a document: missing, created, changed, deleted', async () => {
    const ref = database.firestore.doc('watched/one');
    const seen = collector<DocumentSnapshot>();
    const stop = ref.onSnapshot((snapshot) => seen.push(snapshot));
    expect((await seen.next(1)).exists).toBe(false);
    await ref.set({ v: 1 });
    expect((await seen.next(2)).data()).toEqual({ v: 1 });
    await ref.update({ v: 2 });
    expect((await seen.next(3)).data()).toEqual({ v: 2 });
    await ref.delete();
    expect((await seen.next(4)).exists).toBe(false);
    stop();
  });

  test('a query: documents enter, change and leave', async () => {
    const rows = database.firestore.collection('rows');
    await rows.doc('a').set({ open: true });
    const seen = collector<QuerySnapshot>();
    const stop = rows.where('open', '==', true).onSnapshot((snapshot) => seen.push(snapshot));
    expect(changes(await seen.next(1))).toEqual(['added a']);
    await rows.doc('b').set({ open: true });
    expect(changes(await seen.next(2))).toEqual(['added b']);
    await rows.doc('a').update({ n: 1 });
    expect(changes(await seen.next(3))).toEqual(['modified a']);
    await rows.doc('a').update({ open: false });
    expect(changes(await seen.next(4))).toEqual(['removed a']);
    await rows.doc('b').delete();
    expect(changes(await seen.next(5))).toEqual(['removed b']);
    stop();
  });

  test('a limit: the window refills and shifts', async () => {
    const rows = database.firestore.collection('window');
    for (const n of [1, 2, 3]) await rows.doc(`r${n}`).set({ n });
    const seen = collector<QuerySnapshot>();
    const stop = rows
      .orderBy('n')
      .limit(2)
      .onSnapshot((snapshot) => seen.push(snapshot));
    expect((await seen.next(1)).docs.map(({ id }) => id)).toEqual(['r1', 'r2']);
    await rows.doc('r1').delete();
    expect((await seen.next(2)).docs.map(({ id }) => id)).toEqual(['r2', 'r3']);
    await rows.doc('r0').set({ n: 0 });
    expect((await seen.next(3)).docs.map(({ id }) => id)).toEqual(['r0', 'r2']);
    stop();
  });

  test('a batch arrives as one snapshot, also in a collection group', async () => {
    const { firestore } = database;
    const seen = collector<QuerySnapshot>();
    const stop = firestore.collectionGroup('leaves').onSnapshot((snapshot) => seen.push(snapshot));
    expect((await seen.next(1)).size).toBe(0);
    const batch = firestore.batch();
    batch.set(firestore.doc('trees/a/leaves/x'), {});
    batch.set(firestore.doc('trees/b/leaves/y'), {});
    await batch.commit();
    expect(changes(await seen.next(2))).toEqual(['added x', 'added y']);
    stop();
  });

  test('a query that is refused reports its error', async () => {
    const rows = database.firestore.collection('rows');
    const error = await new Promise<Error>((resolve) => {
      rows
        .where('open', '==', true)
        .orderBy('n')
        .onSnapshot(() => {}, resolve);
    });
    expect(error.message).toContain('requires an index');
  });

  test('a listener resumes after a restart with what it missed, and nothing else', async () => {
    const { firestore } = database;
    const rows = firestore.collection('resumed');
    for (const id of ['kept', 'changed', 'deleted', 'left']) await rows.doc(id).set({ open: true });
    const root = 'projects/test/databases/(default)/documents';
    const addTarget = {
      targetId: 7,
      query: {
        parent: root,
        structuredQuery: {
          from: [{ collectionId: 'resumed' }],
          where: {
            fieldFilter: { field: { fieldPath: 'open' }, op: 'EQUAL', value: { booleanValue: true } },
          },
        },
      },
    };
    const listen = (resumeToken?: Buffer) => {
      const sent: ListenResponse[] = [];
      const stream = database.engine.service.listen((response) => sent.push(response) > 0);
      stream.handle({
        database: 'projects/test/databases/(default)',
        addTarget: { ...addTarget, resumeToken },
      });
      stream.close();
      return sent;
    };
    const [last] = listen().slice(-1);
    const token = last && 'targetChange' in last ? last.targetChange.resumeToken : undefined;
    await rows.doc('changed').update({ n: 1 });
    await rows.doc('deleted').delete();
    await rows.doc('left').update({ open: false });
    await rows.doc('new').set({ open: true });
    await database.reopen();
    const resumed = listen(token).map((response) => {
      if ('documentChange' in response) return response.documentChange.document.name.split('/').at(-1);
      if ('documentDelete' in response)
        return `deleted ${response.documentDelete.document.split('/').at(-1)}`;
      if ('documentRemove' in response)
        return `removed ${response.documentRemove.document.split('/').at(-1)}`;
      if ('filter' in response) return `${response.filter.count} documents`;
      return response.targetChange.targetChangeType;
    });
    expect(resumed).toEqual([
      'ADD',
      'deleted deleted',
      'removed left',
      'changed',
      'new',
      '3 documents',
      'CURRENT',
      'NO_CHANGE',
    ]);
    expect(
      listen(Buffer.alloc(8)).some((r) => 'targetChange' in r && r.targetChange.targetChangeType === 'RESET'),
    ).toBe(true);
  });

  test('listeners go on when the connection or the database was away', async () => {
    if (door === 'in process') return;
    const ref = database.firestore.doc('watched/again');
    const seen = collector<DocumentSnapshot>();
    const stop = ref.onSnapshot((snapshot) => seen.push(snapshot));
    await seen.next(1);
    await database.reopen();
    await ref.set({ v: 1 });
    expect((await seen.next(2)).data()).toEqual({ v: 1 });
    stop();
  });
});
