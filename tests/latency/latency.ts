/** How long a write takes to be seen elsewhere, and whether everything that was written is seen as it was written. */

import { strict as assert } from 'node:assert';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Account, eventually, startServer, type TestServer } from '../support/server.ts';
import { observeStream, observeWarehouse, type StreamObserver } from './observers.ts';
import { type Write, writeSteadily } from './writer.ts';

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface LatencyReport {
  readonly writes: number;
  /** Acknowledged writes a second. */
  readonly rate: number;
  /** From the request to its answer. */
  readonly answer: Percentiles;
  /** From the request to the event in another client's stream. */
  readonly stream: Percentiles;
  /**
   * From the request to the dashboard's figure: the n-th invoice counts as seen when a query counts n of them. It
   * includes waiting for the next query.
   */
  readonly warehouse: Percentiles;
}

/** Throws when anything is missing, twice, or not as it was written. */
export async function measureLatency(options: {
  readonly rate: number;
  readonly seconds: number;
}): Promise<LatencyReport> {
  const server = await startServer();
  try {
    const account = await server.register();
    const stream = await observeStream(server, account);
    const warehouse = observeWarehouse(server, account);
    const writes = await writeSteadily(server, account, options);
    await everythingIsSeen(stream, writes);
    const invoices = writes.filter(({ collection }) => collection === 'finance.invoices');
    await eventually(
      'invoices in the warehouse',
      warehouse.last,
      (orders) => orders >= invoices.length,
      60_000,
    );
    await Promise.all([stream.close(), warehouse.close()]);
    verifyStream(stream, writes);
    await server.stop();
    await verifyWarehouse(server, account, writes);

    const span = Math.max(...writes.map(({ answeredAt }) => answeredAt)) - (writes[0]?.sentAt ?? 0);
    return {
      writes: writes.length,
      rate: Math.round((writes.length * 1_000) / span),
      answer: percentiles(writes.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
      stream: percentiles(streamLatencies(stream, writes)),
      warehouse: percentiles(
        invoices.flatMap(({ sentAt }, index) => {
          const seen = warehouse.counts.find(({ orders }) => orders > index);
          return seen ? [seen.at - sentAt] : [];
        }),
      ),
    };
  } finally {
    await server.remove();
  }
}

const keyOf = ({ id, version }: { id: string; version: number }): string => `${id} ${version}`;
const ownEvents = (stream: StreamObserver) =>
  stream.seen.filter(({ event }) => ['crm.contacts', 'finance.invoices'].includes(event.collection));

async function everythingIsSeen(stream: StreamObserver, writes: readonly Write[]): Promise<void> {
  const count = async () => ownEvents(stream).length;
  await eventually('events in the stream', count, (seen) => seen >= writes.length, 60_000);
}

/** Each write once, the versions of a record in order. */
function verifyStream(stream: StreamObserver, writes: readonly Write[]): void {
  const events = ownEvents(stream).map(({ event }) => event);
  const written = new Map(writes.map((write) => [keyOf(write), write]));
  assert.equal(events.length, writes.length, 'events in the stream');
  const versions = new Map<string, number>();
  for (const event of events) {
    const key = keyOf({ id: event.recordId, version: event.version });
    const write = written.get(key);
    assert(write, `${key} is in the stream, but was not written`);
    assert.deepEqual([event.collection, event.operation], [write.collection, write.operation], key);
    assert.equal(event.version, (versions.get(event.recordId) ?? 0) + 1, `order of ${event.recordId}`);
    versions.set(event.recordId, event.version);
  }
}

function streamLatencies(stream: StreamObserver, writes: readonly Write[]): number[] {
  const seen = new Map(
    ownEvents(stream).map(({ event, at }) => [keyOf({ id: event.recordId, version: event.version }), at]),
  );
  return writes.flatMap((write) => {
    const at = seen.get(keyOf(write));
    return at === undefined ? [] : [at - write.sentAt];
  });
}

/** With the server stopped: each record as its last write left it, and nothing else. */
async function verifyWarehouse(
  { directory }: TestServer,
  { tenantId }: Account,
  writes: readonly Write[],
): Promise<void> {
  const file = path.join(directory, 'warehouse', 'warehouse.duckdb');
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const sql = `SELECT id, version, score AS mark FROM crm_contacts WHERE tenant_id = $1
      UNION ALL SELECT id, version, CAST(substr(number, 3) AS DOUBLE) FROM finance_invoices WHERE tenant_id = $1`;
    const rows = (await connection.runAndReadAll(sql, [tenantId])).getRowObjectsJson();
    const last = new Map<string, Write>();
    for (const write of writes)
      if (write.version > (last.get(write.id)?.version ?? 0)) last.set(write.id, write);
    assert.equal(rows.length, last.size, 'rows in the warehouse');
    for (const { id, version, mark } of rows) {
      const write = last.get(String(id));
      assert.deepEqual([Number(version), Number(mark)], [write?.version, write?.mark], `row ${String(id)}`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.ceil(sorted.length * part) - 1] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
