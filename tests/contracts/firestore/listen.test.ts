import {
  type DocumentData,
  type DocumentSnapshot,
  FieldPath,
  FieldValue,
  type Query,
  type QuerySnapshot,
} from '@google-cloud/firestore';
import { expect, test } from 'vitest';
import { contract } from './doors.ts';
import { ids, seed } from './support.ts';

/** The snapshots of a listener, one by one. */
class Snapshots<T> {
  private readonly received: T[] = [];
  private readonly waiting: ((snapshot: T) => void)[] = [];
  readonly stop: () => void;

  constructor(listen: (next: (snapshot: T) => void) => () => void) {
    this.stop = listen((snapshot) => {
      const wake = this.waiting.shift();
      if (wake) wake(snapshot);
      else this.received.push(snapshot);
    });
  }

  next(): Promise<T> {
    const snapshot = this.received.shift();
    return snapshot ? Promise.resolve(snapshot) : new Promise((resolve) => this.waiting.push(resolve));
  }
}

const ofQuery = (query: Query) =>
  new Snapshots<QuerySnapshot<DocumentData>>((next) => query.onSnapshot(next));
const changes = (snapshot: QuerySnapshot) =>
  snapshot.docChanges().map(({ type, doc }) => `${type} ${doc.id}`);

contract('listeners', (world) => {
  test('a document is missing, there, changed and missing again', async () => {
    const reference = world.collection().doc();
    const snapshots = new Snapshots<DocumentSnapshot>((next) => reference.onSnapshot(next));
    expect((await snapshots.next()).exists).toBe(false);
    await reference.set({ n: 1 });
    const first = await snapshots.next();
    await reference.set({ n: 2 });
    const second = await snapshots.next();
    expect([first.get('n'), second.get('n')]).toEqual([1, 2]);
    expect(second.createTime).toEqual(first.createTime);
    expect((second.updateTime?.valueOf() ?? '') > (first.updateTime?.valueOf() ?? '')).toBe(true);
    expect(second.readTime.valueOf() > first.readTime.valueOf()).toBe(true);
    await reference.delete();
    expect((await snapshots.next()).exists).toBe(false);
    snapshots.stop();
  });

  test('a query tells what came, changed and left', async () => {
    const collection = world.collection();
    const snapshots = ofQuery(collection.where('in', '==', true));
    expect(changes(await snapshots.next())).toEqual([]);
    await collection.doc('a').set({ in: true });
    expect(changes(await snapshots.next())).toEqual(['added a']);
    await collection.doc('b').set({ in: true, v: FieldValue.vector([1, 2]) });
    const added = await snapshots.next();
    expect(added.docs.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(added.docs[1]?.get('v').toArray()).toEqual([1, 2]);
    await collection.doc('b').update({ n: 1 });
    expect(changes(await snapshots.next())).toEqual(['modified b']);
    await collection.doc('a').update({ in: false });
    expect(changes(await snapshots.next())).toEqual(['removed a']);
    await collection.doc('b').delete();
    const last = await snapshots.next();
    expect([changes(last), last.empty]).toEqual([['removed b'], true]);
    snapshots.stop();
  });

  test('a window shows its last documents in order', async () => {
    const collection = await seed(world.collection(), { a: { n: 1 }, b: { n: 2 }, c: { n: 3 } });
    const snapshots = ofQuery(collection.orderBy('n').limitToLast(2));
    expect((await snapshots.next()).docs.map(({ id }) => id)).toEqual(['b', 'c']);
    await collection.doc('d').set({ n: 4 });
    expect((await snapshots.next()).docs.map(({ id }) => id)).toEqual(['c', 'd']);
    snapshots.stop();
  });

  test('the client sorts as the server does', async () => {
    const documents = ['ä', 'z', '🐵', '︒', '__id7__', '__id12__', '12', '7'].map((id) => [
      id,
      { v: { [`key ${id}`]: [id] } },
    ]);
    const collection = await seed(world.collection(), Object.fromEntries(documents));
    for (const query of [collection.orderBy('v'), collection.orderBy(FieldPath.documentId())]) {
      const snapshots = ofQuery(query);
      expect((await snapshots.next()).docs.map(({ id }) => id)).toEqual(await ids(query));
      snapshots.stop();
    }
  });

  test('many listeners at once each get their own', async () => {
    const collection = world.collection();
    const listeners = Array.from({ length: 120 }, (_, n) => ofQuery(collection.where('n', '>', n)));
    expect(
      (await Promise.all(listeners.map((listener) => listener.next()))).every(({ empty }) => empty),
    ).toBe(true);
    await collection.doc('a').set({ n: 1000 });
    const found = await Promise.all(listeners.map((listener) => listener.next()));
    expect(found.map(({ size }) => size)).toEqual(listeners.map(() => 1));
    for (const listener of listeners) listener.stop();
  });
});
