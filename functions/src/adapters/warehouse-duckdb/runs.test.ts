import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import type { WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { changeOf, nextId, noDocuments } from '../../kernel/testing/warehouse-changes.ts';
import { openDuckDbWarehouse } from './index.ts';
import { RUN_ROWS } from './runs.ts';
import { tenantKey } from './schema.ts';

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
const ROWS = 2 * RUN_ROWS;

/** Two years of two tenants' lines, in the order in which they came: each of them by turns. */
const LINES = `INSERT INTO shop_orders_lines ("$locator", "$tenant", "$run", tenant_id, record_id, position, record_issued_at, amount)
  SELECT i, ${tenantKey("'ten_' || i % 2")}, 0, 'ten_' || i % 2, 'ord_' || i, 0,
    TIMESTAMP '2024-01-01' + to_minutes(CAST(i AS BIGINT)), hash(i) % 1000 FROM range(${ROWS}) AS made (i)`;

async function inFile<T>(
  directory: string,
  work: (run: (sql: string) => Promise<unknown[][]>) => Promise<T>,
): Promise<T> {
  const database = await DuckDBInstance.create(join(directory, 'warehouse.duckdb'));
  const connection = await database.connect();
  try {
    return await work(async (sql) => (await connection.runAndReadAll(sql)).getRows());
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

/** Row groups that hold, as far as their smallest and largest values tell, rows of a tenant since a day. */
const groupsOf = (tenant: string, since: string): string => `
  SELECT count(*) FROM (SELECT row_group_id, regexp_extract(stats, 'Min: ([^,\\]]*)', 1) AS low, regexp_extract(stats, 'Max: ([^\\]]*)', 1) AS high
      FROM pragma_storage_info('shop_orders_lines') WHERE column_name = '$tenant' AND segment_type <> 'VALIDITY') AS t
    JOIN (SELECT row_group_id, max(regexp_extract(stats, 'Max: ([^\\]]*)', 1)) AS last
      FROM pragma_storage_info('shop_orders_lines') WHERE column_name = 'record_issued_at' AND segment_type <> 'VALIDITY' GROUP BY 1) AS d USING (row_group_id)
    WHERE ${tenantKey(`'${tenant}'`)} BETWEEN CAST(low AS BIGINT) AND CAST(high AS BIGINT) AND last >= '${since}'`;

test('rows are sorted behind the writer: every answer stays, and a question reads the blocks of its tenant and period', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warehouse-runs-'));
  const order = () =>
    changeOf({ collection: 'shop.orders', recordId: nextId('ord'), version: 1, operation: 'create' });
  const open = () => openDuckDbWarehouse({ directory });
  const digest = `SELECT tenant_id, count(*) AS rows, sum(amount) AS total, CAST(bit_xor(hash(record_id, record_issued_at, amount)) AS VARCHAR) AS digest
    FROM shop_orders_lines GROUP BY 1 ORDER BY 1`;
  let warehouse = open();
  try {
    await warehouse.apply([], TABLES, noDocuments);
    await warehouse.close();
    await inFile(directory, (run) => run(LINES));
    warehouse = open();
    const before = (await warehouse.query(digest, [])).rows;
    await warehouse.apply([order()], TABLES, noDocuments);
    const runs = 'SELECT count(DISTINCT "$run") AS runs, min("$run") AS first FROM shop_orders_lines';
    for (let sorted = false; !sorted; await sleep(50)) {
      const [found] = (await warehouse.query(runs, [])).rows;
      sorted = found?.runs === 2 && found.first === 1;
    }
    expect((await warehouse.query(digest, [])).rows).toEqual(before);
    // The writer goes on.
    expect(await warehouse.apply([order()], TABLES, noDocuments)).toEqual({ applied: 1 });
    await warehouse.close();
    await inFile(directory, async (run) => {
      await run('CHECKPOINT');
      const groups = async (since: string) => Number((await run(groupsOf('ten_0', since)))[0]?.[0]);
      const [month, year, all] = [
        await groups('2025-10-15'),
        await groups('2025-01-01'),
        await groups('2024-01-01'),
      ];
      expect(month).toBeLessThan(year);
      expect(year).toBeLessThan(all);
      // The other tenant's are left out.
      expect(all).toBeLessThan(ROWS / 122_880);
    });
  } finally {
    await warehouse.close();
    await rm(directory, { recursive: true, force: true });
  }
}, 120_000);
