import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { RUN_ROWS } from '../../functions/src/adapters/warehouse-duckdb/runs.ts';
import { tenantKey } from '../../functions/src/adapters/warehouse-duckdb/schema.ts';

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
  const step = (Date.parse(to) - Date.parse(from)) / invoices;
  const source = (first: number, end: number): string => `(
    SELECT i.n, t.id AS tenant_id, t.key, 'inv_' || lpad(CAST(i.n AS VARCHAR), 26, '0') AS id,
      ${Date.parse(from)} + CAST(floor(i.n * ${step}) AS BIGINT) AS millis,
      'Country ' || hash(i.n, 1) % 30 AS country, 'con_' || hash(i.n, 2) % 20000 AS customer_id,
      CASE WHEN hash(i.n, 3) % 20 = 0 THEN 'draft' ELSE 'paid' END AS status
    FROM (SELECT range AS n, CASE WHEN hash(range, 4) % 5 = 0 THEN 0 ELSE hash(range, 5) % ${tenants.length} END AS place
      FROM range(${first}, ${end})) AS i JOIN tenants AS t ON t.place = i.place)`;
  const shared = `status, country, customer_id, 'Customer ' || customer_id, 'EUR', 'invoice', make_timestamp_ms(millis)`;
  const write = async (first: number, run: number): Promise<void> => {
    const end = Math.min(invoices, first + RUN_ROWS / LINES);
    await connection.run(
      `INSERT INTO finance_invoices ("$locator", "$tenant", "$run", tenant_id, id, version, created_at, updated_at, created_by, deleted, record,
         number, status, country, customer_id, customer_name, currency, kind, issued_at, total)
       SELECT millis, key, ${run}, tenant_id, id, 1, make_timestamp_ms(millis), make_timestamp_ms(millis), 'usr_1', FALSE, '{}',
         'INV-' || n, ${shared}, hash(n, 6) % 100000 FROM ${source(first, end)} ORDER BY key, tenant_id, millis`,
    );
    await connection.run(
      `INSERT INTO finance_invoices_lines ("$locator", "$tenant", "$run", tenant_id, record_id, position, record_status, record_country,
         record_customer_id, record_customer_name, record_currency, record_kind, record_issued_at, sku, description, quantity, unit_price, amount)
       SELECT millis, key, ${run}, tenant_id, id, line, ${shared}, 'SKU-' || hash(n, line) % 3000, 'Article ' || hash(n, line) % 3000,
         1 + hash(n, line, 7) % 9, '1.00', hash(n, line, 8) % 10000
       FROM ${source(first, end)}, range(${LINES}) AS lines (line) ORDER BY key, tenant_id, millis`,
    );
  };
  for (let first = 0, run = 1; first < invoices; first += RUN_ROWS / LINES, run++) await write(first, run);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  database.closeSync();
}
