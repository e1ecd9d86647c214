import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { RUN_ROWS } from '../../functions/src/adapters/warehouse-duckdb/runs.ts';
import { tenantKey } from '../../functions/src/kernel/warehouse/sql-words.ts';

const LINES = 10;

export interface Generated {
  /** Invoices and lines together. */
  rows: number;
  /** Those of the first tenant have a fifth of it, the others like shares of the rest. */
  tenants: readonly string[];
  from: string;
  to: string;
}

/**
 * Fills the warehouse in `directory` with invoices of ten lines, issued evenly over a time, as changes would leave them
 * once they were sorted: in runs, each of a time, in them those of a tenant together. Only the change log, the history
 * and the JSON of the records are left out, which no metric reads.
 */
export async function generateInvoices(
  directory: string,
  { rows, tenants, from, to }: Generated,
): Promise<void> {
  const database = await DuckDBInstance.create(join(directory, 'warehouse.duckdb'));
  const connection = await database.connect();
  const invoices = Math.floor(rows / (LINES + 1));
  await connection.run("SET memory_limit = '1GB'");
  await connection.run('CREATE TEMP TABLE tenants (place BIGINT, id VARCHAR, key BIGINT)');
  for (const [place, id] of tenants.entries())
    await connection.run(`INSERT INTO tenants SELECT $1, $2, ${tenantKey('$2')}`, [place, id]);
  const perRun = Math.floor(RUN_ROWS / LINES);
  const span = Date.parse(to) - Date.parse(from);
  const runSpan = (span * perRun) / invoices;
  // Every run is the first one at a later time, which is far quicker to write than to make up.
  await connection.run(
    `CREATE TEMP TABLE invoices AS
     SELECT i.n, t.id AS tenant_id, t.key, CAST(floor(i.n * ${runSpan / perRun}) AS BIGINT) AS millis,
       CASE WHEN hash(i.n, 3) % 20 = 0 THEN 'draft' ELSE 'paid' END AS status, 'Country ' || hash(i.n, 1) % 30 AS country,
       'con_' || hash(i.n, 2) % 20000 AS customer_id, 'Customer ' || hash(i.n, 2) % 20000 AS customer_name, hash(i.n, 6) % 100000 AS total
     FROM (SELECT range AS n, CASE WHEN hash(range, 4) % 5 = 0 THEN 0 ELSE hash(range, 5) % ${tenants.length} END AS place
       FROM range(${perRun})) AS i JOIN tenants AS t ON t.place = i.place ORDER BY t.key, t.id, millis`,
  );
  await connection.run(
    `CREATE TEMP TABLE lines AS
     SELECT n, tenant_id, key, millis, status, country, customer_id, customer_name, line, 'SKU-' || hash(n, line) % 3000 AS sku,
       'Article ' || hash(n, line) % 3000 AS description, 1 + hash(n, line, 7) % 9 AS quantity, hash(n, line, 8) % 10000 AS amount
     FROM invoices, range(${LINES}) AS lines (line) ORDER BY key, tenant_id, millis, n`,
  );
  for (let first = 0, run = 1; first < invoices; first += perRun, run++) {
    const start = Date.parse(from) + Math.floor((run - 1) * runSpan);
    const at = `make_timestamp_ms(${start} + millis)`;
    const id = `'inv_' || lpad(CAST(${first} + n AS VARCHAR), 26, '0')`;
    const shared = `status, country, customer_id, customer_name, 'EUR', 'invoice', ${at}`;
    const those = `WHERE n < ${invoices - first}`;
    await connection.run(
      `INSERT INTO finance_invoices ("$locator", "$tenant", "$run", tenant_id, id, version, created_at, updated_at, created_by, deleted, record,
         number, status, country, customer_id, customer_name, currency, kind, issued_at, total)
       SELECT ${start} + millis, key, ${run}, tenant_id, ${id}, 1, ${at}, ${at}, 'usr_1', FALSE, '{}', 'INV-' || (${first} + n), ${shared}, total
       FROM invoices ${those}`,
    );
    await connection.run(
      `INSERT INTO finance_invoices_lines ("$locator", "$tenant", "$run", tenant_id, record_id, position, record_status, record_country,
         record_customer_id, record_customer_name, record_currency, record_kind, record_issued_at, sku, description, quantity, unit_price, amount)
       SELECT ${start} + millis, key, ${run}, tenant_id, ${id}, line, ${shared}, sku, description, quantity, '1.00', amount
       FROM lines ${those}`,
    );
  }
  await connection.run('CHECKPOINT');
  connection.closeSync();
  database.closeSync();
}
