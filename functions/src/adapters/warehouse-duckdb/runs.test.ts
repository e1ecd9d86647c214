import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { changeOf, nextId, noDocuments } from '../../kernel/testing/warehouse-changes.ts';
import { tenantKey } from '../../kernel/warehouse/sql-words.ts';
import { openDatabase } from './database.ts';
import { openDuckDbWarehouse } from './index.ts';
import { sortRun } from './runs.ts';

const issuedAt = { type: 'timestamp', path: ['issuedAt'] } as const;
const TABLES: readonly WarehouseTable[] = [
  {
    name: 'shop_orders',
    collection: 'shop.orders',
    columns: [{ name: 'issued_at', ...issuedAt }],
    time: 'issued_at',
    children: [
      {
        name: 'shop_orders_lines',
        field: 'lines',
        columns: [{ name: 'amount', type: 'integer', path: ['amount'] }],
        inherited: [{ name: 'record_issued_at', ...issuedAt }],
        time: 'record_issued_at',
      },
    ],
  },
];
const RUN = 20_000;
const TABLE = { name: 'shop_orders_lines', time: 'record_issued_at' };

/** Two tenants' lines of some weeks, in the order in which they came: each of them by turns. */
const LINES = `INSERT INTO shop_orders_lines ("$locator", "$tenant", "$run", tenant_id, record_id, position, record_issued_at, amount)
  SELECT i, ${tenantKey("'ten_' || i % 2")}, 0, 'ten_' || i % 2, 'ord_' || i, 0,
    TIMESTAMP '2024-01-01' + to_minutes(CAST(i AS BIGINT)), hash(i) % 1000 FROM range(${2 * RUN + 5_000}) AS made (i)`;

const DIGEST = `SELECT tenant_id, count(*) AS rows, sum(amount) AS total, CAST(bit_xor(hash(record_id, record_issued_at, amount)) AS VARCHAR) AS digest
  FROM shop_orders_lines GROUP BY 1 ORDER BY 1`;

/** How many rows lie between the first and the last of a tenant in a period, and how many of those are the tenant's. */
const SPREAD = `SELECT max(rowid) - min(rowid) + 1 AS spread, count(*) AS rows FROM shop_orders_lines
  WHERE tenant_id = 'ten_0' AND "$run" = $1 AND record_issued_at < TIMESTAMP '2024-01-01' + to_days(CAST($2 AS INTEGER))`;

test('sorting changes no answer, and puts what a tenant asks of a period in one place', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warehouse-runs-'));
  const open = () => openDuckDbWarehouse({ directory });
  const order = () =>
    changeOf({ collection: 'shop.orders', recordId: nextId('ord'), version: 1, operation: 'create' });
  let warehouse = open();
  try {
    await warehouse.apply([], TABLES, noDocuments);
    await warehouse.close();
    const database = await openDatabase(directory);
    await database.writer.run(LINES);
    const numbers = async (sql: string, parameters: number[]) =>
      ((await (await database.writer.run(sql, parameters)).getRows())[0] ?? []).map(Number);
    const answer = async () => (await (await database.writer.run(DIGEST)).getRows()).map(String);
    const before = await answer();
    const [scattered = 0, own] = await numbers(SPREAD, [0, 2]);
    expect(scattered).toBe(2 * (own ?? 0) - 1);
    for (const isRun of [true, true, false]) expect(await sortRun(database, TABLE, RUN)).toBe(isRun);
    expect(await answer()).toEqual(before);
    for (const days of [1, 7, 60]) {
      const [spread, rows] = await numbers(SPREAD, [1, days]);
      expect([spread, rows]).toEqual([rows, Math.min(RUN / 2, days * 720)]);
    }
    expect(await numbers('SELECT count(*) FROM shop_orders_lines WHERE "$run" = 0', [])).toEqual([5_000]);
    database.close();
    warehouse = open();
    expect(await warehouse.apply([order()], TABLES, noDocuments)).toEqual({ applied: 1 });
    expect((await warehouse.query(DIGEST, [])).rows.map(({ digest }) => digest)).toHaveLength(2);
  } finally {
    await warehouse.close();
    await rm(directory, { recursive: true, force: true });
  }
});
