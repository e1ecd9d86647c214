import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WireQuery, WireTarget } from '../door/wire.ts';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';
import { TestClock } from '../testing/testing-clock.ts';
import { DOCUMENTS, Listener } from '../testing/testing-listener.ts';

let database: TestDatabase;
let clock: TestClock;
let listeners: Listener[];
beforeEach(async () => {
  clock = new TestClock();
  listeners = [];
  database = await openTestDatabase({ clock });
});
afterEach(async () => {
  for (const listener of listeners) listener.close();
  await database.dispose();
});

function open(): Listener {
  const listener = new Listener(database.engine);
  listeners.push(listener);
  return listener;
}

const set = (path: string, n: number) => database.firestore.doc(path).set({ n });
const remove = (path: string) => database.firestore.doc(path).delete();

/** A target: rows with n up to a number. */
function rows(targetId: number, upTo: number, more: WireTarget = {}, query: WireQuery = {}): WireTarget {
  const where = {
    fieldFilter: { field: { fieldPath: 'n' }, op: 'LESS_THAN_OR_EQUAL', value: { integerValue: upTo } },
  };
  const structuredQuery = { from: [{ collectionId: 'rows' }], where, ...query };
  return { targetId, query: { parent: DOCUMENTS, structuredQuery }, ...more };
}

const documents = (targetId: number, ...paths: string[]): WireTarget => ({
  targetId,
  documents: { documents: paths.map((path) => `${DOCUMENTS}/${path}`) },
});

describe('targets', () => {
  test('of one stream share it: each document is told once, with those it belongs to', async () => {
    await set('rows/a', 1);
    const listener = open();
    listener.add(rows(5, 2));
    listener.add(rows(9, 4));
    listener.add(documents(2, 'rows/a', 'rows/none'));
    expect(listener.take()).toEqual([
      ...['ADD 5', 'change a in 5', 'CURRENT 5', 'NO_CHANGE'],
      ...['ADD 9', 'change a in 9', 'CURRENT 9', 'NO_CHANGE'],
      ...['ADD 2', 'delete none from 2', 'change a in 2', 'CURRENT 2', 'NO_CHANGE'],
    ]);
    await set('rows/a', 3);
    expect(listener.take()).toEqual(['change a in 2,9 out 5', 'NO_CHANGE']);
    await set('rows/a', 5);
    expect(listener.take()).toEqual(['change a in 2 out 9', 'NO_CHANGE']);
    await set('rows/a', 0);
    expect(listener.take()).toEqual(['change a in 2,5,9', 'NO_CHANGE']);
    listener.remove(9);
    await remove('rows/a');
    expect(listener.take()).toEqual(['REMOVE 9', 'delete a from 2,5', 'NO_CHANGE']);
    await set('elsewhere/a', 1);
    expect(listener.take()).toEqual([]);
  });

  test('tell who left the results from who is gone, and who came back', async () => {
    for (const [id, n] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const)
      await set(`rows/${id}`, n);
    const listener = open();
    listener.add(rows(1, 2));
    listener.add(rows(2, 9, {}, { limit: 2, orderBy: [{ field: { fieldPath: 'n' } }] }));
    listener.take();
    await set('rows/a', 7);
    expect(listener.take()).toEqual(['remove a from 1,2', 'change c in 2', 'NO_CHANGE']);
    await set('rows/a', 0);
    expect(listener.take()).toEqual(['change a in 1,2', 'remove c from 2', 'NO_CHANGE']);
    await set('rows/d', 5);
    expect(listener.take()).toEqual([]);
    await remove('rows/a');
    expect(listener.take()).toEqual(['delete a from 1,2', 'change c in 2', 'NO_CHANGE']);
  });

  test('are numbered by the client or by the server', () => {
    const [own, served] = [open(), open()];
    own.add(rows(1, 1));
    own.add(rows(3, 1));
    own.add(rows(3, 1));
    own.add(rows(0, 1));
    own.add(rows(-1, 1));
    served.add(rows(0, 1));
    served.add(rows(0, 2));
    served.add(rows(7, 2));
    expect(own.take()).toEqual([
      ...[
        'ADD 1',
        'CURRENT 1',
        'NO_CHANGE',
        'ADD 3',
        'CURRENT 3',
        'NO_CHANGE',
        'REMOVE 3 code 3',
        'REMOVE 2 code 3',
        'REMOVE -1 code 3',
      ],
    ]);
    expect(served.take()).toEqual([
      ...['ADD 1', 'CURRENT 1', 'NO_CHANGE', 'ADD 2', 'CURRENT 2', 'NO_CHANGE', 'REMOVE 7 code 3'],
    ]);
  });

  test('that are wanted once end when they are current', async () => {
    await set('rows/a', 1);
    const listener = open();
    listener.add(rows(4, 2, { once: true }));
    await set('rows/a', 2);
    expect(listener.take()).toEqual(['ADD 4', 'change a in 4', 'CURRENT 4', 'NO_CHANGE', 'REMOVE 4']);
  });

  test('that are not valid are removed with the reason, and the others go on', async () => {
    const listener = open();
    listener.add(rows(1, 5));
    listener.take();
    const bad: [WireTarget, RegExp][] = [
      [{ targetId: 2 }, /addTarget/],
      [documents(2, 'rows'), /rows/],
      [{ targetId: 2, documents: { documents: ['projects/p/databases/d/documents/a/b'] } }, /database/],
      [rows(2, 1, {}, { from: [] }), /from/],
      [rows(2, 1, {}, { orderBy: [{ field: { fieldPath: 'n' } }, { field: { fieldPath: 'm' } }] }), /index/],
    ];
    for (const [target, reason] of bad) {
      listener.add(target);
      expect(listener.take()).toEqual([expect.stringMatching(/^REMOVE 2 code (3|9)$/)]);
      const last = listener.responses.at(-1);
      expect(last && 'targetChange' in last && last.targetChange.cause?.message).toMatch(reason);
    }
    listener.add(rows(2, 1), 'projects/other/databases/(default)');
    expect(listener.take()).toEqual(['REMOVE 2 code 3']);
    await set('rows/a', 1);
    expect(listener.take()).toEqual(['change a in 1', 'NO_CHANGE']);
  });
});

describe('resuming', () => {
  /** Whether a name is in the filter, worked out by the description of the format. */
  function contains(filter: { bits: { bitmap: Buffer; padding: number }; hashCount: number }, name: string) {
    const hash = createHash('md5').update(name).digest();
    const size = BigInt(filter.bits.bitmap.length * 8 - filter.bits.padding);
    return Array.from({ length: filter.hashCount }, (_, i) => {
      const sum = hash.readBigUInt64LE(0) + BigInt(i) * hash.readBigUInt64LE(8);
      const bit = Number((sum % 2n ** 64n) % size);
      return Math.floor((filter.bits.bitmap[Math.floor(bit / 8)] ?? 0) / 2 ** (bit % 8)) % 2 === 1;
    }).every(Boolean);
  }

  test('tells how many documents there are, and their names when the client wants them', async () => {
    for (let n = 0; n < 20; n++) await set(`rows/r${n}`, n);
    const before = open();
    before.add(rows(1, 100));
    await remove('rows/r3');
    before.take();
    const listener = open();
    listener.add(rows(1, 100, { resumeToken: before.token, expectedCount: { value: 20 } }));
    listener.add(rows(2, 100, { resumeToken: before.token }));
    expect(listener.take()).toEqual([
      ...['ADD 1', '19 documents in 1', 'CURRENT 1', 'NO_CHANGE'],
      ...['ADD 2', '19 documents in 2', 'CURRENT 2', 'NO_CHANGE'],
    ]);
    const filters = listener.responses.flatMap((r) => ('filter' in r ? r.filter : []));
    const [names, none] = filters.map(({ unchangedNames }) => unchangedNames);
    expect(none).toBeUndefined();
    if (!names) throw new Error('The filter has no names.');
    for (let n = 0; n < 20; n++) {
      if (n !== 3) expect(contains(names, `${DOCUMENTS}/rows/r${n}`)).toBe(true);
    }
    const others = Array.from({ length: 1000 }, (_, n) => `${DOCUMENTS}/others/${n}`);
    expect(others.filter((name) => contains(names, name)).length).toBeLessThan(50);
  });

  test('from a time; from one that is not known any more, or a token that is none, the client starts anew', async () => {
    const { writeTime } = await set('rows/a', 1);
    await set('rows/b', 1);
    await remove('rows/a');
    const { seconds, nanoseconds: nanos } = writeTime;
    const listener = open();
    listener.add(rows(1, 5, { readTime: { seconds, nanos } }));
    listener.add(rows(2, 5, { readTime: { seconds: seconds - 7200, nanos } }));
    listener.add(rows(3, 5, { resumeToken: Buffer.from('not ours') }));
    listener.add(rows(4, 5, { resumeToken: Buffer.from('x') }));
    expect(listener.take()).toEqual([
      ...['ADD 1', 'delete a from 1', 'change b in 1', '1 documents in 1', 'CURRENT 1', 'NO_CHANGE'],
      ...[2, 3, 4].flatMap((id) => [
        ...[`ADD ${id}`, `RESET ${id}`, `change b in ${id}`],
        ...[`1 documents in ${id}`, `CURRENT ${id}`, 'NO_CHANGE'],
      ]),
    ]);
  });

  test('a quiet stream says twice a minute until when the client is up to date', async () => {
    const listener = open();
    listener.add(rows(1, 5));
    await set('elsewhere/a', 1);
    listener.take();
    const before = listener.token;
    await clock.advance(60_000);
    expect(listener.take()).toEqual(['NO_CHANGE', 'NO_CHANGE']);
    expect(Buffer.compare(listener.token ?? Buffer.of(), before ?? Buffer.of())).toBe(1);
  });
});
