import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOORS, openTestDatabase, type TestDatabase } from '../testing/testing.ts';

/** What one committed transaction saw and did: for each document, the transaction whose version it read. */
interface Committed {
  id: string;
  read: Map<string, string>;
  written: Set<string>;
}

/**
 * Whether the transactions can be put in one order that explains what all of them read. They can, when following
 * "must come before" never leads back: from a version's writer to its readers, and from its readers to the writer of
 * the next version. (Adya, Weak Consistency, 1999: the direct serialisation graph.)
 */
function isSerializable(history: readonly Committed[]): boolean {
  const nextWriter = new Map<string, string>();
  for (const { id, read, written } of history) {
    for (const document of written) {
      const version = `${document} after ${read.get(document)}`;
      // Two that replaced the same version: one update was lost.
      if (nextWriter.has(version)) return false;
      nextWriter.set(version, id);
    }
  }
  const before = new Map<string, Set<string>>(history.map(({ id }) => [id, new Set()]));
  for (const { id, read } of history) {
    for (const [document, version] of read) {
      before.get(version)?.add(id);
      const next = nextWriter.get(`${document} after ${version}`);
      if (next !== undefined && next !== id) before.get(id)?.add(next);
    }
  }
  const done = new Set<string>();
  const reaches = (id: string, path: Set<string>): boolean => {
    if (path.has(id)) return true;
    if (done.has(id)) return false;
    path.add(id);
    for (const next of before.get(id) ?? []) if (reaches(next, path)) return true;
    path.delete(id);
    done.add(id);
    return false;
  };
  return !history.some(({ id }) => reaches(id, new Set()));
}

const pause = async (turns: number) => {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe.each(DOORS)('concurrent transactions, %s', (door) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase({}, door);
  });
  afterAll(() => database.dispose());

  const documents = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 });
  const plan = fc.record({
    read: documents,
    write: documents,
    pauses: fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }),
  });

  test('every interleaving is equivalent to some order of the transactions', async () => {
    const { firestore } = database;
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 2, maxLength: 8 }), async (plans) => {
        const rows = firestore.collection(`runs/${run++}/rows`);
        const history: Committed[] = [];
        const execute = async ({ read, write, pauses }: (typeof plans)[number], n: number) => {
          await pause(pauses[0] ?? 0);
          const id = `t${n}`;
          // What is written is read as well, so that the order of the versions is known.
          const order = [...new Set([...read, ...write])];
          const seen = await firestore
            .runTransaction(
              async (transaction) => {
                const versions = new Map<string, string>();
                for (const [i, document] of order.entries()) {
                  await pause(pauses[i + 1] ?? 0);
                  const snapshot = await transaction.get(rows.doc(document));
                  versions.set(document, snapshot.get('by') ?? 'nobody');
                }
                for (const document of write) transaction.set(rows.doc(document), { by: id });
                return versions;
              },
              // A second attempt waits for a second: too long for a search.
              { maxAttempts: 1 },
            )
            .catch((error: { code: number }) => {
              expect(error.code).toBe(10);
              return undefined;
            });
          if (seen) history.push({ id, read: seen, written: new Set(write) });
        };
        await Promise.all(plans.map(execute));
        expect(history.length).toBeGreaterThan(0);
        expect(isSerializable(history)).toBe(true);
        // The last versions are those of the history.
        for (const { id } of (await rows.get()).docs) {
          const writers = new Set(history.filter(({ written }) => written.has(id)).map((t) => t.id));
          expect(writers).toContain((await rows.doc(id).get()).get('by'));
        }
      }),
      { numRuns: door === 'gRPC' ? 30 : 150 },
    );
  }, 60_000);

  test('a rule that every transaction checks by a query is never broken', async () => {
    const { firestore } = database;
    const lamps = firestore.collection('lamps');
    const seen: number[] = [];
    const stop = lamps.where('on', '==', true).onSnapshot(({ size }) => seen.push(size));
    const toggle = (n: number) =>
      firestore
        .runTransaction(
          async (transaction) => {
            await pause(n % 3);
            const { docs } = await transaction.get(lamps.where('on', '==', true));
            await pause(n % 2);
            for (const { ref } of docs) transaction.update(ref, { on: false });
            transaction.set(lamps.doc(`lamp${n % 5}`), { on: docs.length === 0 });
          },
          { maxAttempts: 1 },
        )
        .catch(() => undefined);
    await Promise.all(Array.from({ length: 60 }, (_, n) => toggle(n)));
    stop();
    expect(Math.max(...seen)).toBe(1);
  });
});

test('the checker itself finds a lost update, a circle of reads and a write skew', () => {
  const committed = (id: string, read: Record<string, string>, ...written: string[]) => ({
    id,
    read: new Map(Object.entries(read)),
    written: new Set(written),
  });
  const lostUpdate = [committed('t1', { a: 'nobody' }, 'a'), committed('t2', { a: 'nobody' }, 'a')];
  const circle = [
    committed('t1', { a: 't2', b: 'nobody' }, 'b'),
    committed('t2', { a: 'nobody', b: 't1' }, 'a'),
  ];
  const writeSkew = [
    committed('t1', { a: 'nobody', b: 'nobody' }, 'a'),
    committed('t2', { a: 'nobody', b: 'nobody' }, 'b'),
  ];
  const fine = [committed('t1', { a: 'nobody' }, 'a'), committed('t2', { a: 't1' }, 'a')];
  expect([lostUpdate, circle, writeSkew, fine].map(isSerializable)).toEqual([false, false, false, true]);
});
