import { StatementSync } from 'node:sqlite';
import { afterEach, expect, test, vi } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';
import { DATABASE, DOCUMENTS, Listener } from '../testing/testing-listener.ts';

/** Counts the rows that SQLite hands out in this process. */
function countRows(): { rows: number } {
  const counted = { rows: 0 };
  const { all, get, iterate } = StatementSync.prototype;
  vi.spyOn(StatementSync.prototype, 'all').mockImplementation(function (this: StatementSync, ...values) {
    const rows = Reflect.apply(all, this, values);
    counted.rows += rows.length;
    return rows;
  });
  vi.spyOn(StatementSync.prototype, 'get').mockImplementation(function (this: StatementSync, ...values) {
    const row = Reflect.apply(get, this, values);
    if (row !== undefined) counted.rows++;
    return row;
  });
  vi.spyOn(StatementSync.prototype, 'iterate').mockImplementation(function (this: StatementSync, ...values) {
    const rows = Reflect.apply(iterate, this, values);
    return rows.map((row) => {
      counted.rows++;
      return row;
    });
  });
  return counted;
}

afterEach(() => {
  vi.restoreAllMocks();
});

const write = (database: TestDatabase, writes: [id: string, n: number | undefined][]) =>
  database.engine.service.commit({
    database: DATABASE,
    writes: writes.map(([id, n]) => {
      const name = `${DOCUMENTS}/rows/${id}`;
      return n === undefined ? { delete: name } : { update: { name, fields: { n: { integerValue: n } } } };
    }),
  });

/** Rows read and responses sent by the same writes, with listeners of all kinds, among so many documents. */
async function costAmong(size: number): Promise<{ rows: number; responses: number }> {
  const database = await openTestDatabase();
  for (let start = 0; start < size; start += 5_000) {
    const batch = Array.from({ length: Math.min(5_000, size - start) }, (_, i) => start + i);
    await write(
      database,
      batch.map((n) => [`r${n}`, n]),
    );
  }
  const orderBy = [{ field: { fieldPath: 'n' } }];
  const last = [{ field: { fieldPath: 'n' }, direction: 'DESCENDING' }];
  const listener = new Listener(database.engine);
  const queries = [
    { orderBy, limit: 10 },
    { orderBy: last, limit: 10 },
    { orderBy, limit: 5, offset: 5 },
    {
      where: { fieldFilter: { field: { fieldPath: 'n' }, op: 'GREATER_THAN', value: { integerValue: 500 } } },
    },
  ];
  const from = [{ collectionId: 'rows' }];
  for (const [i, query] of queries.entries()) {
    listener.add({ targetId: i + 1, query: { parent: DOCUMENTS, structuredQuery: { from, ...query } } });
  }
  listener.add({ targetId: 9, documents: { documents: [`${DOCUMENTS}/rows/r3`] } });
  listener.take();
  const counted = countRows();
  const before = listener.responses.length;
  const writes: [string, number | undefined][] = [
    ...[
      ['r3', 4],
      ['r3', undefined],
      ['r3', 3],
      ['r700', 600],
      ['r700', -1],
      ['r700', 700],
    ],
    ...[
      ['new', -2],
      ['new', 1e9],
      ['new', undefined],
      ['r4', undefined],
      ['r600', undefined],
    ],
  ] as [string, number | undefined][];
  for (const one of writes) {
    await write(database, [one]);
    listener.take();
  }
  const cost = { rows: counted.rows, responses: listener.responses.length - before };
  vi.restoreAllMocks();
  listener.close();
  await database.dispose();
  return cost;
}

test('a write costs its listeners what it changes, not what is stored', async () => {
  const [few, many] = [await costAmong(1_000), await costAmong(100_000)];
  expect(many.responses).toBe(few.responses);
  expect(few.rows).toBeGreaterThan(0);
  expect(many.rows).toBeLessThanOrEqual(few.rows + 20);
}, 180_000);
