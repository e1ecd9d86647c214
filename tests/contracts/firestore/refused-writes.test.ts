import { expect, test } from 'vitest';
import { networkContract } from './doors.ts';
import { Code, refusal } from './support.ts';

networkContract('writes that are refused', (world) => {
  const { database, root } = world;
  const commit = (...writes: object[]) => world.call('Commit', { database, writes });
  const update = (fields: object, more: object = {}) =>
    commit({ update: { name: `${root}/c/d`, fields }, ...more });

  /** Expects INVALID_ARGUMENT, and a message that names the culprit. */
  async function invalid(call: Promise<unknown>, message: string): Promise<void> {
    await expect(call, message).rejects.toMatchObject(refusal(Code.INVALID_ARGUMENT, message));
  }

  test('names that are none', async () => {
    const names: [string, string][] = [
      ['', '""'],
      ['c/d', 'c/d'],
      [`${root}`, 'documents'],
      [`${root}/c`, '/c'],
      [`${root}/c/d/e`, '/c/d/e'],
      [`${root}//d`, 'empty'],
      [`${root}/c/`, 'empty'],
      [`${root}/c/.`, '"."'],
      [`${root}/../d`, '".."'],
      [`${root}/c/__d__`, '__d__'],
      [`${root}/__c__/d`, '__c__'],
      [`${root}/c/__id9223372036854775808__`, '__id9223372036854775808__'],
      [`${root}/c/${'x'.repeat(1501)}`, '1,500'],
      [`${root}/c/${'ü'.repeat(751)}`, '1,500'],
      [`${root}${'/c/d'.repeat(101)}`, '200'],
      [`${root}${`/c/${'x'.repeat(1400)}`.repeat(5)}`, '6144'],
      ['projects/p/databases/d/documents/c/d', 'projects/p/databases/d'],
      ['projects//databases/d/documents/c/d', 'projects//databases'],
    ];
    for (const [name, message] of names) {
      await invalid(commit({ update: { name, fields: {} } }), message);
      await invalid(commit({ delete: name }), message);
    }
    await expect(commit({ delete: `${root}/c/${'x'.repeat(1500)}` })).resolves.toBeDefined();
    await expect(commit({ delete: `${root}${'/c/d'.repeat(100)}` })).resolves.toBeDefined();
  });

  test('databases that are none', async () => {
    for (const name of ['', 'projects/p', 'projects/p/databases/', 'projects/p/databases/d/documents', 'x']) {
      await invalid(world.call('Commit', { database: name, writes: [] }), 'database');
      await invalid(world.call('BeginTransaction', { database: name }), 'database');
      await invalid(world.call('BatchWrite', { database: name, writes: [] }), 'database');
    }
  });

  test('values that are none', async () => {
    const values: [object, string][] = [
      [{}, 'a'],
      [{ timestampValue: { seconds: '253402300800' } }, 'year'],
      [{ timestampValue: { seconds: '-62135596801' } }, 'year'],
      [{ timestampValue: { seconds: '1', nanos: -1 } }, 'nanos'],
      [{ timestampValue: { seconds: '1', nanos: 1_000_000_000 } }, 'nanos'],
      [{ geoPointValue: { latitude: 91 } }, 'latitude'],
      [{ geoPointValue: { longitude: -180.5 } }, 'longitude'],
      [{ geoPointValue: { latitude: Number.NaN } }, 'latitude'],
      [{ referenceValue: 'c/d' }, 'c/d'],
      [{ referenceValue: `${root}/c` }, '/c'],
      [{ referenceValue: '' }, '""'],
      [{ arrayValue: { values: [{ arrayValue: {} }] } }, 'array'],
      [{ mapValue: { fields: { __x__: { booleanValue: true } } } }, '__x__'],
      [{ mapValue: { fields: { '': { booleanValue: true } } } }, 'field name'],
      [{ mapValue: { fields: { ['k'.repeat(1501)]: { booleanValue: true } } } }, 'field name'],
      [{ mapValue: { fields: { inner: {} } } }, 'a.inner'],
      [{ stringValue: 'x'.repeat(1_048_488) }, 'property "a" is longer than 1048487 bytes'],
      [{ bytesValue: Buffer.alloc(1_048_488) }, 'property "a" is longer than 1048487 bytes'],
      [vector({ stringValue: 'no number' }), 'vector'],
      [vector(...Array.from({ length: 2049 }, () => ({ doubleValue: 1 }))), 'vector'],
    ];
    for (const [value, message] of values) await invalid(update({ a: value }), message);
    await invalid(update({ '': { booleanValue: true } }), 'field name');
    await invalid(update({ __x__: { booleanValue: true } }), '__x__');
  });

  test('nesting deeper than 20 maps and arrays', async () => {
    const nested = (levels: number) =>
      Array.from({ length: levels }).reduce<object>(
        (inner, _, i) =>
          i % 2 ? { mapValue: { fields: { k: inner } } } : { arrayValue: { values: [inner] } },
        { integerValue: 1 },
      );
    await invalid(update({ a: nested(21) }), '20 levels');
    await expect(update({ a: nested(20) })).resolves.toBeDefined();
    await invalid(update({ a: nested(45) }), '20 levels');
    // What no protobuf reader goes into has no field to name.
    const fields = Array.from({ length: 5000 }).reduce<Buffer>(
      (inner) => part(6, part(1, part(2, inner))),
      Buffer.of(),
    );
    const document = Buffer.concat([part(1, Buffer.from(`${root}/c/d`)), part(2, part(2, fields))]);
    await invalid(
      world.send('Commit', Buffer.concat([part(1, Buffer.from(database)), part(2, part(1, document))])),
      'nesting depth',
    );
  });

  test('bytes that are no message, and calls that are none', async () => {
    for (const bytes of [Buffer.of(0xff), Buffer.of(0x0e)]) {
      await expect(world.send('Commit', bytes)).rejects.toMatchObject({ code: Code.INTERNAL });
    }
    await invalid(world.send('Commit', Buffer.of()), 'database');
    await expect(world.send('Nothing', Buffer.of())).rejects.toMatchObject({ code: Code.UNIMPLEMENTED });
  });

  test('masks and paths that are none', async () => {
    for (const path of [
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      '`a',
      'a`b`',
      '`a`b',
      'a-b',
      '1a',
      'a b',
      '__x__',
      '__name__',
    ]) {
      await invalid(update({}, { updateMask: { fieldPaths: [path] } }), path === '' ? 'empty' : path);
      await invalid(
        update({}, { updateTransforms: [{ fieldPath: path, increment: { integerValue: 1 } }] }),
        path,
      );
    }
    await invalid(update({}, { updateMask: { fieldPaths: ['x'.repeat(1501)] } }), '1500 bytes');
    await expect(update({}, { updateMask: { fieldPaths: ['`a-b`.c._d1'] } })).resolves.toBeDefined();
  });

  test('transforms that are none', async () => {
    const transforms: [object, string][] = [
      [{ fieldPath: 'n' }, 'n'],
      [{ fieldPath: 'n', increment: { stringValue: '1' } }, 'n'],
      [{ fieldPath: 'n', maximum: { booleanValue: true } }, 'n'],
      [{ fieldPath: 'n', setToServerValue: 'SERVER_VALUE_UNSPECIFIED' }, 'n'],
      [{ fieldPath: 'n', appendMissingElements: { values: [{ arrayValue: {} }] } }, 'n'],
      [{ fieldPath: 'n', removeAllFromArray: { values: [{}] } }, 'n'],
    ];
    for (const [transform, message] of transforms) {
      await invalid(update({}, { updateTransforms: [transform] }), message);
      await invalid(
        commit({ transform: { document: `${root}/c/d`, fieldTransforms: [transform] } }),
        message,
      );
    }
    await invalid(commit({ transform: { document: `${root}/c/d` } }), 'fieldTransforms');
  });

  test('writes that are none, and preconditions that cannot hold', async () => {
    await invalid(commit({}), 'write');
    const uneven = { updateTime: { seconds: '1', nanos: 1 } };
    await invalid(update({}, { currentDocument: uneven }), 'updateTime');
    const absent = { delete: `${root}/c/none`, currentDocument: { updateTime: { seconds: '1' } } };
    await expect(commit(absent)).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
  });

  test('documents and requests that are too large', async () => {
    const half = { stringValue: 'x'.repeat(600_000) };
    await invalid(update({ a: half, b: half }), 'exceeds the maximum allowed size of 1,048,576 bytes');
    const writes = Array.from({ length: 18 }, (_, n) => ({
      update: { name: `${root}/c/d${n}`, fields: { half } },
    }));
    await invalid(commit(...writes), 'payload size');
    await invalid(world.call('BatchWrite', { database, writes }), 'payload size');
    const appended = { fieldPath: 'a', appendMissingElements: { values: [half] } };
    const transforms = writes.map(({ update: { name } }) => ({
      update: { name },
      updateTransforms: [appended],
    }));
    await invalid(commit(...transforms), 'payload size');
    const many = { arrayValue: { values: Array.from({ length: 50_000 }, (_, n) => ({ integerValue: n })) } };
    await invalid(update({ many }), 'index entries');
  });

  test('a batch answers for each write, and refuses to write one document twice', async () => {
    const names = [`${root}/batch/a`, `${root}/batch/__b__`, `${root}/batch/c`];
    const writes = names.map((name) => ({ update: { name, fields: {} } }));
    const { status } = (await world.call('BatchWrite', { database, writes })) as {
      status: { code: number }[];
    };
    expect(status.map(({ code }) => code)).toEqual([0, Code.INVALID_ARGUMENT, 0]);
    await invalid(world.call('BatchWrite', { database, writes: [...writes, ...writes] }), 'once');
  });

  test('documents are created with one name from one place', async () => {
    const create = (more: object) =>
      world.call('CreateDocument', {
        parent: root,
        collectionId: 'c',
        documentId: 'd',
        document: {},
        ...more,
      });
    await invalid(create({ collectionId: '' }), 'collectionId');
    await invalid(create({ collectionId: 'a/b/c' }), 'collectionId');
    await invalid(create({ documentId: 'a/b/c' }), 'documentId');
    await invalid(create({ documentId: '__d__' }), '__d__');
    await invalid(create({ parent: `${root}/c` }), 'arent');
    await invalid(create({ document: { name: `${root}/c/e` } }), 'document.name');
    await invalid(world.call('UpdateDocument', { document: { fields: {} } }), 'name');
    await invalid(world.call('DeleteDocument', { name: root }), 'documents');
  });
});

/** A field of a protobuf message: its number, the length of its bytes, and these. */
function part(number: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.of(number * 8 + 2), Buffer.from(length), bytes]);
}

/** A vector as it travels: a map of a reserved shape. */
function vector(...values: object[]): object {
  return {
    mapValue: { fields: { __type__: { stringValue: '__vector__' }, value: { arrayValue: { values } } } },
  };
}
