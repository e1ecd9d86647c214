import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Change } from '../../kernel/changes/change.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { warehouseContract } from '../../kernel/testing/contracts/warehouse.ts';
import { warehouseHistoryContract } from '../../kernel/testing/contracts/warehouse-history.ts';
import { changeOf, nextId, noDocuments, TABLES } from '../../kernel/testing/warehouse-changes.ts';
import { openDuckDbWarehouse } from './index.ts';

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

warehouseContract('duckdb', async () => warehouse);
warehouseHistoryContract('duckdb', async () => warehouse);

test('tells how many changes were new', async () => {
  const changes = ['a', 'b', 'c'].map((id) => contact(id, 1, 'create', { name: id }));
  expect(await apply(...changes.slice(0, 2))).toEqual({ applied: 2 });
  expect(await apply(...changes, ...changes)).toEqual({ applied: 1 });
  expect(await apply(...changes)).toEqual({ applied: 0 });
});

test('an apply without changes makes every table, also beside one that has changes', async () => {
  const created = contact(nextId('con'), 1, 'create', { name: 'Ada' });
  await Promise.all([apply(created), warehouse.apply([], TABLES, noDocuments), apply(created)]);
  for (const { name } of TABLES)
    expect(await rows(`SELECT count(*) AS n FROM ${name} WHERE id <> $1`, created.recordId)).toEqual([
      { n: 0 },
    ]);
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
