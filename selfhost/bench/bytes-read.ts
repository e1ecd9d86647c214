import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createRegistry } from '../../functions/src/kernel/registry.ts';
import { catalogueFor } from '../../functions/src/modules/analytics/catalogue.ts';
import { dialectOf } from '../../functions/src/modules/analytics/compile/dialect.ts';
import { compileQuery } from '../../functions/src/modules/analytics/compile/query.ts';
import { type QueryInput, readQuery } from '../../functions/src/modules/analytics/request.ts';
import { modules } from '../../functions/src/modules.ts';

/** How much of the warehouse's file the statement of a metric query reads when nothing of it is in memory. */
export async function bytesRead(directory: string, tenantId: string, input: QueryInput): Promise<number> {
  const catalogue = catalogueFor(
    { registry: createRegistry(modules) },
    { caller: { kind: 'user', id: 'usr_1', role: 'viewer' } },
  );
  const { sql, parameters } = compileQuery(
    { catalogue, dialect: dialectOf('duckdb'), tenantId },
    readQuery(input),
  );
  const database = await DuckDBInstance.create(join(directory, 'warehouse.duckdb'), {
    access_mode: 'READ_ONLY',
  });
  try {
    const connection = await database.connect();
    const answer = await connection.runAndReadAll(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, [...parameters]);
    const [, profile] = answer.getRows()[0] ?? [];
    const { total_bytes_read: read } = JSON.parse(String(profile)) as { total_bytes_read: number };
    connection.closeSync();
    return read;
  } finally {
    database.closeSync();
  }
}
