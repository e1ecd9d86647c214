import { expect, test } from 'vitest';
import { contract } from './doors.ts';
import { seed } from './support.ts';

contract('clients', (world) => {
  test('that are terminated make no more calls', async () => {
    const client = world.client();
    const collection = world.collection(client);
    await collection.doc('a').set({ n: 1 });
    await client.terminate();
    for (const call of [
      () => collection.doc('a').set({ n: 2 }),
      () => collection.doc('a').listCollections(),
      () => client.batch().delete(collection.doc('a')).commit(),
    ]) {
      await expect(call()).rejects.toThrow('The client has already been terminated');
    }
    expect((await world.firestore.doc(collection.doc('a').path).get()).get('n')).toBe(1);
  });

  test('are not terminated while they listen or write', async () => {
    const client = world.client();
    const reference = world.collection(client).doc();
    const unsubscribe = reference.onSnapshot(() => {});
    await expect(client.terminate()).rejects.toMatch('1 active listeners and 0 open BulkWriter');
    unsubscribe();
    const writer = client.bulkWriter();
    void writer.set(reference, {});
    await expect(client.terminate()).rejects.toMatch('0 active listeners and 1 open BulkWriter');
    await writer.close();
    await client.terminate();
  });

  test('of one database see the same data, of others their own', async () => {
    const [one, two] = [world.client(), world.client()];
    const named = world.client({ databaseId: 'second' });
    const other = world.client({ projectId: 'other-project' });
    const path = `${world.collection().path}/a`;
    await one.doc(path).set({ from: 'one' });
    await named.doc(path).set({ from: 'named' });
    const read = async (client: typeof one) => (await client.doc(path).get()).get('from');
    expect([await read(one), await read(two), await read(named), await read(other)]).toEqual([
      'one',
      'one',
      'named',
      undefined,
    ]);
    const group = named.collectionGroup(path.split('/')[0] ?? '');
    expect((await group.get()).docs.map((document) => document.get('from'))).toEqual(['named']);
    expect((await named.doc(path).get()).ref.firestore.databaseId).toBe('second');
  });

  test('in great number work side by side', async () => {
    const clients = Array.from({ length: 8 }, () => world.client());
    const path = world.collection().path;
    await Promise.all(
      clients.flatMap((client, i) =>
        Array.from({ length: 25 }, (_, n) => client.doc(`${path}/${i}-${n}`).create({ i, n })),
      ),
    );
    const counts = await Promise.all(
      clients.map(async (client) => (await client.collection(path).get()).size),
    );
    expect(counts).toEqual(clients.map(() => 200));
  });

  test('read large results, whole and streamed', async () => {
    const collection = world.collection();
    const text = 'x'.repeat(2000);
    await seed(
      collection,
      Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`d${n}`, { n, text }])),
    );
    const snapshot = await collection.get();
    expect(snapshot.size).toBe(1000);
    let streamed = 0;
    for await (const document of collection.stream()) streamed += String(document).length > 0 ? 1 : 0;
    expect(streamed).toBe(1000);
  });
});

contract('large documents', (world) => {
  test('are read, queried, listened to and changed like others', async () => {
    const collection = world.collection();
    const text = '🚀a'.repeat(200_000);
    await collection.doc('a').set({ text });
    await collection.doc('b').set({ text: 'x'.repeat(1_000_000) });
    expect((await collection.doc('a').get()).get('text')).toBe(text);
    const page = collection.where('__name__', 'in', ['a', 'b']).orderBy('__name__').limit(1);
    const [first] = (await page.get()).docs;
    expect((await page.startAfter(first).get()).docs.map(({ id }) => id)).toEqual(['b']);
    const seen = await new Promise<unknown>((resolve, reject) => {
      const unsubscribe = collection.doc('a').onSnapshot((snapshot) => {
        unsubscribe();
        resolve(snapshot.get('text'));
      }, reject);
    });
    expect(seen).toBe(text);
    await world.firestore.runTransaction(async (transaction) => {
      const snapshot = await transaction.get(collection.doc('a'));
      transaction.update(snapshot.ref, { length: snapshot.get('text').length });
    });
    expect((await collection.doc('a').get()).get('length')).toBe(text.length);
  });
});
