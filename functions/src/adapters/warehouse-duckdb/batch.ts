import type { Change } from '../../kernel/changes/change.ts';
import type { ReadRecord } from '../../kernel/ports/warehouse.ts';
import type { JsonObject } from '../../kernel/records/record.ts';
import { type Database, quoteName } from './database.ts';
import { readPast } from './disorder.ts';
import { within } from './locator.ts';
import type { TablePlan } from './plan.ts';
import { LOG_STAGED, Stage, type StagedVersion } from './stage.ts';
import { type Advance, advance, lateVersions, settle, type TouchedRecord, versionsOf } from './versions.ts';

const keyOf = (...parts: readonly string[]): string => parts.join('\u0000');

/**
 * Applies a batch in one transaction: its new changes to the log, and what they make of their records to the tables.
 * Changes of collections without a table are left out. Resolves with the changes that were new.
 */
export async function applyBatch(
  database: Database,
  plans: ReadonlyMap<string, TablePlan>,
  changes: readonly Change[],
  readRecord: ReadRecord,
): Promise<ReadonlySet<Change>> {
  const wanted = changes.filter(({ collection }) => plans.has(collection));
  if (wanted.length === 0) return new Set();
  const stage = new Stage(database);
  await stage.arrive(wanted);
  const fresh = await newChanges(database, wanted);
  if (fresh.length === 0) return new Set();
  const touched = groupByRecord(fresh);
  await inTransaction(database, async () => {
    await readStates(database, plans, touched, fresh);
    const advances = await Promise.all([...touched.values()].map((record) => advance(record, readRecord)));
    const versions = await allVersions(database, plans, advances);
    await stage.versions(versions, (collection) => plans.get(collection)?.shape);
    await writeStaged(database, plans, versions);
  });
  return new Set(fresh);
}

/** Leaves out what the log already has and what the batch holds twice. */
async function newChanges({ writer }: Database, changes: readonly Change[]): Promise<Change[]> {
  const byKey = new Map(changes.map((change) => [keyOf(change.tenantId, change.id), change]));
  const known = await writer.run(
    `SELECT c.tenant_id, c.id FROM changes AS c
     SEMI JOIN arrived AS a ON a.change_locator = c."$locator" AND a.id = c.id AND a.tenant_id = c.tenant_id
     WHERE c."$locator" ${within(changes.map(({ id }) => id))}`,
  );
  for (const [tenantId, id] of await known.getRows()) byKey.delete(keyOf(String(tenantId), String(id)));
  return [...byKey.values()];
}

function groupByRecord(changes: readonly Change[]): Map<string, TouchedRecord> {
  const records = new Map<string, TouchedRecord>();
  for (const change of changes) {
    const { collection, tenantId, recordId } = change;
    const key = keyOf(collection, tenantId, recordId);
    const record = records.get(key);
    if (record) record.changes.push(change);
    else
      records.set(key, {
        tenantId,
        collection,
        id: recordId,
        changes: [change],
        before: undefined,
        row: undefined,
      });
  }
  for (const { changes: own } of records.values())
    if (own.length > 1) own.sort((a, b) => a.version - b.version);
  return records;
}

async function readStates(
  { writer }: Database,
  plans: ReadonlyMap<string, TablePlan>,
  records: ReadonlyMap<string, TouchedRecord>,
  changes: readonly Change[],
): Promise<void> {
  for (const [collection, own] of Map.groupBy(changes, (change) => change.collection)) {
    const table = plans.get(collection)?.declared.name ?? '';
    const found = await writer.run(
      `SELECT s.rowid, s.tenant_id, s.id, s.version, s.deleted, s.record FROM ${quoteName(table)} AS s
       SEMI JOIN arrived AS a ON a.locator = s."$locator" AND a.record_id = s.id AND a.tenant_id = s.tenant_id AND a.collection = $1
       WHERE s."$locator" ${within(own.map(({ recordId }) => recordId))}`,
      [collection],
    );
    for (const [row, tenantId, id, version, deleted, record] of await found.getRows()) {
      const touched = records.get(keyOf(collection, String(tenantId), String(id)));
      if (!touched) continue;
      const state = JSON.parse(String(record)) as JsonObject;
      touched.before = { version: Number(version), deleted: deleted === true, record: state };
      touched.row = Number(row);
    }
  }
}

async function allVersions(
  database: Database,
  plans: ReadonlyMap<string, TablePlan>,
  advances: readonly Advance[],
): Promise<StagedVersion[]> {
  const disordered = Map.groupBy(
    advances.filter((each) => each.disordered),
    ({ record }) => record.collection,
  );
  const versions = advances.filter((each) => !each.disordered).flatMap(versionsOf);
  for (const [collection, own] of disordered) {
    const plan = plans.get(collection);
    const records = own.map(({ record }) => record);
    const past = plan && (await readPast(database, plan, records));
    for (const each of own) {
      const { logged, told } = past?.get(each.record) ?? { logged: [], told: new Set<number>() };
      const settled = settle(each, logged);
      versions.push(...versionsOf(settled), ...lateVersions(settled, logged, told));
    }
  }
  return versions;
}

async function writeStaged(
  { writer }: Database,
  plans: ReadonlyMap<string, TablePlan>,
  versions: readonly StagedVersion[],
): Promise<void> {
  await writer.run(LOG_STAGED);
  for (const [collection, own] of Map.groupBy(versions, ({ change }) => change.collection)) {
    const plan = plans.get(collection);
    const replaced = own.flatMap(({ change, oldRow }) => (oldRow === undefined ? [] : [change.recordId]));
    const statements = [
      ...(replaced.length > 0 ? (plan?.forget(within(replaced)) ?? []) : []),
      ...(plan?.write ?? []),
    ];
    for (const statement of statements) await writer.run(statement, [collection]);
  }
}

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
