import { once } from 'node:events';
import { Firestore } from '@google-cloud/firestore';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Code, type FirestoreServer } from '../index.ts';
import { loadServiceDefinition, openTestDatabase, type TestDatabase } from '../testing/testing.ts';

const DATABASE = 'projects/test/databases/(default)';
const ROOT = `${DATABASE}/documents`;

type Unary = (request: object, callback: (error: Error | null, response: unknown) => void) => void;

let database: TestDatabase;
let server: FirestoreServer;
let client: InstanceType<ReturnType<typeof makeGenericClientConstructor>>;

/** Makes one call of the service as any gRPC client would. */
function call(method: string, request: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const unary = client[method] as unknown as Unary;
    unary.call(client, request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

beforeAll(async () => {
  database = await openTestDatabase();
  server = await database.engine.serve();
  const Client = makeGenericClientConstructor(loadServiceDefinition(), 'Firestore');
  client = new Client(server.address, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await database.dispose();
});

describe('the gRPC door', () => {
  test('the calls that concern one document', async () => {
    const name = `${ROOT}/rest/one`;
    const fields = { text: { stringValue: 'a' }, big: { integerValue: '9223372036854775807' } };
    await call('CreateDocument', {
      parent: ROOT,
      collectionId: 'rest',
      documentId: 'one',
      document: { fields },
    });
    await expect(
      call('CreateDocument', { parent: ROOT, collectionId: 'rest', documentId: 'one', document: { fields } }),
    ).rejects.toMatchObject({ code: Code.ALREADY_EXISTS });
    expect(await call('GetDocument', { name, mask: { fieldPaths: ['big'] } })).toMatchObject({
      name,
      fields: { big: { integerValue: '9223372036854775807' } },
    });
    const changed = await call('UpdateDocument', {
      document: { name, fields: { text: { stringValue: 'b' } } },
      updateMask: { fieldPaths: ['text'] },
    });
    expect(changed).toMatchObject({ fields: { text: { stringValue: 'b' }, big: {} } });
    await call('DeleteDocument', { name });
    await expect(call('GetDocument', { name })).rejects.toMatchObject({ code: Code.NOT_FOUND });
  });

  test('documents are listed in pages', async () => {
    for (const id of ['c', 'a', 'b']) await database.firestore.doc(`pages/${id}`).set({ id });
    const ids: string[] = [];
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const page = (await call('ListDocuments', {
        parent: ROOT,
        collectionId: 'pages',
        pageSize: 2,
        pageToken,
      })) as {
        documents: { name: string }[];
        nextPageToken?: string;
      };
      ids.push(...page.documents.map((document) => document.name.slice(-1)));
      pageToken = page.nextPageToken ?? '';
    }
    expect(ids).toEqual(['a', 'b', 'c']);
  });

  test('an explicit transaction, and its token after the end', async () => {
    const { transaction } = (await call('BeginTransaction', { database: DATABASE })) as {
      transaction: Buffer;
    };
    const writes = [{ update: { name: `${ROOT}/begun/one`, fields: {} } }];
    const twice = await Promise.allSettled([
      call('Commit', { database: DATABASE, transaction, writes }),
      call('Commit', { database: DATABASE, transaction, writes }),
    ]);
    expect(twice.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(call('Commit', { database: DATABASE, transaction, writes })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
    });
  });

  test('a stream of writes is applied in order', async () => {
    const stream = client.makeBidiStreamRequest(
      '/google.firestore.v1.Firestore/Write',
      loadServiceDefinition().Write?.requestSerialize ?? ((value: object) => Buffer.from(String(value))),
      loadServiceDefinition().Write?.responseDeserialize ?? ((bytes: Buffer) => bytes),
    );
    stream.write({ database: DATABASE });
    const [opened] = (await once(stream, 'data')) as [{ streamId: string; streamToken: Buffer }];
    expect(opened.streamId).not.toBe('');
    for (const n of [1, 2]) {
      const update = { name: `${ROOT}/streamed/one`, fields: { n: { integerValue: n } } };
      stream.write({ streamToken: opened.streamToken, writes: [{ update }] });
    }
    await once(stream, 'data');
    await once(stream, 'data');
    stream.end();
    expect((await database.firestore.doc('streamed/one').get()).get('n')).toBe(2);
  });

  test('compressed requests are read; foreign calls and damaged requests are refused', async () => {
    const packed = new (makeGenericClientConstructor(loadServiceDefinition(), 'Firestore'))(
      server.address,
      credentials.createInsecure(),
      { 'grpc.default_compression_algorithm': 2 },
    );
    const raw = (path: string, bytes: Buffer) =>
      new Promise((resolve, reject) => {
        const same = (buffer: Buffer) => buffer;
        packed.makeUnaryRequest(path, same, same, bytes, (error, value) =>
          error ? reject(error) : resolve(value),
        );
      });
    const definition = loadServiceDefinition().CreateDocument;
    const document = { fields: { text: { stringValue: 'x'.repeat(100_000) } } };
    const request = { parent: ROOT, collectionId: 'packed', documentId: 'one', document };
    await raw(String(definition?.path), definition?.requestSerialize(request) ?? Buffer.alloc(0));
    expect((await database.firestore.doc('packed/one').get()).get('text')).toHaveLength(100_000);
    await expect(raw('/google.firestore.v1.Firestore/Forget', Buffer.alloc(0))).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
    });
    await expect(raw(String(definition?.path), Buffer.from([0xff]))).rejects.toMatchObject({
      code: Code.INTERNAL,
    });
    packed.close();
  });

  test('the message of an error arrives as it was, whatever its characters', async () => {
    const name = `${ROOT}/missing/100 % größer \u{1f600}`;
    await expect(call('GetDocument', { name })).rejects.toMatchObject({
      details: expect.stringContaining(name),
    });
  });

  test('malformed names are refused by name', async () => {
    for (const name of ['nonsense', `${ROOT}/only-a-collection`, `${ROOT}/a//b`, `${ROOT}/a/..`]) {
      await expect(call('GetDocument', { name })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    }
    const elsewhere = { update: { name: 'projects/other/databases/(default)/documents/a/b', fields: {} } };
    await expect(call('Commit', { database: DATABASE, writes: [elsewhere] })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      details: expect.stringContaining('projects/other'),
    });
  });

  test('databases are separate, and one is cleared by the HTTP call of the emulator', async () => {
    const other = new Firestore({ projectId: 'test', databaseId: 'other', host: server.address, ssl: false });
    await other.doc('shared/one').set({ of: 'other' });
    await database.firestore.doc('shared/one').set({ of: 'default' });
    expect((await other.doc('shared/one').get()).data()).toEqual({ of: 'other' });
    const response = await fetch(
      `http://${server.address}/emulator/v1/projects/test/databases/${encodeURIComponent('(default)')}/documents`,
      { method: 'DELETE' },
    );
    expect(response.status).toBe(200);
    expect(await database.firestore.listCollections()).toEqual([]);
    expect((await other.doc('shared/one').get()).exists).toBe(true);
    expect(await (await fetch(`http://${server.address}/`)).text()).toBe('Ok\n');
    await other.terminate();
  });
});
