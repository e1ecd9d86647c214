import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase } from '../testing/testing.ts';
import {
  type Client,
  DATABASE,
  EXPIRED,
  outcome,
  Session,
  set,
  TOO_LONG,
} from '../testing/testing-transactions.ts';

let session: Session;
beforeEach(async () => {
  session = await Session.open();
});
afterEach(() => session.database.dispose());

describe('order of arrival', () => {
  test('readers and writers of a document have it one after the other', async () => {
    const order: string[] = [];
    const first = session.client();
    await first.read('rows/a');
    const reader = async (name: string) => {
      const client = session.client();
      const seen = await client.read('rows/a');
      order.push(`${name} sees ${seen}`);
      await client.commit(set('rows/a', Number(seen ?? 0) + 1)).end;
    };
    const all = [reader('one'), reader('two')];
    const plain = session.write('rows/a', 10);
    all.push(reader('three'));
    await session.settled();
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
      const client = session.client();
      await (kind === 'query' ? client.query(5) : client.read('rows/a'));
      read++;
      open.push(client);
    };
    const arrivals = [arrive()];
    await arrivals[0];
    const writer = session.write('rows/a', 1);
    await session.settled();
    for (let i = 0; i < 10; i++) arrivals.push(arrive());
    await session.settled();
    open.shift()?.rollback();
    await session.settled();
    // One that was let in may have to end first; the others come after the writer.
    while (writer.now === 'waiting') {
      open.shift()?.rollback();
      await session.settled();
    }
    expect(writer.now).toBe('done');
    expect(read).toBeLessThan(4);
    while (read < arrivals.length) {
      open.shift()?.rollback();
      await session.settled();
    }
    await Promise.all(arrivals);
  });
});

describe('expiry', () => {
  test('after a minute without a call, with its locks', async () => {
    const client = session.client();
    await client.read('rows/a');
    await session.clock.advance(59_000);
    await client.read('rows/b');
    const blocked = session.write('rows/b', 1);
    await session.settled();
    await session.clock.advance(19_000);
    expect(await client.read('rows/a')).toBeUndefined();
    await session.clock.advance(41_000);
    const later = session.write('rows/a', 1);
    await session.clock.advance(19_000);
    expect(await later.end).toBe('done');
    expect(await blocked.end).toMatch(TOO_LONG);
    expect(await client.commit(set('rows/a', 2)).end).toMatch(EXPIRED);
    await expect(client.read('rows/a')).rejects.toThrow(EXPIRED);
    expect(() => client.rollback()).toThrow(EXPIRED);
  });

  test('after 270 seconds, however busy it is', async () => {
    const client = session.client();
    for (let i = 0; i < 6; i++) {
      await client.read('rows/a');
      await session.clock.advance(44_000);
    }
    await client.read('rows/a');
    await session.clock.advance(6_000);
    await expect(client.read('rows/a')).rejects.toThrow(EXPIRED);
    expect(await session.write('rows/a', 1).end).toBe('done');
  });

  test('what a client held that is gone', async () => {
    const remote = await openTestDatabase({ clock: session.clock }, 'gRPC');
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
    await session.clock.advance(45_000);
    const { service } = remote.engine;
    const blocked = outcome(service.commit({ database: DATABASE, writes: [set('rows/a', 1)] }));
    await session.clock.advance(15_000);
    expect(await blocked.end).toBe('done');
    await remote.dispose();
  });
});
