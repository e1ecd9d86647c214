import type { Change } from '../../kernel/changes/change.ts';
import type { ReadRecord, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import type { JsonObject } from '../../kernel/records/record.ts';
import {
  applyChange,
  type Cell,
  cellsOf,
  elementsOf,
  foldChanges,
  type RecordState,
  toCell,
} from '../../kernel/warehouse/warehouse-rows.ts';
import { append } from './append.ts';
import { type Database, quoteName } from './database.ts';
import { locate } from './locator.ts';
import { ARRIVED, CHANGES, CHILD_WIDTH, REPLACED, STATE_WIDTH, type StoredTable, TOUCHED } from './schema.ts';

/** The tables of one collection as they are declared, and as they stand in the file. */
export interface TablePlan {
  readonly declared: WarehouseTable;
  readonly stored: ReadonlyMap<string, StoredTable>;
}

interface TouchedRecord {
  readonly tenantId: string;
  readonly id: string;
  readonly plan: TablePlan;
  readonly changes: Change[];
  /** Undefined until its first change arrives. */
  before: RecordState | undefined;
  /** DuckDB's number of the row that holds `before`; good until the transaction ends. */
  row: number | undefined;
}

const keyOf = (...parts: readonly string[]): string => parts.join('\u0000');

/**
 * Applies a batch in one transaction: its new changes to the log, and what they make of their records.
 * Changes of collections without a table are left out. Resolves with the ids of the changes that were new.
 */
export async function applyBatch(
  database: Database,
  plans: ReadonlyMap<string, TablePlan>,
  changes: readonly Change[],
  readRecord: ReadRecord,
): Promise<ReadonlySet<Change>> {
  const fresh = await newChanges(
    database,
    changes.filter(({ collection }) => plans.has(collection)),
  );
  if (fresh.length === 0) return new Set();
  const touched = groupByRecord(fresh, plans);
  await inTransaction(database, async () => {
    await readStates(database, touched);
    const after = new Map<TouchedRecord, RecordState>();
    const brought = async (record: TouchedRecord): Promise<void> => {
      const state = await bringForward(record, readRecord);
      if (state.version > (record.before?.version ?? 0)) after.set(record, state);
    };
    await Promise.all([...touched.values()].map(brought));
    await append(database, 'changes', typesOf(CHANGES), fresh.map(changeCells));
    await writeStates(database, after);
  });
  return new Set(fresh);
}

/** Leaves out what the log already has and what the batch holds twice. */
async function newChanges(database: Database, changes: readonly Change[]): Promise<Change[]> {
  const byKey = new Map(changes.map((change) => [keyOf(change.tenantId, change.id), change]));
  const { writer } = database;
  await writer.run('TRUNCATE arrived');
  await append(
    database,
    'arrived',
    typesOf(ARRIVED),
    [...byKey.values()].map(({ tenantId, id }) => [locate(id), tenantId, id]),
  );
  const known = await writer.run(
    `SELECT c.tenant_id, c.id FROM changes AS c
     JOIN arrived AS a ON a.locator = c.locator AND a.id = c.id AND a.tenant_id = c.tenant_id
     WHERE c.locator ${within([...byKey.values()].map(({ id }) => id))}`,
  );
  for (const [tenantId, id] of await known.getRows()) byKey.delete(keyOf(String(tenantId), String(id)));
  return [...byKey.values()];
}

function groupByRecord(
  changes: readonly Change[],
  plans: ReadonlyMap<string, TablePlan>,
): Map<string, TouchedRecord> {
  const records = new Map<string, TouchedRecord>();
  for (const change of changes) {
    const key = keyOf(change.collection, change.tenantId, change.recordId);
    const record = records.get(key);
    const plan = plans.get(change.collection);
    if (record) record.changes.push(change);
    else if (plan)
      records.set(key, {
        tenantId: change.tenantId,
        id: change.recordId,
        plan,
        changes: [change],
        before: undefined,
        row: undefined,
      });
  }
  for (const record of records.values()) record.changes.sort((a, b) => a.version - b.version);
  return records;
}

async function readStates(database: Database, records: ReadonlyMap<string, TouchedRecord>): Promise<void> {
  await fillTouched(database, [...records.values()]);
  const range = within([...records.values()].map(({ id }) => id));
  for (const { declared } of plansOf(records.values())) {
    const found = await database.writer.run(
      `SELECT s.rowid, s.tenant_id, s.id, s.version, s.deleted, s.record FROM ${quoteName(declared.name)} AS s
       JOIN touched AS t ON t.locator = s.locator AND t.id = s.id AND t.tenant_id = s.tenant_id
       WHERE t.collection = $1 AND s.locator ${range}`,
      [declared.collection],
    );
    for (const [row, tenantId, id, version, deleted, record] of await found.getRows()) {
      const touched = records.get(keyOf(declared.collection, String(tenantId), String(id)));
      if (!touched) continue;
      const state = JSON.parse(String(record)) as JsonObject;
      touched.before = { version: Number(version), deleted: deleted === true, record: state };
      touched.row = Number(row);
    }
  }
}

async function fillTouched(database: Database, records: readonly TouchedRecord[]): Promise<void> {
  await database.writer.run('TRUNCATE touched');
  const keys = records.map(({ plan, tenantId, id }) => [plan.declared.collection, locate(id), tenantId, id]);
  await append(database, 'touched', typesOf(TOUCHED), keys);
}

async function bringForward(touched: TouchedRecord, readRecord: ReadRecord): Promise<RecordState> {
  const { tenantId, id, changes, before, plan } = touched;
  const folded = foldChanges(before, changes);
  if (folded) return folded;
  const read = await readRecord(tenantId, plan.declared.collection, id);
  // Without the document the log is all there is: its changes are applied over the gap.
  const base =
    read && read.version > (before?.version ?? 0) ? { ...read, record: { ...read.record } } : before;
  return changes.reduce<RecordState>(
    (state, change) => (change.version > state.version ? applyChange(state, change) : state),
    base ?? { version: 0, deleted: false, record: {} },
  );
}

async function writeStates(
  database: Database,
  after: ReadonlyMap<TouchedRecord, RecordState>,
): Promise<void> {
  for (const plan of plansOf(after.keys())) {
    const { declared, stored } = plan;
    const records = [...after].filter(([record]) => record.plan === plan);
    await forget(
      database,
      plan,
      records.map(([record]) => record),
    );
    const columns = stored.get(declared.name) ?? [];
    const rows = records.map(([record, state]) => stateCells(record, state, columns));
    await append(database, declared.name, typesOf(columns), rows);
    for (const child of declared.children) {
      const childColumns = stored.get(child.name) ?? [];
      const elements = records.flatMap(([record, state]) =>
        childCells(record, elementsOf(state, child.field), childColumns),
      );
      await append(database, child.name, typesOf(childColumns), elements);
    }
  }
}

/** Removes the rows of the records that are about to be written again. */
async function forget(
  database: Database,
  { declared }: TablePlan,
  records: readonly TouchedRecord[],
): Promise<void> {
  const { writer } = database;
  const known = records.filter(({ row }) => row !== undefined);
  if (known.length === 0) return;
  await writer.run('TRUNCATE replaced');
  await append(
    database,
    'replaced',
    typesOf(REPLACED),
    known.map(({ row }) => [row ?? null]),
  );
  await writer.run(`DELETE FROM ${quoteName(declared.name)} WHERE rowid IN (SELECT row FROM replaced)`);
  if (declared.children.length === 0) return;
  await fillTouched(database, known);
  const range = within(known.map(({ id }) => id));
  for (const child of declared.children)
    await writer.run(
      `DELETE FROM ${quoteName(child.name)} AS s USING touched AS t
       WHERE t.locator = s.locator AND t.id = s.record_id AND t.tenant_id = s.tenant_id AND s.locator ${range}`,
    );
}

/** A condition on locators that lets DuckDB skip whatever cannot hold one of these ids. */
function within(ids: readonly string[]): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const id of ids) {
    const locator = locate(id);
    low = Math.min(low, locator);
    high = Math.max(high, locator);
  }
  return low <= high ? `BETWEEN ${low} AND ${high}` : 'IS NULL';
}

function stateCells({ tenantId, id }: TouchedRecord, state: RecordState, columns: StoredTable): Cell[] {
  const { record, version, deleted } = state;
  return [
    locate(id),
    tenantId,
    id,
    version,
    toCell(record.createdAt, 'timestamp'),
    toCell(record.updatedAt, 'timestamp'),
    toCell(record.createdBy, 'string'),
    deleted,
    JSON.stringify(record),
    ...cellsOf(record, columns.slice(STATE_WIDTH)),
  ];
}

const childCells = (
  { tenantId, id }: TouchedRecord,
  elements: readonly unknown[],
  columns: StoredTable,
): Cell[][] =>
  elements.map((element, position) => [
    locate(id),
    tenantId,
    id,
    position,
    ...cellsOf(element, columns.slice(CHILD_WIDTH)),
  ]);

const changeCells = (change: Change): Cell[] => [
  locate(change.id),
  change.tenantId,
  change.id,
  change.collection,
  change.recordId,
  change.version,
  change.operation,
  change.event,
  change.actor.kind,
  change.actor.id,
  change.actor.reason ?? null,
  change.requestId,
  JSON.stringify(change.patch),
  change.at,
];

const typesOf = (columns: StoredTable) => columns.map(({ type }) => type);
const plansOf = (records: Iterable<TouchedRecord>): Set<TablePlan> =>
  new Set([...records].map(({ plan }) => plan));

async function inTransaction({ writer }: Database, work: () => Promise<void>): Promise<void> {
  await writer.run('BEGIN TRANSACTION');
  try {
    await work();
    await writer.run('COMMIT');
  } catch (error) {
    await writer.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
