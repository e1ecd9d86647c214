import { strict as assert } from 'node:assert';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { mergePatch } from '../../functions/src/kernel/records/record.ts';
import { type Account, eventually, type TestServer } from '../support/server.ts';
import type { Ledger } from './ledger.ts';

interface Entry {
  readonly version: number;
  readonly operation: string;
  readonly patch: object;
}
type Row = Record<string, unknown> & { id: string; version: number };

/** Settles what was in doubt, then compares everything that was acknowledged with what is there. Throws what differs. */
export async function verifyDocuments(server: TestServer, account: Account, ledger: Ledger): Promise<void> {
  const stored = await listAll(server, account, '/api/crm/contacts');
  settleCreates(ledger, stored);
  for (const id of stored.keys()) assert(ledger.contacts.has(id), `${id} was stored, but nobody wrote it`);
  await inParallel([...ledger.contacts.keys()], (id) =>
    verifyRecord(server, account, ledger, id, stored.get(id)),
  );
  await retryKeys(server, account, ledger);
  await verifyInvoices(server, account, ledger);
}

async function listAll(server: TestServer, account: Account, url: string): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body, status, text } = await server.request(
      'GET',
      `${url}?limit=200&sort=createdAt${cursor ? `&cursor=${cursor}` : ''}`,
      { token: account.token },
    );
    assert.equal(status, 200, text);
    for (const item of body.items) {
      assert(!rows.has(item.id), `${item.id} was listed twice`);
      rows.set(item.id, item);
    }
    cursor = body.nextCursor;
  }
  return rows;
}

/** A create without an answer made each of its records once, or not at all. */
function settleCreates(ledger: Ledger, stored: ReadonlyMap<string, Row>): void {
  const byName = Map.groupBy(stored.values(), ({ name }) => String(name));
  for (const [name, rows] of byName) assert.equal(rows.length, 1, `${name} was made ${rows.length} times`);
  for (const { names } of ledger.creates)
    for (const name of names) {
      const [row] = byName.get(name) ?? [];
      if (row && !ledger.contacts.has(row.id))
        ledger.contacts.set(row.id, { version: 1, score: 0, deleted: false });
    }
}

/** The record, its history, and what was acknowledged agree; a write in doubt happened whole or not at all. */
async function verifyRecord(
  server: TestServer,
  account: Account,
  ledger: Ledger,
  id: string,
  row: Row | undefined,
): Promise<void> {
  const known = ledger.contacts.get(id);
  assert(known);
  const { status, body, text } = await server.request('GET', `/api/crm/contacts/${id}/history?limit=200`, {
    token: account.token,
  });
  assert.equal(status, 200, `${id} is lost: ${text}`);
  const history: Entry[] = body.items.toReversed();
  const last = history.length;
  assert.deepEqual(
    history.map(({ version }) => version),
    history.map((_, index) => index + 1),
    `versions of ${id}`,
  );
  const happened = known.doubt !== undefined && last === known.version + 1;
  if (happened) Object.assign(known, known.doubt, { version: last });
  known.doubt = undefined;
  assert.equal(last, known.version, `${id} has ${last} changes, ${known.version} were acknowledged`);
  assert.equal(row === undefined, known.deleted, `${id} deleted`);
  assert.equal(history.at(-1)?.operation === 'delete', known.deleted, `${id} deleted by its last change`);
  if (!row) return;
  const folded = history.reduce<unknown>((state, { patch }) => mergePatch(state, patch), {}) as Row;
  assert.deepEqual({ ...folded, id, version: last }, row, `${id} differs from its own history`);
  assert.equal(row.score, known.score, `score of ${id}`);
}

/** The same request sent again after the crash takes effect at most once. */
async function retryKeys(server: TestServer, account: Account, ledger: Ledger): Promise<void> {
  const retried = ledger.creates.filter(({ key }) => key);
  ledger.creates = [];
  for (const { names, key = '', body } of retried) {
    const answer = await server.request('POST', '/api/crm/contacts', {
      token: account.token,
      body,
      headers: { 'idempotency-key': key },
    });
    // 409 while the first request may still be under way; its outcome stands in the records.
    assert([201, 409].includes(answer.status), `retry: ${answer.status} ${answer.text}`);
    if (answer.status === 201 && !ledger.contacts.has(answer.body.id))
      ledger.contacts.set(answer.body.id, { version: 1, score: 0, deleted: false });
    const found = [...(await listAll(server, account, '/api/crm/contacts')).values()].filter(
      ({ name }) => name === names[0],
    );
    assert(found.length <= 1, `${names[0]} was made ${found.length} times`);
  }
}

async function verifyInvoices(server: TestServer, account: Account, ledger: Ledger): Promise<void> {
  const stored = await listAll(server, account, '/api/finance/invoices');
  for (const [id, number] of ledger.invoices) assert.equal(stored.get(id)?.number, number, `invoice ${id}`);
  assert(stored.size <= ledger.invoices.size + ledger.doubtfulInvoices, 'invoices nobody wrote');
  const numbers = [...stored.values()]
    .map(({ number }) => Number(String(number).slice(4)))
    .sort((a, b) => a - b);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
    'invoice numbers have gaps',
  );
}

/** Waits until every subscriber has had every change, by the server's own figures. */
export async function caughtUp(server: TestServer): Promise<void> {
  const ask = async (): Promise<string[]> =>
    (await server.request('GET', '/metrics')).text
      .split('\n')
      .filter(
        (line) => /^(relay_lag_seconds|subscription_backlog_messages)\b/.test(line) && !line.endsWith(' 0'),
      );
  await eventually('the relay and the subscribers', ask, (behind) => behind.length === 0, 120_000);
}

/** With the server stopped: the warehouse has each change of the documents once, and nothing else. */
export async function verifyWarehouse(directory: string, tenantId: string, ledger: Ledger): Promise<void> {
  const instance = await DuckDBInstance.create(path.join(directory, 'warehouse', 'warehouse.duckdb'), {
    access_mode: 'READ_ONLY',
  });
  const connection = await instance.connect();
  try {
    const read = async (sql: string): Promise<Record<string, unknown>[]> =>
      (await connection.runAndReadAll(sql, [tenantId])).getRowObjectsJson();
    const changes = await read(
      `SELECT record_id AS id, count(*) AS n, count(DISTINCT version) AS versions, max(version) AS last FROM changes WHERE tenant_id = $1 AND collection = 'crm.contacts' GROUP BY 1`,
    );
    const counted = new Map(
      changes.map(({ id, n, versions, last }) => [id, [Number(n), Number(versions), Number(last)]]),
    );
    for (const [id, { version }] of ledger.contacts)
      assert.deepEqual(counted.get(id), [version, version, version], `changes of ${id} in the warehouse`);
    assert.equal(counted.size, ledger.contacts.size, 'changes in the warehouse of records that do not exist');
    const state = await read('SELECT id, version, deleted, score FROM crm_contacts WHERE tenant_id = $1');
    assert.equal(state.length, ledger.contacts.size, 'rows in the warehouse');
    for (const row of state) {
      const known = ledger.contacts.get(String(row.id));
      assert.deepEqual(
        [Number(row.version), row.deleted, Number(row.score)],
        [known?.version, known?.deleted, known?.score],
        `row ${String(row.id)}`,
      );
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
