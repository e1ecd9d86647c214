import type { Change } from '../../kernel/changes/change.ts';
import type { ReadRecord, WarehouseTable } from '../../kernel/ports/warehouse.ts';
import {
  applyChange,
  type Cell,
  cellsOf,
  foldChanges,
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

export interface KnownState {
  readonly tenantId: string;
  readonly id: string;
  readonly state: RecordState;
}

/** The newest state of every record that changed: from its changes when they begin with its creation, else from the documents. */
export async function statesOf(changes: readonly Change[], readRecord: ReadRecord): Promise<KnownState[]> {
  const records = Map.groupBy(changes, ({ tenantId, recordId }) => `${tenantId}\u0000${recordId}`);
  return Promise.all(
    [...records.values()].map(async (own) => {
      const sorted = own.toSorted((a, b) => a.version - b.version);
      const [first] = sorted;
      if (!first) throw new TypeError('a group has a change');
      const { tenantId, collection, recordId } = first;
      const state =
        foldChanges(undefined, sorted) ?? (await read(readRecord, tenantId, collection, recordId, sorted));
      return { tenantId, id: recordId, state };
    }),
  );
}

async function read(
  readRecord: ReadRecord,
  tenantId: string,
  collection: string,
  id: string,
  changes: readonly Change[],
): Promise<RecordState> {
  const found = await readRecord(tenantId, collection, id);
  const start: RecordState = found
    ? { ...found, record: { ...found.record } }
    : { version: 0, deleted: false, record: {} };
  return changes.reduce(
    (state, change) => (change.version > state.version ? applyChange(state, change) : state),
    start,
  );
}

export function stateRow(
  table: WarehouseTable,
  stored: StoredColumns,
  { tenantId, id, state }: KnownState,
): StreamedRow {
  const { record, version, deleted } = state;
  const columns = table.columns.filter((column) => isStoredAs(column, stored));
  const cells = cellsOf(record, columns);
  return {
    insertId: `${tenantId}:${id}:${version}`,
    json: {
      tenant_id: tenantId,
      id,
      version,
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
