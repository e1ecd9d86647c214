import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Change } from '../../kernel/change.ts';
import type { Warehouse, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { openDuckDbWarehouse } from './index.ts';
import { changeOf, nextId, noDocuments, TABLES } from './testing.ts';

let directory: string;
let warehouse: Warehouse;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warehouse-'));
  warehouse = openDuckDbWarehouse({ directory });
});
afterEach(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

const rows = async (sql: string, ...parameters: string[]) => (await warehouse.query(sql, parameters)).rows;
const apply = (...changes: Change[]) => warehouse.apply(changes, TABLES, noDocuments);
const contact = (recordId: string, version: number, operation: Change['operation'], patch: object = {}) =>
  changeOf({ collection: 'crm.contacts', recordId, version, operation, patch: { ...patch } });

test('a record follows its changes: create, merge patches, delete, restore', async () => {
  const id = nextId('con');
  const state = () =>
    rows('SELECT version, deleted, name, score, address_city FROM crm_contacts WHERE id = $1', id);
  await apply(contact(id, 1, 'create', { name: 'Ada', score: 3, address: { city: 'Paris', street: 'Rue' } }));
  expect(await state()).toEqual([
    { version: 1, deleted: false, name: 'Ada', score: 3, address_city: 'Paris' },
  ]);
  await apply(contact(id, 2, 'update', { score: null, address: { city: 'Lyon' } }));
  expect(await state()).toEqual([
    { version: 2, deleted: false, name: 'Ada', score: null, address_city: 'Lyon' },
  ]);
  await apply(contact(id, 3, 'delete'));
  expect(await state()).toEqual([
    { version: 3, deleted: true, name: 'Ada', score: null, address_city: 'Lyon' },
  ]);
  await apply(contact(id, 4, 'restore'), contact(id, 5, 'update', { name: 'Ada L.' }));
  expect(await state()).toEqual([
    { version: 5, deleted: false, name: 'Ada L.', score: null, address_city: 'Lyon' },
  ]);
  const [stored] = await rows('SELECT record, created_at, created_by FROM crm_contacts');
  expect(JSON.parse(String(stored?.record))).toMatchObject({
    version: 5,
    address: { city: 'Lyon', street: 'Rue' },
  });
  expect(stored).toMatchObject({ created_at: '2026-03-01T10:00:00.123456Z', created_by: 'usr_1' });
});

test('array elements are child rows, replaced with their record and gone when it is deleted', async () => {
  const id = nextId('inv');
  const invoice = (version: number, operation: Change['operation'], patch: object) =>
    changeOf({ collection: 'finance.invoices', recordId: id, version, operation, patch: { ...patch } });
  const lines = () =>
    rows('SELECT record_id, position, sku, amount FROM finance_invoices_lines ORDER BY position');
  await apply(
    invoice(1, 'create', {
      status: 'draft',
      lines: [
        { sku: 'a', amount: 5 },
        { sku: 'b', amount: -2 },
      ],
    }),
  );
  expect(await lines()).toEqual([
    { record_id: id, position: 0, sku: 'a', amount: 5 },
    { record_id: id, position: 1, sku: 'b', amount: -2 },
  ]);
  await apply(invoice(2, 'update', { lines: [{ sku: 'c', amount: 9 }] }));
  expect(await lines()).toEqual([{ record_id: id, position: 0, sku: 'c', amount: 9 }]);
  await apply(invoice(3, 'delete', {}));
  expect(await lines()).toEqual([]);
  await apply(invoice(4, 'restore', {}));
  expect(await lines()).toEqual([{ record_id: id, position: 0, sku: 'c', amount: 9 }]);
});

test('redelivery, whole or in part and in the same batch, changes nothing', async () => {
  const [a, b] = [nextId('con'), 'imported-42'];
  const first = [
    contact(a, 1, 'create', { name: 'A', score: 1 }),
    contact(b, 1, 'create', { name: 'B', score: 2 }),
  ];
  const second = [contact(a, 2, 'update', { score: 10 })];
  expect(await apply(...first)).toEqual({ applied: 2 });
  expect(await apply(...first, ...second, ...second)).toEqual({ applied: 1 });
  expect(await apply(...second, ...first)).toEqual({ applied: 0 });
  expect(await rows('SELECT name, version, score FROM crm_contacts ORDER BY name')).toEqual([
    { name: 'A', version: 2, score: 10 },
    { name: 'B', version: 1, score: 2 },
  ]);
  expect(await rows('SELECT count(*) AS changes, count(DISTINCT id) AS ids FROM changes')).toEqual([
    { changes: 3, ids: 3 },
  ]);
});

test('the same record id in two tenants is two records', async () => {
  const one = contact('same', 1, 'create', { name: 'One' });
  const two: Change = { ...contact('same', 1, 'create', { name: 'Two' }), tenantId: 'ten_b', id: one.id };
  expect(await apply(one, two)).toEqual({ applied: 2 });
  await apply({ ...contact('same', 2, 'update', { name: 'Two!' }), tenantId: 'ten_b' });
  expect(await rows('SELECT tenant_id, name FROM crm_contacts ORDER BY 1')).toEqual([
    { tenant_id: 'ten_a', name: 'One' },
    { tenant_id: 'ten_b', name: 'Two!' },
  ]);
});

test('a version gap is repaired from the documents, and the late changes only enter the log', async () => {
  const id = nextId('con');
  const asked: string[] = [];
  const changes = [1, 2, 3, 4].map((version) =>
    contact(id, version, version === 1 ? 'create' : 'update', { name: `v${version}`, score: version }),
  );
  const readRecord = (tenantId: string, collection: string, recordId: string) => {
    asked.push([tenantId, collection, recordId].join('/'));
    return Promise.resolve({ record: { name: 'v4', score: 4, version: 4 }, version: 4, deleted: false });
  };
  const state = () => rows('SELECT name, version, score FROM crm_contacts');
  await warehouse.apply(changes.slice(2, 3), TABLES, readRecord);
  expect(asked).toEqual([`ten_a/crm.contacts/${id}`]);
  expect(await state()).toEqual([{ name: 'v4', version: 4, score: 4 }]);
  for (const late of [changes[3], changes[0], changes[1]])
    if (late) expect(await apply(late)).toEqual({ applied: 1 });
  expect(await state()).toEqual([{ name: 'v4', version: 4, score: 4 }]);
  expect(await rows('SELECT version FROM changes ORDER BY version')).toHaveLength(4);
});

test('columns are added and widened as collections evolve; nothing is lost', async () => {
  const [a, b, c] = [nextId('con'), nextId('con'), nextId('con')];
  const evolved = (columns: WarehouseTable['columns']): readonly WarehouseTable[] => [
    { name: 'crm_contacts', collection: 'crm.contacts', columns, children: [] },
  ];
  const name = { name: 'name', type: 'string', path: ['name'] } as const;
  await apply(contact(a, 1, 'create', { name: 'A', score: 1 }));
  const wider = evolved([
    name,
    { name: 'score', type: 'number', path: ['score'] },
    { name: 'vip', type: 'boolean', path: ['vip'] },
  ]);
  await warehouse.apply([contact(b, 1, 'create', { name: 'B', score: 1.5, vip: true })], wider, noDocuments);
  const reduced = evolved([name, { name: 'score', type: 'string', path: ['score'] }]);
  await warehouse.apply([contact(c, 1, 'create', { name: 'C', score: 'high' })], reduced, noDocuments);
  expect(await rows('SELECT name, score, address_city, vip FROM crm_contacts ORDER BY name')).toEqual([
    { name: 'A', score: '1.0', address_city: null, vip: null },
    { name: 'B', score: '1.5', address_city: null, vip: true },
    { name: 'C', score: 'high', address_city: null, vip: null },
  ]);
});

test('applies made at once commit together or fail alone', async () => {
  const good = Array.from({ length: 20 }, (_, index) => [
    contact(nextId('con'), 1, 'create', { name: `n${index}` }),
  ]);
  const bad = [contact(nextId('con'), 5, 'update', { name: 'gap' })];
  const failing = () => Promise.reject(new Error('documents are away'));
  const settled = await Promise.allSettled(
    [...good, bad].map((changes) => warehouse.apply(changes, TABLES, failing)),
  );
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  expect(settled.at(-1)).toMatchObject({ status: 'rejected', reason: { message: 'documents are away' } });
  expect(await rows('SELECT count(*) AS n FROM crm_contacts')).toEqual([{ n: 20 }]);
});

test('changes of collections without a table are left out', async () => {
  expect(
    await apply(changeOf({ collection: 'auth.sessions', recordId: 's', version: 1, operation: 'create' })),
  ).toEqual({ applied: 0 });
  expect(await rows('SELECT count(*) AS n FROM changes')).toEqual([{ n: 0 }]);
});

test('what was applied is there after a restart', async () => {
  const created = contact(nextId('con'), 1, 'create', { name: 'Ada' });
  await apply(created);
  await warehouse.close();
  await expect(warehouse.query('SELECT 1', [])).rejects.toThrow(/closed/);
  warehouse = openDuckDbWarehouse({ directory });
  await warehouse.check();
  expect(await apply(created)).toEqual({ applied: 0 });
  expect(await rows('SELECT name FROM crm_contacts')).toEqual([{ name: 'Ada' }]);
});

test('parameters, null and exact numbers pass through', async () => {
  const sql =
    'SELECT $1 AS text, $2 AS yes, $3 AS nothing, CAST($4 AS TIMESTAMP) AS at, sum(9007199254740993) AS big';
  expect((await warehouse.query(sql, ["O'Neil", true, null, '2011-01-01T00:00:00Z'])).rows).toEqual([
    { text: "O'Neil", yes: true, nothing: null, at: '2011-01-01T00:00:00Z', big: '9007199254740993' },
  ]);
});

test.each([
  "SELECT * FROM read_csv('/etc/hostname')",
  "SELECT * FROM '/etc/hostname'",
  "COPY changes TO 'out.csv'",
  "ATTACH 'other.duckdb'",
  'INSTALL httpfs',
  "SET memory_limit = '64GB'",
  'CREATE TABLE intruder (a INTEGER)',
  'DELETE FROM changes',
  'SELECT 1; SELECT 2',
  "CALL enable_logging('QueryLog')",
  'EXPLAIN ANALYZE DELETE FROM changes',
])('refuses %s', async (sql) => {
  await apply(contact(nextId('con'), 1, 'create', { name: 'kept' }));
  await expect(warehouse.query(sql, [])).rejects.toThrow();
  expect(await rows('SELECT count(*) AS n FROM changes')).toEqual([{ n: 1 }]);
});

test('a query past its time or rows is refused, and the next one runs', async () => {
  const endless =
    'SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b WHERE a.range % 7 = b.range % 11';
  await expect(warehouse.query(endless, [], { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'unavailable',
  });
  await expect(warehouse.query('SELECT * FROM range(11)', [], { maxRows: 10 })).rejects.toMatchObject({
    code: 'too_large',
  });
  expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
