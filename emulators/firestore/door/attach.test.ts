import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Firestore, Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.dispose());

/** The client library, loaded once more: its classes are not those of the engine's own copy. */
function anotherCopy(): typeof import('@google-cloud/firestore') {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@google-cloud/firestore');
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(dirname(entry))) delete require.cache[file];
  }
  return require(entry);
}

test('a client of another copy of the library works like one of its own', async () => {
  const library = anotherCopy();
  expect(library.Firestore).not.toBe(Firestore);
  const firestore = database.engine.attach(new library.Firestore({ projectId: 'test' }));
  const reference = firestore.doc('copies/a');
  await reference.set({ n: 1, at: library.FieldValue.serverTimestamp() });
  await firestore.runTransaction(async (transaction) => {
    const { n } = (await transaction.get(reference)).data() ?? {};
    transaction.update(reference, { n: n + 1 });
  });
  const data = (await reference.get()).data();
  expect(data).toMatchObject({ n: 2 });
  expect(data?.at).toBeInstanceOf(library.Timestamp);
  await expect(reference.create({})).rejects.toMatchObject({ code: 6 });
});

test('what is no client is refused', () => {
  expect(() => database.engine.attach({} as Firestore)).toThrow('Firestore client');
});

test('what a client does to what it read does not change the database', async () => {
  const reference = database.firestore.doc('private/a');
  await reference.set({ n: 1, list: [1, 2], map: { at: new Timestamp(1, 0) } });
  const read = (await reference.get()) as unknown as { _fieldsProto: Record<string, object> };
  for (const value of Object.values(read._fieldsProto))
    for (const key of Object.keys(value)) Reflect.deleteProperty(value, key);
  expect((await reference.get()).data()).toEqual({ n: 1, list: [1, 2], map: { at: new Timestamp(1, 0) } });
});
