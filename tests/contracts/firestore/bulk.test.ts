import { FieldValue, Timestamp } from '@google-cloud/firestore';
import { expect, test } from 'vitest';
import { contract } from './doors.ts';
import { Code, seed } from './support.ts';

contract('bulk writers', (world) => {
  test('write, update and delete, each with its own result', async () => {
    const collection = await seed(world.collection(), { old: { n: 1 }, gone: {} });
    const writer = world.firestore.bulkWriter();
    const results = [
      writer.create(collection.doc('new'), { n: 1 }),
      writer.set(collection.doc('set'), { n: FieldValue.increment(2) }),
      writer.update(collection.doc('old'), { n: 2 }),
      writer.delete(collection.doc('gone')),
    ];
    await writer.close();
    const times = (await Promise.all(results)).map(({ writeTime }) => writeTime.toMillis());
    expect(times.slice(0, 3).every((time) => time > 0)).toBe(true);
    expect(times[3]).toBe(Timestamp.fromMillis(0).toMillis());
    const { docs } = await collection.get();
    expect(docs.map(({ id }) => id)).toEqual(['new', 'old', 'set']);
    expect(docs.map((document) => document.get('n'))).toEqual([1, 2, 2]);
  });

  test('may write one document twice, and more than fits one call', async () => {
    const collection = world.collection();
    const writer = world.firestore.bulkWriter();
    for (let n = 0; n < 100; n++) void writer.set(collection.doc(`d${n % 60}`), { n });
    await writer.close();
    expect((await collection.count().get()).data().count).toBe(60);
  });

  test('a write that fails does not stop the others, and is retried as often as it is asked', async () => {
    const collection = await seed(world.collection(), { there: {} });
    const writer = world.firestore.bulkWriter();
    const attempts: number[] = [];
    writer.onWriteError((error) => {
      attempts.push(error.failedAttempts);
      return error.failedAttempts < 3;
    });
    const refused = writer.create(collection.doc('__reserved__'), {}).catch(({ code }) => code);
    const exists = writer.create(collection.doc('there'), {}).catch(({ code }) => code);
    const fine = writer.create(collection.doc('fine'), {});
    await writer.close();
    expect([await refused, await exists]).toEqual([Code.INVALID_ARGUMENT, Code.ALREADY_EXISTS]);
    expect(attempts.filter((attempt) => attempt === 3)).toHaveLength(2);
    expect((await fine).writeTime.toMillis()).toBeGreaterThan(0);
  });
});

contract('bundles', (world) => {
  /** The elements of a bundle: each is preceded by its length. */
  function elements(bundle: Buffer): Record<string, Record<string, unknown>>[] {
    const found: Record<string, Record<string, unknown>>[] = [];
    for (let rest = bundle.toString(); rest !== ''; ) {
      const length = Number(/^\d+/.exec(rest)?.[0]);
      const start = String(length).length;
      const bytes = Buffer.from(rest).subarray(start, start + length);
      found.push(JSON.parse(bytes.toString()));
      rest = Buffer.from(rest)
        .subarray(start + length)
        .toString();
    }
    return found;
  }

  /** The fields as the client holds them, without what only marks their type. */
  const plain = (fields: object) =>
    JSON.parse(JSON.stringify(fields, (key, value) => (key === 'valueType' ? undefined : value)));

  test('hold queries from either end and their documents as they were read', async () => {
    const collection = await seed(world.collection(), {
      a: { n: 1 },
      b: { n: 2, at: new Timestamp(5, 1000) },
    });
    const first = await collection.orderBy('n', 'desc').limit(1).get();
    const last = await collection.orderBy('n').limitToLast(1).get();
    const bundle = world.firestore.bundle('test').add('first', first).add('last', last);
    const [meta, one, two, about, document] = elements(bundle.build());
    expect(meta?.metadata).toMatchObject({ id: 'test', totalDocuments: 1 });
    const types = [one, two].map(
      (element) => (element?.namedQuery?.bundledQuery as { limitType?: string } | undefined)?.limitType,
    );
    expect(types.sort()).toEqual(['FIRST', 'LAST']);
    const read = last.docs[0] as unknown as { toDocumentProto(): { name: string; fields: object } };
    expect(about?.documentMetadata).toMatchObject({ name: read.toDocumentProto().name, exists: true });
    expect(document?.document?.fields).toEqual(plain(read.toDocumentProto().fields));
  });

  test('hold what is missing, and queries that found nothing', async () => {
    const collection = world.collection();
    const bundle = world.firestore.bundle('none');
    bundle
      .add(await collection.doc('missing').get())
      .add('empty', await collection.where('n', '==', 1).get());
    const [meta, query, about] = elements(bundle.build());
    expect(meta?.metadata).toMatchObject({ totalDocuments: 1 });
    expect(query?.namedQuery).toMatchObject({ name: 'empty' });
    expect(about?.documentMetadata).toMatchObject({ exists: false });
  });
});
