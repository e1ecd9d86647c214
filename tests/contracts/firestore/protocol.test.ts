import { describe, expect, test } from 'vitest';
import { networkContract } from './doors.ts';
import { Code, refusal } from './support.ts';

interface Committed {
  writeResults: { updateTime?: Time; transformResults: object[] }[];
  commitTime: Time;
}
interface Time {
  seconds: string;
  nanos: number;
}
interface Read {
  fields: Record<string, object>;
  createTime: Time;
  updateTime: Time;
}

networkContract('the protocol', (world) => {
  const { database, root } = world;
  let documents = 0;
  const fresh = () => `${root}/protocol/d${++documents}`;
  const commit = (...writes: object[]) => world.call('Commit', { database, writes }) as Promise<Committed>;
  const read = (name: string, more: object = {}) =>
    world.call('GetDocument', { name, ...more }) as Promise<Read>;
  const integer = (value: number) => ({ integerValue: String(value) });
  const double = (doubleValue: number) => ({ doubleValue });

  test('transforms follow the update, in order, each with its result', async () => {
    const name = fresh();
    const fields = { n: integer(1), list: { arrayValue: { values: [integer(1)] } }, gone: integer(1) };
    await commit({ update: { name, fields } });
    const { writeResults, commitTime } = await commit(
      {
        update: { name, fields: { n: integer(10) } },
        updateMask: { fieldPaths: ['n', 'gone'] },
        updateTransforms: [
          { fieldPath: 'n', increment: integer(5) },
          { fieldPath: 'n', increment: double(0.5) },
          { fieldPath: 'list', appendMissingElements: { values: [double(1), integer(2)] } },
          { fieldPath: 'at', setToServerValue: 'REQUEST_TIME' },
          { fieldPath: 'list', removeAllFromArray: { values: [integer(1)] } },
        ],
      },
      { update: { name: fresh(), fields: {} } },
    );
    const [first, second] = writeResults;
    expect(first?.transformResults).toMatchObject([
      integer(15),
      double(15.5),
      { nullValue: 'NULL_VALUE' },
      { timestampValue: { seconds: commitTime.seconds } },
      { nullValue: 'NULL_VALUE' },
    ]);
    expect(second?.transformResults ?? []).toEqual([]);
    expect((await read(name)).fields).toMatchObject({
      n: double(15.5),
      list: { arrayValue: { values: [integer(2)] } },
      at: first?.transformResults[3],
    });
    expect((await read(name)).fields).not.toHaveProperty('gone');
  });

  test('a transform alone writes its document, and a field that is no number gives way', async () => {
    const name = fresh();
    const fieldTransforms = [
      { fieldPath: 'max', maximum: integer(3) },
      { fieldPath: 'max', maximum: double(2.5) },
      { fieldPath: 'max', maximum: double(3) },
      { fieldPath: 'min', minimum: double(-1.5) },
      { fieldPath: 'min', minimum: integer(-2) },
      { fieldPath: 'min', minimum: { doubleValue: Number.NaN } },
    ];
    const { writeResults } = await commit({ transform: { document: name, fieldTransforms } });
    expect(writeResults[0]?.transformResults).toMatchObject([
      integer(3),
      integer(3),
      integer(3),
      double(-1.5),
      integer(-2),
      double(Number.NaN),
    ]);
    await commit({ update: { name, fields: { max: { stringValue: 'x' } } } });
    await commit({ transform: { document: name, fieldTransforms: fieldTransforms.slice(0, 1) } });
    expect((await read(name)).fields).toMatchObject({ max: integer(3) });
  });

  test('a mask names what is written: what it leaves out stays, what it names and is absent goes', async () => {
    const name = fresh();
    const map = { mapValue: { fields: { 'x.y': integer(1), z: integer(2) } } };
    await commit({ update: { name, fields: { a: integer(1), map, gone: integer(1) } } });
    await commit({
      update: { name, fields: { a: integer(9), map: { mapValue: { fields: { z: integer(3) } } } } },
      updateMask: { fieldPaths: ['map.z', 'map.`x.y`', 'gone', 'never.there'] },
    });
    expect((await read(name)).fields).toMatchObject({
      a: integer(1),
      map: { mapValue: { fields: { z: integer(3) } } },
    });
    expect(Object.keys((await read(name)).fields).sort()).toEqual(['a', 'map']);
    const nothing = fresh();
    await commit({ update: { name: nothing, fields: { a: integer(1) } }, updateMask: { fieldPaths: [] } });
    expect((await read(nothing)).fields ?? {}).toEqual({});
    expect(Object.keys((await read(name, { mask: { fieldPaths: ['a', 'absent'] } })).fields)).toEqual(['a']);
  });

  test('times: creation stays, updates move, deletion starts anew', async () => {
    const name = fresh();
    const first = await commit({ update: { name, fields: { n: integer(1) } } });
    const second = await commit({ update: { name, fields: { n: integer(2) } } });
    const document = await read(name);
    expect([document.createTime, document.updateTime]).toEqual([first.commitTime, second.commitTime]);
    expect(second.writeResults[0]?.updateTime).toEqual(second.commitTime);
    const same = await commit({ update: { name, fields: { n: integer(2) } } });
    expect(same.writeResults[0]?.updateTime).toEqual(second.commitTime);
    const gone = await commit({ delete: name });
    expect(gone.writeResults[0]?.updateTime ?? null).toBeNull();
    const again = await commit({ update: { name, fields: {} } });
    expect((await read(name)).createTime).toEqual(again.commitTime);
  });

  test('one call creates, one changes, one deletes a single document', async () => {
    const request = { parent: root, collectionId: 'single', documentId: `s${++documents}` };
    const name = `${root}/single/${request.documentId}`;
    const document = { fields: { a: integer(1), b: integer(2) } };
    const created = await world.call('CreateDocument', { ...request, document, mask: { fieldPaths: ['b'] } });
    expect(created).toMatchObject({ name, fields: { b: integer(2) } });
    await expect(world.call('CreateDocument', request)).rejects.toMatchObject({ code: Code.ALREADY_EXISTS });
    const updated = await world.call('UpdateDocument', {
      document: { name, fields: { a: integer(3) } },
      updateMask: { fieldPaths: ['a'] },
      currentDocument: { exists: true },
    });
    expect(updated).toMatchObject({ fields: { a: integer(3), b: integer(2) } });
    await world.call('DeleteDocument', { name });
    await expect(read(name)).rejects.toMatchObject(refusal(Code.NOT_FOUND, name));
    await world.call('DeleteDocument', { name });
    const named = (await world.call('CreateDocument', { parent: root, collectionId: 'single' })) as {
      name: string;
    };
    expect(named.name.split('/').at(-1)).toMatch(/^.{20}$/);
  });

  test('a transaction by hand: begun, read in, committed, and then over', async () => {
    const name = fresh();
    await commit({ update: { name, fields: { n: integer(1) } } });
    const begun = (await world.call('BeginTransaction', { database })) as { transaction: Buffer };
    const { transaction } = begun;
    expect((await read(name, { transaction })).fields).toMatchObject({ n: integer(1) });
    const writes = [{ update: { name, fields: { n: integer(2) } } }];
    await world.call('Commit', { database, writes, transaction });
    await expect(world.call('Commit', { database, writes, transaction })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
    });
    const second = (await world.call('BeginTransaction', { database })) as { transaction: Buffer };
    await world.call('Rollback', { database, transaction: second.transaction });
    await expect(read(name, { transaction: second.transaction })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
    });
  });

  test('a read that begins a transaction names it in its first answer', async () => {
    const name = fresh();
    const newTransaction = { readWrite: {} };
    const reads = [
      world.call('BatchGetDocuments', { database, documents: [name], newTransaction }),
      world.call('RunQuery', {
        parent: root,
        structuredQuery: { from: [{ collectionId: 'nothing' }] },
        newTransaction,
      }),
    ];
    for (const answers of (await Promise.all(reads)) as { transaction: Buffer }[][]) {
      expect(answers[0]?.transaction.length).toBeGreaterThan(0);
      await world.call('Rollback', { database, transaction: answers[0]?.transaction });
    }
  });

  describe('a stream of writes', () => {
    interface Answer extends Partial<Committed> {
      streamId: string;
      streamToken: Buffer;
    }
    const set = (name: string, n: number) => ({ update: { name, fields: { n: integer(n) } } });

    test('applies each request in order, and answers each with a token of its own', async () => {
      const name = fresh();
      const stream = world.duplex('Write');
      stream.send({ database });
      const tokens = [(await stream.next()) as Answer];
      for (let n = 1; n <= 3; n++) {
        stream.send({ writes: [set(name, n)], streamToken: tokens.at(-1)?.streamToken });
        tokens.push((await stream.next()) as Answer);
      }
      expect(new Set(tokens.map(({ streamToken }) => streamToken.toString('hex'))).size).toBe(4);
      expect(tokens.slice(1).every(({ writeResults }) => writeResults?.length === 1)).toBe(true);
      stream.end();
      expect(await stream.next()).toBeUndefined();
      expect((await read(name)).fields).toMatchObject({ n: integer(3) });
    });

    test('begins with the database alone, and ends with the first request that is refused', async () => {
      const early = world.duplex('Write');
      early.send({ database, writes: [set(fresh(), 1)] });
      await expect(early.next()).rejects.toMatchObject(refusal(Code.INVALID_ARGUMENT, 'writes'));
      const nowhere = world.duplex('Write');
      nowhere.send({ database: 'x' });
      await expect(nowhere.next()).rejects.toMatchObject(refusal(Code.INVALID_ARGUMENT, 'database'));
      const [first, third] = [fresh(), fresh()];
      const stream = world.duplex('Write');
      for (const writes of [
        undefined,
        [set(first, 1)],
        [{ ...set(first, 2), currentDocument: { exists: false } }],
        [set(third, 3)],
      ]) {
        stream.send(writes ? { writes } : { database });
      }
      await stream.next();
      await stream.next();
      await expect(stream.next()).rejects.toMatchObject({ code: Code.ALREADY_EXISTS });
      expect((await read(first)).fields).toMatchObject({ n: integer(1) });
      await expect(read(third)).rejects.toMatchObject({ code: Code.NOT_FOUND });
    });
  });
});
