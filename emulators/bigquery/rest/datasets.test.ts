import type { Table } from '@google-cloud/bigquery';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from '../testing.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
  await cloud.client.createDataset('shop', { location: 'EU' });
});
afterAll(() => cloud.close());

const SCHEMA = [
  { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'name', type: 'STRING', description: 'what it is called' },
  { name: 'price', type: 'NUMERIC' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  {
    name: 'maker',
    type: 'RECORD',
    fields: [
      { name: 'city', type: 'STRING' },
      { name: 'since', type: 'DATE' },
    ],
  },
  {
    name: 'sizes',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [
      { name: 'code', type: 'STRING' },
      { name: 'stock', type: 'INTEGER' },
    ],
  },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'more', type: 'JSON' },
];

const rowsOf = async (sql: string): Promise<unknown[]> => (await cloud.client.query(sql))[0];

async function newTable(name: string, options: object = {}): Promise<Table> {
  const [table] = await cloud.client
    .dataset('shop')
    .createTable(name, { schema: { fields: SCHEMA }, ...options });
  return table;
}

test('datasets are made, listed, changed and deleted', async () => {
  const { client } = cloud;
  const [dataset] = await client.createDataset('crm', {
    labels: { team: 'sales' },
    defaultTableExpirationMs: '3600000',
  });
  await expect(client.createDataset('crm')).rejects.toMatchObject({
    code: 409,
    errors: [{ reason: 'duplicate' }],
  });
  await expect(client.createDataset('no-dashes')).rejects.toMatchObject({ code: 400 });
  const [metadata] = await dataset.getMetadata();
  expect(metadata).toMatchObject({
    id: 'p:crm',
    labels: { team: 'sales' },
    location: 'US',
    defaultTableExpirationMs: '3600000',
  });
  await dataset.setMetadata({ description: 'people', labels: { team: null, tier: 'gold' } as never });
  expect((await dataset.getMetadata())[0]).toMatchObject({ description: 'people', labels: { tier: 'gold' } });
  const [datasets] = await client.getDatasets();
  expect(datasets.map(({ id }) => id)).toEqual(['crm', 'shop']);
  const [table] = await dataset.createTable('t', { schema: 'a:INTEGER' });
  expect(Number((await table.getMetadata())[0].expirationTime)).toBeGreaterThan(Date.now());
  await expect(dataset.delete()).rejects.toMatchObject({ errors: [{ reason: 'resourceInUse' }] });
  await dataset.delete({ force: true });
  expect(await dataset.exists()).toEqual([false]);
  await expect(dataset.get()).rejects.toMatchObject({ code: 404, message: 'Not found: Dataset p:crm' });
});

test('a stale etag is refused', async () => {
  const table = await newTable('guarded');
  const [{ etag }] = await table.getMetadata();
  await table.setMetadata({ description: 'one' });
  await expect(table.setMetadata({ description: 'two', etag } as never)).rejects.toMatchObject({ code: 412 });
});

test('tables keep their schema, partitions, clusters and options; columns are added and relaxed, nothing else', async () => {
  const table = await newTable('things', {
    timePartitioning: { type: 'DAY', field: 'at' },
    clustering: { fields: ['name'] },
    labels: { a: 'b' },
    description: 'd',
  });
  const [metadata] = await table.getMetadata();
  expect(metadata).toMatchObject({
    type: 'TABLE',
    description: 'd',
    labels: { a: 'b' },
    numRows: '0',
    timePartitioning: { type: 'DAY', field: 'at' },
    clustering: { fields: ['name'] },
    schema: {
      fields: SCHEMA.map((field) => ({
        mode: 'NULLABLE',
        ...field,
        ...(field.fields && { fields: field.fields.map((inner) => ({ mode: 'NULLABLE', ...inner })) }),
      })),
    },
  });
  await table.insert([{ id: 1, sizes: [{ code: 'S', stock: 1 }], maker: { city: 'Ulm' } }]);
  const relaxed = SCHEMA.map((field) => (field.name === 'id' ? { ...field, mode: 'NULLABLE' } : field));
  const wider = relaxed.map((field) =>
    field.name === 'maker' || field.name === 'sizes'
      ? { ...field, fields: [...(field.fields ?? []), { name: 'extra', type: 'FLOAT' }] }
      : field,
  );
  await table.setMetadata({
    schema: {
      fields: [
        ...wider,
        { name: 'added', type: 'BOOLEAN' },
        { name: 'list', type: 'INTEGER', mode: 'REPEATED' },
      ],
    },
  });
  await table.insert([{ name: 'second', added: true, maker: { extra: 1.5 } }]);
  const [rows] = await cloud.client.query(
    'SELECT id, added, list, maker.extra, sizes[SAFE_OFFSET(0)].extra AS none FROM shop.things ORDER BY id',
  );
  expect(rows).toEqual([
    { id: null, added: true, list: [], extra: 1.5, none: null },
    { id: 1, added: null, list: [], extra: null, none: null },
  ]);
  await expect(table.setMetadata({ schema: { fields: SCHEMA.slice(1) } })).rejects.toMatchObject({
    code: 400,
  });
  await expect(newTable('things')).rejects.toMatchObject({
    code: 409,
    message: 'Already Exists: Table p:shop.things',
  });
  await expect(newTable('bad', { timePartitioning: { type: 'DAY', field: 'name' } })).rejects.toThrow(
    /can only be of type/,
  );
  await expect(cloud.client.dataset('shop').createTable('bad', { schema: 'a:GEOGRAPHY' })).rejects.toThrow(
    /GEOGRAPHY .* not supported/,
  );
});

test('tables and views are listed and deleted', async () => {
  const dataset = cloud.client.dataset('shop');
  await dataset.createTable('numbers', { view: 'SELECT 1 AS n' });
  const [tables] = await dataset.getTables();
  expect(tables.map(({ id }) => id)).toContain('numbers');
  expect(tables.find(({ id }) => id === 'numbers')?.metadata.type).toBe('VIEW');
  const [page, next] = await dataset.getTables({ maxResults: 1, autoPaginate: false });
  expect([page.length, next?.pageToken]).toEqual([1, '1']);
  const [metadata] = await dataset.table('numbers').getMetadata();
  expect(metadata).toMatchObject({
    type: 'VIEW',
    view: { query: 'SELECT 1 AS n' },
    schema: { fields: [{ name: 'n', type: 'INTEGER' }] },
  });
  expect(await rowsOf('SELECT n + 1 AS m FROM `p.shop.numbers`')).toEqual([{ m: 2 }]);
  await dataset.table('numbers').delete();
  await expect(dataset.table('numbers').getMetadata()).rejects.toMatchObject({
    code: 404,
    message: 'Not found: Table p:shop.numbers',
  });
  await expect(dataset.createTable('broken', { view: 'SELECT nothing' })).rejects.toThrow(
    /Unrecognized name/,
  );
});

test('rows go in and come out again, page by page', async () => {
  const table = await newTable('stock');
  const rows = Array.from({ length: 25 }, (_, id) => ({
    id,
    name: `thing ${id}`,
    price: '12.34',
    tags: ['a', 'b'],
    maker: { city: 'Ulm', since: '2001-02-03' },
    sizes: [{ code: 'S', stock: id }],
    at: cloud.client.timestamp('2020-01-01T10:00:00.123Z'),
    more: JSON.stringify({ b: 1, a: [true] }),
  }));
  await table.insert(rows);
  const [all] = await table.getRows();
  expect(all).toHaveLength(25);
  expect(JSON.parse(JSON.stringify(all[3]))).toEqual({
    ...rows[3],
    at: { value: '2020-01-01T10:00:00.123Z' },
    maker: { city: 'Ulm', since: { value: '2001-02-03' } },
    more: '{"a":[true],"b":1}',
  });
  const [page, next] = await table.getRows({ maxResults: 10, autoPaginate: false });
  expect([page.length, next?.pageToken]).toEqual([10, '10']);
  const [picked] = await table.getRows({
    selectedFields: 'name,maker.city',
    maxResults: 1,
    autoPaginate: false,
  });
  expect(picked).toEqual([{ name: 'thing 0', maker: { city: 'Ulm' } }]);
  expect((await table.getMetadata())[0].numRows).toBe('25');
});

test('each row of an insert is judged alone, and repeated ids are dropped', async () => {
  const table = await newTable('judged');
  const good = { insertId: 'one', json: { id: 1 } };
  const bad = [
    { insertId: 'two', json: { name: 'no id' } },
    { insertId: 'three', json: { id: 'x' } },
    { insertId: 'four', json: { id: 4, nothing: 1 } },
  ];
  const failure = await table
    .insert([good, ...bad], { raw: true, partialRetries: 0 })
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({
    name: 'PartialFailureError',
    errors: [
      { errors: [{ reason: 'stopped' }] },
      { errors: [{ reason: 'invalid', message: 'Missing required field: id.' }] },
      { errors: [{ reason: 'invalid' }] },
      { errors: [{ message: 'no such field: nothing.' }] },
    ],
  });
  const count = async () => (await cloud.client.query('SELECT COUNT(*) AS n FROM shop.judged'))[0][0].n;
  expect(await count()).toBe(0);
  await expect(
    table.insert([good, ...bad], { raw: true, skipInvalidRows: true, partialRetries: 0 }),
  ).rejects.toMatchObject({ errors: [{ errors: [{ reason: 'invalid' }] }, {}, {}] });
  await table.insert([good, good], { raw: true });
  await table.insert([{ insertId: 'four', json: { id: 4, nothing: 1 } }], {
    raw: true,
    ignoreUnknownValues: true,
  });
  expect(await count()).toBe(2);
  await Promise.all(
    Array.from({ length: 5 }, () => table.insert([{ insertId: 'same', json: { id: 9 } }], { raw: true })),
  );
  expect(await count()).toBe(3);
  await table.insert([{ id: 5 }], { templateSuffix: '_2020' });
  expect(await rowsOf('SELECT id FROM shop.judged_2020')).toEqual([{ id: 5 }]);
  await expect(
    cloud.client
      .dataset('shop')
      .table('absent')
      .insert([{ id: 1 }]),
  ).rejects.toMatchObject({ code: 404 });
});

test('defaults fill what a row leaves out', async () => {
  const [table] = await cloud.client.dataset('shop').createTable('defaults', {
    schema: {
      fields: [
        { name: 'a', type: 'INTEGER' },
        { name: 'b', type: 'STRING', defaultValueExpression: "CONCAT('x', 'y')" },
      ],
    },
  });
  await table.insert([{ a: 1 }, { a: 2, b: 'z' }]);
  await cloud.client.query('INSERT INTO shop.defaults (a) VALUES (3)');
  expect(await rowsOf('SELECT b FROM shop.defaults ORDER BY a')).toEqual([
    { b: 'xy' },
    { b: 'z' },
    { b: 'xy' },
  ]);
});
