import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from './testing.ts';
import { TestClock } from './testing-clock.ts';
import type { WireFilter, WireTransactionOptions } from './wire.ts';

const DATABASE = 'projects/test/databases/(default)';
const nameOf = (path: string) => `${DATABASE}/documents/${path}`;
const fieldsOf = (n: number) => ({ n: { integerValue: n } });

let clock: TestClock;
let database: TestDatabase;

beforeEach(async () => {
  clock = new TestClock();
  database = await openTestDatabase({ clock });
});
afterEach(() => database.dispose());

function set(path: string, n: number) {
  return { update: { name: nameOf(path), fields: fieldsOf(n) } };
}

/** Drives one transaction through the service, one call at a time. */
class Client {
  token: Buffer;

  constructor(options?: WireTransactionOptions) {
    this.token = database.engine.service.beginTransaction({ database: DATABASE, options }).token;
  }

  async read(path: string): Promise<number | undefined> {
    const { service } = database.engine;
    const [response] = await service.batchGetDocuments({
      database: DATABASE,
      documents: [nameOf(path)],
      transaction: this.token,
    });
    const value = response?.found?.fields.n;
    return value?.valueType === 'integerValue' ? Number(value.integerValue) : undefined;
  }

  /** Documents of `rows` with n up to a number, in the order of n. */
  async query(upTo: number, limit?: number): Promise<string[]> {
    const where: WireFilter = {
      fieldFilter: { field: { fieldPath: 'n' }, op: 'LESS_THAN_OR_EQUAL', value: { integerValue: upTo } },
    };
    const responses = await database.engine.service.runQuery({
      parent: `${DATABASE}/documents`,
      structuredQuery: { from: [{ collectionId: 'rows' }], where, limit },
      transaction: this.token,
    });
    return [...responses].flatMap(({ document }) => document?.name.split('/').at(-1) ?? []);
  }

  commit(...writes: object[]) {
    return outcome(database.engine.service.commit({ database: DATABASE, writes, transaction: this.token }));
  }

  rollback(): void {
    database.engine.service.rollback({ transaction: this.token });
  }
}

/** What became of a call: `done`, the error it ended with, or nothing yet. */
function outcome(call: Promise<unknown>) {
  const state: { now: string; end: Promise<string> } = { now: 'waiting', end: Promise.resolve('') };
  state.end = call.then(
    () => 'done',
    (error: Error) => error.message,
  );
  void state.end.then((end) => {
    state.now = end;
  });
  return state;
}

const write = (path: string, n: number) =>
  outcome(database.engine.service.commit({ database: DATABASE, writes: [set(path, n)] }));

/** Whatever could be done by now is done: later commits were applied and answered. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await write(`elsewhere/${i}`, i).end;
}

const CONTENTION = /^10 ABORTED: Aborted due to cross-transaction contention/;
const TOO_LONG = /^10 ABORTED: Too much contention on these documents/;
const EXPIRED = /^3 INVALID_ARGUMENT: The referenced transaction has expired or is no longer valid/;

describe('writers wait for readers', () => {
  test('until they commit or roll back, and no longer', async () => {
    await write('rows/a', 1).end;
    const [first, second] = [new Client(), new Client()];
    expect(await first.read('rows/a')).toBe(1);
    const blocked = write('rows/a', 2);
    const batch = outcome(
      database.engine.service.batchWrite({ database: DATABASE, writes: [set('rows/a', 3)] }),
    );
    await settled();
    expect([blocked.now, batch.now]).toEqual(['waiting', 'waiting']);
    expect(await first.read('rows/a')).toBe(1);
    expect(await first.commit(set('rows/b', 1)).end).toBe('done');
    expect([await blocked.end, await batch.end]).toEqual(['done', 'done']);
    expect(await second.read('rows/a')).toBe(3);
    const again = write('rows/a', 4);
    await settled();
    expect(again.now).toBe('waiting');
    second.rollback();
    expect(await again.end).toBe('done');
  });

  test('of a document that is missing', async () => {
    const client = new Client();
    expect(await client.read('rows/none')).toBeUndefined();
    const blocked = write('rows/none', 1);
    await settled();
    expect(blocked.now).toBe('waiting');
    expect(await client.commit(set('rows/none', 2)).end).toBe('done');
    expect(await blocked.end).toBe('done');
  });

  test('of a query: what would enter, change or leave its results, and nothing else', async () => {
    for (const [id, n] of [
      ['a', 1],
      ['b', 2],
      ['far', 9],
    ] as const)
      await write(`rows/${id}`, n).end;
    const client = new Client();
    expect(await client.query(5)).toEqual(['a', 'b']);
    const hindered = [write('rows/new', 3), write('rows/a', 0), write('rows/b', 8), write('rows/far', 5)];
    hindered.push(
      outcome(database.engine.service.commit({ database: DATABASE, writes: [{ delete: nameOf('rows/a') }] })),
    );
    const free = [write('rows/other', 6), write('rows/x/rows/y', 1), write('else/a', 1)];
    for (const { end } of free) expect(await end).toBe('done');
    await settled();
    expect(hindered.map(({ now }) => now)).toEqual(Array(5).fill('waiting'));
    expect(await client.query(5)).toEqual(['a', 'b']);
    expect(await client.commit().end).toBe('done');
    for (const { end } of hindered) expect(await end).toBe('done');
  });

  test('of a query with a limit: what comes after its last result is free', async () => {
    for (const [id, n] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const)
      await write(`rows/${id}`, n).end;
    const client = new Client();
    expect(await client.query(5, 2)).toEqual(['a', 'b']);
    expect(await write('rows/d', 4).end).toBe('done');
    expect(await write('rows/c', 5).end).toBe('done');
    const hindered = [write('rows/d', 1), write('rows/b', 7)];
    await settled();
    expect(hindered.map(({ now }) => now)).toEqual(['waiting', 'waiting']);
    client.rollback();
    for (const { end } of hindered) expect(await end).toBe('done');
  });

  test('but not for ever: after 20 seconds they are aborted', async () => {
    const client = new Client();
    await client.read('rows/a');
    const blocked = write('rows/a', 1);
    await settled();
    await clock.advance(19_999);
    await settled();
    expect(blocked.now).toBe('waiting');
    await clock.advance(1_001);
    expect(await blocked.end).toMatch(TOO_LONG);
    expect(await client.commit(set('rows/a', 2)).end).toBe('done');
  });

  test('not for read-only transactions, nor for reads at a time', async () => {
    await write('rows/a', 1).end;
    const client = new Client({ readOnly: {} });
    expect(await client.read('rows/a')).toBe(1);
    expect(await client.query(5)).toEqual(['a']);
    expect(await write('rows/a', 2).end).toBe('done');
    expect(await client.read('rows/a')).toBe(1);
    expect(await client.query(5)).toEqual(['a']);
  });
});

describe('circles are broken at once, without a clock', () => {
  test('two readers of one document that both write it', async () => {
    const [older, younger] = [new Client(), new Client()];
    await older.read('rows/a');
    const sharing = younger.read('rows/a');
    await clock.advance(1_000);
    await sharing;
    const first = younger.commit(set('rows/a', 1));
    await settled();
    expect(first.now).toBe('waiting');
    expect(await older.commit(set('rows/a', 2)).end).toBe('done');
    expect(await first.end).toMatch(CONTENTION);
  });

  test('two that read each what the other has written', async () => {
    const [older, younger] = [new Client(), new Client()];
    await older.read('rows/a');
    await younger.read('rows/b');
    const crossing = [older.read('rows/b'), younger.read('rows/a')];
    const second = crossing[1]?.then(() => younger.commit(set('rows/a', 2)));
    await second;
    const first = crossing[0]?.then(() => older.commit(set('rows/b', 1)));
    expect(await (await first)?.end).toBe('done');
    expect(await (await second)?.end).toMatch(CONTENTION);
  });

  test('three in a circle: the oldest commits', async () => {
    const clients = [new Client(), new Client(), new Client()];
    const paths = ['rows/a', 'rows/b', 'rows/c'];
    await Promise.all(clients.map((client, i) => client.read(paths[i] ?? '')));
    const ends = clients.map(async (client, i) => {
      const next = paths[(i + 1) % 3] ?? '';
      await client.read(next).catch(() => undefined);
      return client.commit(set(next, i)).end;
    });
    const results = await Promise.all(ends);
    expect(results[0]).toBe('done');
    // The others are aborted, unless they could go on after those.
    for (const result of results.slice(1)) expect(result).toMatch(/^done$|ABORTED/);
    expect(results.filter((result) => result !== 'done').length).toBeGreaterThan(0);
  });

  test('a transaction that is tried again keeps its place before younger ones', async () => {
    const [older, aborted] = [new Client(), new Client()];
    await older.read('rows/a');
    const sharing = aborted.read('rows/a');
    await clock.advance(1_000);
    await sharing;
    const lost = aborted.commit(set('rows/a', 1));
    await settled();
    await older.commit(set('rows/a', 2)).end;
    expect(await lost.end).toMatch(CONTENTION);
    const younger = new Client();
    await younger.read('rows/a');
    const retried = new Client({ readWrite: { retryTransaction: aborted.token } });
    const again = retried.read('rows/a');
    await clock.advance(1_000);
    await again;
    const later = younger.commit(set('rows/a', 3));
    await settled();
    expect(await retried.commit(set('rows/a', 4)).end).toBe('done');
    expect(await later.end).toMatch(CONTENTION);
    expect(() => new Client({ readWrite: { retryTransaction: Buffer.of(1) } })).toThrow(/retryTransaction/);
  });
});

describe('order of arrival', () => {
  test('readers and writers of a document have it one after the other', async () => {
    const order: string[] = [];
    const first = new Client();
    await first.read('rows/a');
    const reader = async (name: string) => {
      const client = new Client();
      const seen = await client.read('rows/a');
      order.push(`${name} sees ${seen}`);
      await client.commit(set('rows/a', Number(seen ?? 0) + 1)).end;
    };
    const all = [reader('one'), reader('two')];
    const plain = write('rows/a', 10);
    all.push(reader('three'));
    await settled();
    expect(order).toEqual([]);
    first.rollback();
    await Promise.all(all);
    expect(await plain.end).toBe('done');
    expect(order).toEqual(['one sees undefined', 'two sees 1', 'three sees 10']);
  });

  test.each(['document', 'query'])('no stream of readers of a %s keeps a writer out', async (kind) => {
    const open: Client[] = [];
    let read = 0;
    const arrive = async () => {
      const client = new Client();
      await (kind === 'query' ? client.query(5) : client.read('rows/a'));
      read++;
      open.push(client);
    };
    const arrivals = [arrive()];
    await arrivals[0];
    const writer = write('rows/a', 1);
    await settled();
    for (let i = 0; i < 10; i++) arrivals.push(arrive());
    await settled();
    open.shift()?.rollback();
    await settled();
    // One that was let in may have to end first; the others come after the writer.
    while (writer.now === 'waiting') {
      open.shift()?.rollback();
      await settled();
    }
    expect(writer.now).toBe('done');
    expect(read).toBeLessThan(4);
    while (read < arrivals.length) {
      open.shift()?.rollback();
      await settled();
    }
    await Promise.all(arrivals);
  });
});

describe('expiry', () => {
  test('after a minute without a call, with its locks', async () => {
    const client = new Client();
    await client.read('rows/a');
    await clock.advance(59_000);
    await client.read('rows/b');
    const blocked = write('rows/b', 1);
    await settled();
    await clock.advance(19_000);
    expect(await client.read('rows/a')).toBeUndefined();
    await clock.advance(41_000);
    const later = write('rows/a', 1);
    await clock.advance(19_000);
    expect(await later.end).toBe('done');
    expect(await blocked.end).toMatch(TOO_LONG);
    expect(await client.commit(set('rows/a', 2)).end).toMatch(EXPIRED);
    await expect(client.read('rows/a')).rejects.toThrow(EXPIRED);
    expect(() => client.rollback()).toThrow(EXPIRED);
  });

  test('after 270 seconds, however busy it is', async () => {
    const client = new Client();
    for (let i = 0; i < 6; i++) {
      await client.read('rows/a');
      await clock.advance(44_000);
    }
    await client.read('rows/a');
    await clock.advance(6_000);
    await expect(client.read('rows/a')).rejects.toThrow(EXPIRED);
    expect(await write('rows/a', 1).end).toBe('done');
  });

  test('what a client held that is gone', async () => {
    const remote = await openTestDatabase({ clock }, 'gRPC');
    const reading = Promise.withResolvers<void>();
    const gone = remote.firestore
      .runTransaction(
        async (transaction) => {
          await transaction.get(remote.firestore.doc('rows/a'));
          reading.resolve();
          await new Promise(() => {});
        },
        { maxAttempts: 1 },
      )
      .catch(() => undefined);
    await reading.promise;
    await remote.firestore.terminate();
    void gone;
    await clock.advance(45_000);
    const { service } = remote.engine;
    const blocked = outcome(service.commit({ database: DATABASE, writes: [set('rows/a', 1)] }));
    await clock.advance(15_000);
    expect(await blocked.end).toBe('done');
    await remote.dispose();
  });
});

test('nothing is known of a transaction that was made up, and a closed database ends all that wait', async () => {
  const { service } = database.engine;
  const made = { database: DATABASE, documents: [nameOf('rows/a')], transaction: Buffer.alloc(16) };
  expect(() => service.batchGetDocuments(made)).toThrow(EXPIRED);
  const client = new Client();
  await client.read('rows/a');
  const blocked = write('rows/a', 1);
  await settled();
  await database.engine.close();
  expect(await blocked.end).toMatch(/^14 UNAVAILABLE/);
});
