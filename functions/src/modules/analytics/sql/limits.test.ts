import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDuckDbWarehouse } from '../../../adapters/warehouse-duckdb/index.ts';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import { changeOf, noDocuments, TABLES } from '../../../kernel/testing/warehouse-changes.ts';

const ENDLESS =
  'SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) AS a, UNNEST(GENERATE_ARRAY(1, 1000000)) AS b WHERE a + b < 0';
const LIMITS = { timeoutMs: 60_000, maxRows: 100, maxBytes: 1_000_000 };

let directory: string;
let warehouse: Warehouse;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'analysts-'));
  warehouse = openDuckDbWarehouse({ directory });
  await warehouse.apply([contact('a')], TABLES, noDocuments);
});
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

const contact = (recordId: string) =>
  changeOf({
    collection: 'crm.contacts',
    recordId,
    version: 1,
    operation: 'create',
    patch: { name: recordId },
  });
const contacts = {
  name: 'contacts',
  columns: [{ name: 'name', type: 'string' }],
  sql: 'SELECT name FROM crm_contacts WHERE tenant_id = $1',
  parameters: [contact('a').tenantId],
} as const;
const ask = (sql: string, more: object = {}, asker = 'one') =>
  warehouse.ask({ sql, tables: [contacts], asker }, { ...LIMITS, ...more });

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(20);
}

it('while queries without end are at work, dashboards are answered and changes arrive', async () => {
  const enough = new AbortController();
  const endless = ['a', 'b', 'c'].map((asker) => ask(ENDLESS, { signal: enough.signal }, asker));
  const ended: unknown[] = [];
  for (const each of endless) each.catch((error: unknown) => ended.push(error));
  await warehouse.apply([contact('b')], TABLES, noDocuments);
  const { rows } = await warehouse.query('SELECT count(*) AS n FROM crm_contacts', []);
  expect(rows).toEqual([{ n: 2 }]);
  expect(ended).toEqual([]);
  enough.abort(new Error('the client has gone'));
  for (const each of endless) await expect(each).rejects.toThrow('the client has gone');
  expect((await ask('SELECT COUNT(*) AS n FROM contacts')).rows).toEqual([{ n: 2 }]);
});

it('a query ends at its time', async () => {
  await expect(ask(ENDLESS, { timeoutMs: 300 })).rejects.toMatchObject({
    code: 'invalid',
    errors: [{ path: 'sql', code: 'timeout' }],
  });
});

// One that DuckDB refuses, and one that ends the process.
it.each([
  "SELECT ARRAY_AGG(REPEAT('x', 10000)) FROM UNNEST(GENERATE_ARRAY(1, 1000000))",
  "SELECT LENGTH(REPEAT(REPEAT('x', 1000000), 4000))",
])('a query that needs too much memory is refused: %s', async (sql) => {
  await expect(ask(sql)).rejects.toMatchObject({ code: 'too_large' });
  expect((await ask('SELECT name FROM contacts ORDER BY name LIMIT 1')).rows).toEqual([{ name: 'a' }]);
});

it('rows that nobody waits for any more are not fetched on', async () => {
  const enough = new AbortController();
  const sql =
    'SELECT max(a.range)::VARCHAR AS name FROM range(100000000) AS a, range(1000000) AS b WHERE a.range % 7 = b.range % 11';
  const tables = [{ ...contacts, sql, parameters: [] }];
  const question = { sql: 'SELECT * FROM contacts', tables, asker: 'one' };
  const abandoned = warehouse.ask(question, { ...LIMITS, signal: enough.signal });
  await until(async () => (await readdir(path.join(directory, 'questions'))).length > 0);
  enough.abort(new Error('gone'));
  await expect(abandoned).rejects.toThrow('gone');
  expect((await ask('SELECT COUNT(*) AS n FROM contacts', {}, 'another')).rows).toHaveLength(1);
  await until(async () => (await readdir(path.join(directory, 'questions'))).length === 0);
});

it('an answer has so many bytes at most, but one row at least', async () => {
  const long = "SELECT REPEAT('x', 1000) AS x FROM UNNEST(GENERATE_ARRAY(1, 50))";
  const answer = await ask(long, { maxBytes: 10_000 });
  expect([answer.rows.length, answer.truncated]).toEqual([9, true]);
  await expect(ask(long, { maxBytes: 500 })).rejects.toMatchObject({ code: 'too_large' });
});

it('an asker has one query at work and few that wait', async () => {
  const enough = new AbortController();
  const { signal } = enough;
  const answers = Promise.allSettled(Array.from({ length: 12 }, () => ask(ENDLESS, { signal }, 'greedy')));
  expect((await ask('SELECT 1 AS one', {}, 'another')).rows).toEqual([{ one: 1 }]);
  enough.abort(new Error('enough'));
  const refused = (await answers).filter(
    (each) => each.status === 'rejected' && (each.reason as { code?: string }).code === 'rate_limited',
  );
  expect(refused).toHaveLength(3);
});

it('nothing stays on disk of what was asked', async () => {
  await ask('SELECT * FROM contacts');
  expect(await readdir(path.join(directory, 'questions'))).toEqual([]);
});
