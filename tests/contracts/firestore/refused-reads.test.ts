import { expect, test } from 'vitest';
import { networkContract } from './doors.ts';
import { Code, refusal } from './support.ts';

networkContract('reads that are refused', (world) => {
  const { database, root } = world;
  const from = [{ collectionId: 'c' }];
  const field = (fieldPath: string) => ({ fieldPath });
  const integer = { integerValue: 1 };
  const run = (query: object, more: object = {}) =>
    world.call('RunQuery', { parent: root, structuredQuery: { from, ...query }, ...more });
  const where = (op: string | number, value: object, path = 'n') =>
    run({ where: { fieldFilter: { field: field(path), op, value } } });
  const list = (...values: object[]) => ({ arrayValue: { values } });

  async function invalid(call: Promise<unknown>, message: string): Promise<void> {
    await expect(call, message).rejects.toMatchObject(refusal(Code.INVALID_ARGUMENT, message));
  }

  test('collections that are none', async () => {
    await invalid(run({ from: [] }), 'from');
    await invalid(run({ from: [...from, ...from] }), 'from');
    await invalid(run({ from: [{ collectionId: '' }] }), 'collectionId');
    await invalid(run({ from: [{ collectionId: 'a/b/c' }] }), 'a/b/c');
    await invalid(run({ from: [{ collectionId: '__c__' }] }), '__c__');
    await invalid(run({}, { parent: `${root}/c` }), '/c');
    await invalid(run({}, { parent: '' }), 'database');
    await invalid(world.call('RunQuery', { parent: root }), 'structuredQuery');
  });

  test('filters that are none', async () => {
    await invalid(run({ where: {} }), 'where');
    await invalid(run({ where: { compositeFilter: { op: 'AND', filters: [] } } }), 'where');
    await invalid(run({ where: { compositeFilter: { filters: [{ unaryFilter: {} }] } } }), 'where');
    await invalid(run({ where: { unaryFilter: { field: field('n') } } }), 'unary');
    await invalid(where('OPERATOR_UNSPECIFIED', integer), 'n');
    await invalid(where(99, integer), 'n');
    await invalid(where('EQUAL', {}), 'n');
    await invalid(where('EQUAL', integer, 'a..b'), 'a..b');
    await invalid(where('EQUAL', integer, '__name__'), '__name__');
    await invalid(where('GREATER_THAN', { referenceValue: `${root}/c` }, '__name__'), '__name__');
    await invalid(where('ARRAY_CONTAINS', { referenceValue: `${root}/c/d` }, '__name__'), '__name__');
    await invalid(where('IN', integer), "'IN'");
    await invalid(where('IN', list()), "'IN'");
    await invalid(where('IN', list(...Array.from({ length: 31 }, () => integer))), '30');
    await invalid(where('NOT_IN', list(...Array.from({ length: 11 }, () => integer))), '10');
    await invalid(where('ARRAY_CONTAINS_ANY', list()), "'ARRAY_CONTAINS_ANY'");
    const filter = { fieldFilter: { field: field('n'), op: 'EQUAL', value: integer } };
    const filters = Array.from({ length: 101 }, () => filter);
    await invalid(run({ where: { compositeFilter: { op: 'AND', filters } } }), '100');
    const range = (n: number) => ({
      fieldFilter: { field: field(`f${n}`), op: 'LESS_THAN', value: integer },
    });
    const ranges = Array.from({ length: 11 }, (_, n) => range(n));
    await invalid(run({ where: { compositeFilter: { op: 'AND', filters: ranges } } }), '10 fields');
  });

  test('orders, cursors and windows that are none', async () => {
    const orderBy = [{ field: field('n') }];
    await invalid(run({ orderBy: [{ field: field('a b') }] }), 'a b');
    await invalid(run({ orderBy: [{ field: field('n'), direction: 7 }] }), 'direction');
    await invalid(run({ orderBy: [...orderBy, ...orderBy] }), 'duplicate');
    await invalid(run({ orderBy: [{ field: field('__name__') }, ...orderBy] }), '__name__');
    await invalid(run({ orderBy, startAt: { values: [integer, integer, integer] } }), 'startAt');
    await invalid(run({ orderBy, endAt: { values: [{}] } }), 'endAt');
    await invalid(
      run({ orderBy: [{ field: field('__name__') }], startAt: { values: [integer] } }),
      'startAt',
    );
    await invalid(run({ orderBy, startAt: { values: [integer, { referenceValue: 'c/d' }] } }), 'startAt');
    const elsewhere = { referenceValue: 'projects/p/databases/d/documents/c/d' };
    await invalid(run({ orderBy, startAt: { values: [integer, elsewhere] } }), 'projects/p');
    await invalid(where('EQUAL', elsewhere, '__name__'), 'projects/p');
    await invalid(where('NOT_IN', list(elsewhere), '__name__'), 'projects/p');
    await expect(where('EQUAL', elsewhere)).resolves.toBeDefined();
    await invalid(run({ limit: { value: -1 } }), 'limit');
    await invalid(run({ offset: -1 }), 'offset');
    await invalid(run({ select: { fields: [field('a..b')] } }), 'a..b');
  });

  test('aggregations and vector searches that are none', async () => {
    const aggregate = (aggregations: object[], query: object = {}) =>
      world.call('RunAggregationQuery', {
        parent: root,
        structuredAggregationQuery: { structuredQuery: { from, ...query }, aggregations },
      });
    await invalid(aggregate([]), 'aggregations');
    await invalid(aggregate([{ alias: 'x' }]), 'x');
    await invalid(
      aggregate([
        { alias: 'x', count: {} },
        { alias: 'x', count: {} },
      ]),
      'alias',
    );
    await invalid(aggregate([{ alias: 'x', count: { upTo: { value: 0 } } }]), 'upTo');
    await invalid(aggregate([{ alias: 'x', sum: { field: field('') } }]), 'empty');
    await invalid(aggregate([{ alias: 'x', sum: { field: field('__name__') } }]), '__name__');
    await invalid(aggregate([{ alias: 'x', count: {} }], { limit: { value: -2 } }), 'limit');
    const vector = {
      mapValue: { fields: { __type__: { stringValue: '__vector__' }, value: list({ doubleValue: 1 }) } },
    };
    const search = {
      vectorField: field('v'),
      queryVector: vector,
      distanceMeasure: 'COSINE',
      limit: { value: 1 },
    };
    const wrong: [object, string][] = [
      [{ queryVector: list({ doubleValue: 1 }) }, 'queryVector'],
      [{ queryVector: undefined }, 'queryVector'],
      [{ distanceMeasure: 0 }, 'distanceMeasure'],
      [{ limit: undefined }, 'limit'],
      [{ limit: { value: 1001 } }, 'limit'],
      [{ vectorField: field('') }, 'empty'],
      [{ distanceResultField: 'a..b' }, 'a..b'],
    ];
    for (const [part, message] of wrong) await invalid(run({ findNearest: { ...search, ...part } }), message);
  });

  test('transactions and times that are none', async () => {
    const get = (more: object) => world.call('GetDocument', { name: `${root}/missing/d`, ...more });
    const token = Buffer.from('no transaction');
    await invalid(get({ transaction: token }), 'transaction');
    await invalid(run({}, { transaction: token }), 'transaction');
    await invalid(world.call('Commit', { database, writes: [], transaction: token }), 'transaction');
    await invalid(world.call('Rollback', { database, transaction: token }), 'transaction');
    await invalid(world.call('Rollback', { database }), 'transaction');
    const now = Math.floor(Date.now() / 1000);
    await invalid(get({ readTime: { seconds: String(now + 3600) } }), 'readTime');
    await invalid(get({ readTime: { seconds: String(now), nanos: -5 } }), 'readTime');
    await expect(get({ readTime: { seconds: String(now - 7 * 86_400) } })).rejects.toMatchObject(
      refusal(Code.FAILED_PRECONDITION, 'readTime'),
    );
    await expect(get({})).rejects.toMatchObject({ code: Code.NOT_FOUND });
  });

  test('names and masks of documents that are none', async () => {
    const getAll = (more: object) =>
      world.call('BatchGetDocuments', { database, documents: [`${root}/c/d`], ...more });
    await invalid(getAll({ documents: [`${root}/c`] }), '/c');
    await invalid(getAll({ documents: ['projects/p/databases/d/documents/c/d'] }), 'projects/p');
    await invalid(getAll({ mask: { fieldPaths: ['a..b'] } }), 'a..b');
    await invalid(getAll({ database: 'x' }), 'x');
    await invalid(world.call('GetDocument', { name: `${root}/c` }), '/c');
  });

  test('pages that are none', async () => {
    const documents = (more: object) =>
      world.call('ListDocuments', { parent: root, collectionId: 'c', ...more });
    const collections = (more: object) => world.call('ListCollectionIds', { parent: root, ...more });
    for (const call of [documents, collections]) {
      await invalid(call({ pageSize: -1 }), 'pageSize');
      await invalid(call({ pageToken: 'guessed' }), 'pageToken');
      await invalid(call({ parent: `${root}/c` }), '/c');
    }
    await invalid(documents({ collectionId: '' }), 'ollection');
    await invalid(documents({ orderBy: 'n sideways' }), 'n sideways');
    await invalid(documents({ orderBy: 'n', showMissing: true }), 'showMissing');
    const partition = (query: object, more: object = {}) =>
      world.call('PartitionQuery', {
        parent: root,
        structuredQuery: { from: [{ collectionId: 'c', allDescendants: true }], ...query },
        partitionCount: 3,
        ...more,
      });
    const orderBy = [{ field: field('__name__'), direction: 'ASCENDING' }];
    await expect(partition({ orderBy })).resolves.toBeDefined();
    await invalid(partition({ orderBy, from }), 'descendants');
    await invalid(partition({}), '__name__');
    await invalid(partition({ orderBy, limit: { value: 3 } }), 'limit');
    await invalid(partition({ orderBy }, { partitionCount: 0 }), 'partitionCount');
    await invalid(partition({ orderBy }, { pageToken: 'guessed' }), 'pageToken');
  });
});

networkContract('pages', (world) => {
  test('continue where the last ended, until there is no more', async () => {
    const { database, root } = world;
    const ids = Array.from({ length: 7 }, (_, n) => `p${n}`);
    const writes = ids.map((id, n) => ({
      update: { name: `${root}/pages/${id}`, fields: { n: { integerValue: -n } } },
    }));
    await world.call('Commit', { database, writes });
    type Page = { documents: { name: string }[]; nextPageToken: string };
    const walk = async (more: object) => {
      const seen: string[][] = [];
      for (let pageToken = ''; ; ) {
        const request = { parent: root, collectionId: 'pages', pageSize: 3, pageToken, ...more };
        const page = (await world.call('ListDocuments', request)) as Page;
        seen.push(page.documents.map(({ name }) => name.slice(-2)));
        if (page.nextPageToken === '') return seen;
        pageToken = page.nextPageToken;
      }
    };
    expect(await walk({})).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
    expect((await walk({ orderBy: 'n asc' })).flat()).toEqual([...ids].reverse());
    expect((await walk({ orderBy: 'n desc, __name__ desc', pageSize: 0 })).flat()).toEqual(ids);
    const first = (await world.call('ListDocuments', {
      parent: root,
      collectionId: 'pages',
      pageSize: 1,
    })) as Page;
    const elsewhere = { parent: root, collectionId: 'other', pageToken: first.nextPageToken };
    await expect(world.call('ListDocuments', elsewhere)).rejects.toMatchObject(
      refusal(Code.INVALID_ARGUMENT, 'pageToken'),
    );
  });
});
