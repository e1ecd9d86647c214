import { EventEmitter } from 'node:events';
import { connect } from 'node:http2';
import type { Firestore } from '@google-cloud/firestore';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadProtocol } from '../door/protocol.ts';
import type { WireQuery, WireTarget } from '../door/wire.ts';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';
import { DATABASE, DOCUMENTS, Listener } from '../testing/testing-listener.ts';
import type { ListenResponse } from './listen-responses.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(() => database.dispose());

/** A target: rows with n up to a number. */
function rows(targetId: number, upTo: number, query: WireQuery = {}): WireTarget {
  const where = {
    fieldFilter: { field: { fieldPath: 'n' }, op: 'LESS_THAN_OR_EQUAL', value: { integerValue: upTo } },
  };
  return {
    targetId,
    query: { parent: DOCUMENTS, structuredQuery: { from: [{ collectionId: 'rows' }], where, ...query } },
  };
}

function commit(ids: (string | number)[], n: number | undefined, text = '') {
  return database.engine.service.commit({
    database: DATABASE,
    writes: ids.map((id) => {
      const name = `${DOCUMENTS}/rows/${id}`;
      const fields = { n: { integerValue: n }, text: { stringValue: text } };
      return n === undefined ? { delete: name } : { update: { name, fields } };
    }),
  });
}

describe('a stream whose receiver takes no more', () => {
  test('gets the last state of what changed meanwhile, once a document', async () => {
    const listener = new Listener(database.engine);
    listener.add(rows(1, 5));
    listener.full = true;
    await commit(['first'], 1);
    expect(listener.take()).toContain('change first in 1');
    for (let n = 0; n < 20; n++) await commit(['r1', 'r2'], n % 5);
    await commit(['r2'], 9);
    await commit(['r3'], 1);
    await commit(['r3'], undefined);
    expect(listener.take()).toEqual([]);
    listener.resume();
    expect(listener.take()).toEqual(['change r1 in 1', 'NO_CHANGE']);
    await commit(['r2'], 1);
    expect(listener.take()).toEqual(['change r2 in 1', 'NO_CHANGE']);
  });

  test('has what was too much to keep worked out from the documents', async () => {
    await commit(['r1', 'r2', 'r3'], 1);
    const listener = new Listener(database.engine);
    listener.add(rows(1, 5));
    listener.add(rows(2, 5, { limit: 2 }));
    listener.full = true;
    await commit(['first'], 1);
    listener.take();
    for (let n = 0; n < 3; n++) {
      await commit(
        Array.from({ length: 600 }, (_, i) => `more${i + n * 600}`),
        9,
      );
    }
    await commit(['r1'], 2);
    await commit(['r2'], undefined);
    expect(listener.take()).toEqual([]);
    listener.resume();
    expect(listener.take().sort()).toEqual(
      ['NO_CHANGE', 'change r1 in 1 out 2', 'delete r2 from 1', 'change r3 in 2'].sort(),
    );
    await commit(['first'], 9);
    expect(listener.take()).toEqual(['remove first from 1,2', 'change r1 in 2', 'NO_CHANGE']);
  });
});

describe('a client that does not read', () => {
  const ROUNDS = 60;
  const ids = Array.from({ length: 50 }, (_, i) => `r${i}`);

  /** Some 60 MB of changes to 50 documents. */
  async function change(): Promise<void> {
    for (let n = 1; n <= ROUNDS; n++) await commit(ids, n, 'x'.repeat(20_000));
  }

  /** The end of the first message of a gRPC stream, beyond what has come when it is not complete. */
  const endOf = (received: Buffer) =>
    received.length < 5 ? Number.POSITIVE_INFINITY : 5 + received.readUInt32BE(1);

  /** Reads until every document has its last value. Returns how many changes came. */
  function readAll(stream: NodeJS.EventEmitter): Promise<number> {
    return new Promise((resolve) => {
      const last = new Map<string, string>();
      let changes = 0;
      stream.on('data', (response: ListenResponse) => {
        if (!('documentChange' in response) || !response.documentChange) return;
        changes++;
        const { name, fields } = response.documentChange.document;
        const value = fields.n;
        last.set(name, value && 'integerValue' in value ? String(value.integerValue) : '');
        if (last.size === ids.length && [...last.values()].every((n) => n === String(ROUNDS)))
          resolve(changes);
      });
    });
  }

  test('does not fill the memory through the gRPC door', async () => {
    const server = await database.engine.serve();
    const session = connect(`http://${server.address}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/google.firestore.v1.Firestore/Listen',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const { Listen } = loadProtocol().methods;
    const { resolvedRequestType, resolvedResponseType } = Listen ?? {};
    if (!resolvedRequestType || !resolvedResponseType) throw new Error('There is no Listen call.');
    const request = resolvedRequestType.fromObject({ database: DATABASE, addTarget: rows(1, 1000) });
    const message = resolvedRequestType.encode(request).finish();
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    stream.write(Buffer.concat([prefix, message]));
    await change();
    const responses = new EventEmitter();
    const changes = readAll(responses);
    let received = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let end = endOf(received); end <= received.length; end = endOf(received)) {
        const response = resolvedResponseType.decode(received.subarray(5, end));
        received = received.subarray(end);
        responses.emit('data', resolvedResponseType.toObject(response, { longs: String }));
      }
    });
    // What was on its way already, and then the last state: not what was in between.
    expect(await changes).toBeLessThan((ROUNDS * ids.length) / 3);
    stream.close();
    session.close();
  });

  test('does not fill the memory in process', async () => {
    const firestore = database.firestore as Firestore & {
      requestStream(
        method: string,
        both: boolean,
        request: object,
        tag: string,
      ): Promise<NodeJS.ReadWriteStream>;
    };
    const request = { database: DATABASE, addTarget: rows(1, 1000) };
    const stream = await firestore.requestStream('listen', true, request, 'test');
    await change();
    expect(await readAll(stream)).toBeLessThan((ROUNDS * ids.length) / 3);
    stream.end();
  });
});
