import type { WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { type Database, quoteName } from './database.ts';
import { versionsName } from './schema.ts';

/** Rows of one sorted run: four of DuckDB's row groups, which is what it reads or leaves out as a whole. */
export const RUN_ROWS = 4 * 122_880;

/** A table whose rows are asked for by tenant and period. */
export interface SortedTable {
  readonly name: string;
  /** The column with the time. */
  readonly time: string;
}

/** The tables of a collection that are kept in order. */
export const sortedTables = (table: WarehouseTable): readonly SortedTable[] => [
  { name: table.name, time: table.time ?? 'created_at' },
  { name: versionsName(table), time: 'valid_from' },
  ...table.children.map(({ name, time = '$locator' }) => ({ name, time })),
];

export const SORTED_LOG: SortedTable = { name: 'changes', time: 'at' };

/** How the rows of a run lie: those of one tenant together, by time. */
export const runOrder = ({ time }: SortedTable): string => `"$tenant", tenant_id, ${quoteName(time)}`;

/**
 * Sorts rows that lie as they arrived, with those of all tenants among each other, into one run: then a question about
 * a tenant and a period reads the blocks that hold it, however many there are. One transaction, that either happens or
 * does not; at most `RUN_ROWS` rows, so that no apply waits long for it.
 * Resolves with whether there was enough for a run.
 */
export async function sortRun(
  { writer }: Database,
  table: SortedTable,
  rows: number = RUN_ROWS,
): Promise<boolean> {
  const name = quoteName(table.name);
  const counted = await writer.run(`SELECT count(*) FROM ${name} WHERE "$run" = 0`);
  const [count] = (await counted.getRows())[0] ?? [];
  if (Number(count) < rows) return false;
  await writer.run('BEGIN TRANSACTION');
  try {
    // The first of them, in the order in which they arrived.
    const found = await writer.run(
      `SELECT max(rowid), (SELECT max("$run") FROM ${name}) FROM (SELECT rowid FROM ${name} WHERE "$run" = 0 ORDER BY rowid LIMIT ${rows})`,
    );
    const [last, run] = (await found.getRows())[0] ?? [];
    const those = `"$run" = 0 AND rowid <= ${last}`;
    await writer.run(
      `INSERT INTO ${name} SELECT * REPLACE (${Number(run) + 1} AS "$run") FROM ${name} WHERE ${those} ORDER BY ${runOrder(table)}`,
    );
    await writer.run(`DELETE FROM ${name} WHERE ${those}`);
    await writer.run('COMMIT');
    return true;
  } catch (error) {
    await writer.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
