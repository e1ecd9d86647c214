import type { Change } from '../../kernel/changes/change.ts';
import type { ReadRecord, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import {
  applyChange,
  type Cell,
  cellsOf,
  type RecordState,
  toCell,
} from '../../kernel/warehouse/warehouse-rows.ts';
import { isStoredAs } from './schema.ts';

/** Column → BigQuery type, as the table stands. */
export type StoredColumns = ReadonlyMap<string, string>;

/** A row and the id by which BigQuery drops a repetition that follows soon. */
export interface StreamedRow {
  readonly insertId: string;
  readonly json: Readonly<Record<string, Cell>>;
}

/** A version of a record, and the change that made it where it is certain that the record was so. */
export interface KnownVersion {
  readonly tenantId: string;
  readonly id: string;
  readonly state: RecordState;
  /** When it was written at the latest. */
  readonly at: string;
  readonly change?: Change | undefined;
}

/** The versions that changes make of their records: from the one before where that is among them, else from the documents. */
export async function versionsOf(
  changes: readonly Change[],
  readRecord: ReadRecord,
): Promise<KnownVersion[]> {
  const records = Map.groupBy(changes, ({ tenantId, recordId }) => `${tenantId}\u0000${recordId}`);
  const versions = await Promise.all(
    [...records.values()].map((own) =>
      versionsOfRecord(
        own.toSorted((a, b) => a.version - b.version),
        readRecord,
      ),
    ),
  );
  return versions.flat();
}

async function versionsOfRecord(changes: readonly Change[], readRecord: ReadRecord): Promise<KnownVersion[]> {
  const versions: KnownVersion[] = [];
  let state: RecordState | undefined;
  let isCertain = true;
  for (const change of changes) {
    const { tenantId, recordId: id, collection, version, at } = change;
    if (state && version <= state.version) continue;
    if (version === (state?.version ?? 0) + 1) state = applyChange(state, change);
    else {
      const found = await readRecord(tenantId, collection, id, version);
      isCertain = found?.version === version;
      const base = found ? { ...found, record: { ...found.record } } : state;
      state = base && base.version >= version ? base : applyChange(base, change);
    }
    versions.push({ tenantId, id, state, at, change: isCertain ? change : undefined });
  }
  return versions;
}

export function stateRow(
  table: WarehouseTable,
  stored: StoredColumns,
  { tenantId, id, state, at, change }: KnownVersion,
): StreamedRow {
  const { record, version, deleted } = state;
  const columns = table.columns.filter((column) => isStoredAs(column, stored));
  const cells = cellsOf(record, columns);
  return {
    insertId: `${tenantId}:${id}:${version}:${change?.id ?? ''}`,
    json: {
      tenant_id: tenantId,
      id,
      version,
      operation: change?.operation ?? null,
      actor_kind: change?.actor.kind ?? null,
      actor_id: change?.actor.id ?? null,
      change_id: change?.id ?? null,
      valid_from: at,
      created_at: toCell(record.createdAt, 'timestamp'),
      updated_at: toCell(record.updatedAt, 'timestamp'),
      created_by: toCell(record.createdBy, 'string'),
      deleted,
      record: JSON.stringify(record),
      ...Object.fromEntries(columns.map(({ name }, index) => [name, cells[index] ?? null])),
    },
  };
}

export const changeRow = (change: Change): StreamedRow => ({
  insertId: `${change.tenantId}:${change.id}`,
  json: {
    tenant_id: change.tenantId,
    id: change.id,
    collection: change.collection,
    record_id: change.recordId,
    version: change.version,
    operation: change.operation,
    event: change.event,
    actor_kind: change.actor.kind,
    actor_id: change.actor.id,
    actor_reason: change.actor.reason ?? null,
    request_id: change.requestId,
    patch: JSON.stringify(change.patch),
    at: change.at,
  },
});
