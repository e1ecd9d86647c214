import type { Change } from '../../kernel/changes/change.ts';
import { once } from '../../kernel/once.ts';
import type { ReadRecord, Warehouse, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import { askQuestion } from './ask.ts';
import { type BigQueryPlace, connect } from './connect.ts';
import { insertAll } from './insert.ts';
import { runQuery } from './query.ts';
import { changeRow, type StoredColumns, stateRow, versionsOf } from './rows.ts';
import { createStatement, evolveStatements, LOG_TABLE, logStatements, versionsTable } from './schema.ts';

const DEFAULT_LIMITS = { timeoutMs: 30_000, maxRows: 100_000 };

/**
 * The warehouse in one BigQuery dataset. Rows are streamed and only ever added; views show every change once
 * and of every record the newest version, so that redelivery changes no answer. The client is loaded on first use.
 */
export function createBigQueryWarehouse(options: BigQueryPlace): Warehouse {
  const { projectId, dataset } = options;
  const connection = once(() => connect(options));
  const run = async (sql: string): Promise<readonly Record<string, unknown>[]> => {
    const client = await connection.get();
    return (await client.query({ query: sql, defaultDataset: { projectId, datasetId: dataset } }))[0];
  };
  const log = retriable(async () => {
    for (const statement of logStatements()) await run(statement);
  });
  const prepared = new Map<WarehouseTable, () => Promise<StoredColumns>>();
  const prepare = (table: WarehouseTable): Promise<StoredColumns> => {
    let ready = prepared.get(table);
    if (!ready) {
      ready = retriable(() => evolve(run, table));
      prepared.set(table, ready);
    }
    return ready();
  };

  return {
    engine: 'bigquery',
    apply: async (changes, tables, readRecord) => {
      const byCollection = new Map(tables.map((table) => [table.collection, table]));
      const known = changes.filter(({ collection }) => byCollection.has(collection));
      await log();
      const wanted =
        changes.length === 0
          ? tables
          : tables.filter((table) => known.some(({ collection }) => collection === table.collection));
      const insert = insertAll((await connection.get()).dataset(dataset));
      for (const table of wanted) {
        const stored = await prepare(table);
        await insert(versionsTable(table), await versionRows(table, known, stored, readRecord));
      }
      // The log comes last: a change that stands there has reached the table of its collection.
      await insert(LOG_TABLE, known.map(changeRow));
      return { applied: known.length };
    },
    // Other instances write too, and asking what they wrote costs as much as a query. BigQuery itself keeps the
    // answer of a statement for a day, free of charge, as long as the tables it reads stay as they are.
    dataVersion: async () => undefined,
    query: async (sql, parameters, limits) =>
      runQuery(await connection.get(), { projectId, datasetId: dataset }, sql, parameters, {
        ...DEFAULT_LIMITS,
        ...limits,
      }),
    ask: async (question, limits) =>
      askQuestion(await connection.get(), { projectId, datasetId: dataset }, question, limits),
    nameOf: (table) => `\`${projectId}.${dataset}.${table}\``,
    check: async () => {
      await (await connection.get()).dataset(dataset).getMetadata();
    },
    close: async () => {},
  };
}

async function evolve(
  run: (sql: string) => Promise<readonly Record<string, unknown>[]>,
  table: WarehouseTable,
): Promise<StoredColumns> {
  await run(createStatement(table));
  const name = versionsTable(table);
  const found = await run(
    `SELECT column_name, data_type FROM INFORMATION_SCHEMA.COLUMNS WHERE table_name = '${name}'`,
  );
  const stored = new Map(found.map((row) => [String(row.column_name), String(row.data_type)]));
  for (const statement of evolveStatements(table, stored)) await run(statement);
  return stored;
}

async function versionRows(
  table: WarehouseTable,
  changes: readonly Change[],
  stored: StoredColumns,
  readRecord: ReadRecord,
) {
  const own = changes.filter(({ collection }) => collection === table.collection);
  return (await versionsOf(own, readRecord)).map((version) => stateRow(table, stored, version));
}

/** Runs once; a failure is forgotten, so that the next caller tries again. */
function retriable<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
}
