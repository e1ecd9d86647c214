import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CONTENTION,
  DATABASE,
  EXPIRED,
  nameOf,
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

describe('writers wait for readers', () => {
  test('until they commit or roll back, and no longer', async () => {
    await session.write('rows/a', 1).end;
    const [first, second] = [session.client(), session.client()];
    expect(await first.read('rows/a')).toBe(1);
    const blocked = session.write('rows/a', 2);
    const batch = outcome(session.service.batchWrite({ database: DATABASE, writes: [set('rows/a', 3)] }));
    await session.settled();
    expect([blocked.now, batch.now]).toEqual(['waiting', 'waiting']);
    expect(await first.read('rows/a')).toBe(1);
    expect(await first.commit(set('rows/b', 1)).end).toBe('done');
    expect([await blocked.end, await batch.end]).toEqual(['done', 'done']);
    expect(await second.read('rows/a')).toBe(3);
    const again = session.write('rows/a', 4);
    await session.settled();
    expect(again.now).toBe('waiting');
    second.rollback();
    expect(await again.end).toBe('done');
  });

  test('of a document that is missing', async () => {
    const client = session.client();
    expect(await client.read('rows/none')).toBeUndefined();
    const blocked = session.write('rows/none', 1);
    await session.settled();
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
      await session.write(`rows/${id}`, n).end;
    const client = session.client();
    expect(await client.query(5)).toEqual(['a', 'b']);
    const hindered = [
      session.write('rows/new', 3),
      session.write('rows/a', 0),
      session.write('rows/b', 8),
      session.write('rows/far', 5),
    ];
    hindered.push(
      outcome(session.service.commit({ database: DATABASE, writes: [{ delete: nameOf('rows/a') }] })),
    );
    const free = [
      session.write('rows/other', 6),
      session.write('rows/x/rows/y', 1),
      session.write('else/a', 1),
    ];
    for (const { end } of free) expect(await end).toBe('done');
    await session.settled();
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
      await session.write(`rows/${id}`, n).end;
    const client = session.client();
    expect(await client.query(5, 2)).toEqual(['a', 'b']);
    expect(await session.write('rows/d', 4).end).toBe('done');
    expect(await session.write('rows/c', 5).end).toBe('done');
    const hindered = [session.write('rows/d', 1), session.write('rows/b', 7)];
    await session.settled();
    expect(hindered.map(({ now }) => now)).toEqual(['waiting', 'waiting']);
    client.rollback();
    for (const { end } of hindered) expect(await end).toBe('done');
  });

  test('but not for ever: after 20 seconds they are aborted', async () => {
    const client = session.client();
    await client.read('rows/a');
    const blocked = session.write('rows/a', 1);
    await session.settled();
    await session.clock.advance(19_999);
    await session.settled();
    expect(blocked.now).toBe('waiting');
    await session.clock.advance(1_001);
    expect(await blocked.end).toMatch(TOO_LONG);
    expect(await client.commit(set('rows/a', 2)).end).toBe('done');
  });

  test('not for read-only transactions, nor for reads at a time', async () => {
    await session.write('rows/a', 1).end;
    const client = session.client({ readOnly: {} });
    expect(await client.read('rows/a')).toBe(1);
    expect(await client.query(5)).toEqual(['a']);
    expect(await session.write('rows/a', 2).end).toBe('done');
    expect(await client.read('rows/a')).toBe(1);
    expect(await client.query(5)).toEqual(['a']);
  });
});

describe('circles are broken at once, without a clock', () => {
  test('two readers of one document that both write it', async () => {
    const [older, younger] = [session.client(), session.client()];
    await older.read('rows/a');
    const sharing = younger.read('rows/a');
    await session.clock.advance(1_000);
    await sharing;
    const first = younger.commit(set('rows/a', 1));
    await session.settled();
    expect(first.now).toBe('waiting');
    expect(await older.commit(set('rows/a', 2)).end).toBe('done');
    expect(await first.end).toMatch(CONTENTION);
  });

  test('two that read each what the other has written', async () => {
    const [older, younger] = [session.client(), session.client()];
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
    const clients = [session.client(), session.client(), session.client()];
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
    const [older, aborted] = [session.client(), session.client()];
    await older.read('rows/a');
    const sharing = aborted.read('rows/a');
    await session.clock.advance(1_000);
    await sharing;
    const lost = aborted.commit(set('rows/a', 1));
    await session.settled();
    await older.commit(set('rows/a', 2)).end;
    expect(await lost.end).toMatch(CONTENTION);
    const younger = session.client();
    await younger.read('rows/a');
    const retried = session.client({ readWrite: { retryTransaction: aborted.token } });
    const again = retried.read('rows/a');
    await session.clock.advance(1_000);
    await again;
    const later = younger.commit(set('rows/a', 3));
    await session.settled();
    expect(await retried.commit(set('rows/a', 4)).end).toBe('done');
    expect(await later.end).toMatch(CONTENTION);
    expect(() => session.client({ readWrite: { retryTransaction: Buffer.of(1) } })).toThrow(
      /retryTransaction/,
    );
  });
});

test('nothing is known of a transaction that was made up, and a closed database ends all that wait', async () => {
  const { service } = session;
  const made = { database: DATABASE, documents: [nameOf('rows/a')], transaction: Buffer.alloc(16) };
  expect(() => service.batchGetDocuments(made)).toThrow(EXPIRED);
  const client = session.client();
  await client.read('rows/a');
  const blocked = session.write('rows/a', 1);
  await session.settled();
  await session.database.engine.close();
  expect(await blocked.end).toMatch(/^14 UNAVAILABLE/);
});
