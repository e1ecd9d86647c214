import type { Change } from '../../kernel/changes/change.ts';
import type { RecordState } from '../../kernel/warehouse/warehouse-rows.ts';
import { append, SQL_TYPES, type Staged } from './append.ts';
import { type Database, quoteName } from './database.ts';
import { locate } from './locator.ts';
import { tenantKey } from './schema.ts';
import { fittingCopy, inUtc, jsonText, type Shape } from './shape.ts';

/** The keys of the batch that is being applied, by which the log and the records are looked up. */
const ARRIVED: readonly Staged<Change>[] = [
  { name: 'change_locator', type: 'integer', of: ({ id }) => locate(id) },
  { name: 'locator', type: 'integer', of: ({ recordId }) => locate(recordId) },
  { name: 'tenant_id', type: 'string', of: ({ tenantId }) => tenantId },
  { name: 'id', type: 'string', of: ({ id }) => id },
  { name: 'collection', type: 'string', of: ({ collection }) => collection },
  { name: 'record_id', type: 'string', of: ({ recordId }) => recordId },
];

/** A change, a version of a record, or (mostly) both. */
export interface StagedVersion {
  readonly change: Change;
  /** The record as of this version; absent while it cannot be told. */
  readonly state?: RecordState | undefined;
  /** Whether the change goes into the log. */
  readonly fresh: boolean;
  /** Whether the version goes into the history. */
  readonly historic: boolean;
  /** Whether this is how the record stands now. */
  readonly stands: boolean;
  /** DuckDB's number of the row that it replaces; good until the transaction ends. */
  readonly oldRow?: number | undefined;
}

/** With the JSON of its record, written once. */
interface Prepared extends StagedVersion {
  readonly record: string | null;
  readonly fitting: string | null;
  /** Null when it is the record's own JSON, as it is when the record is created. */
  readonly patch: string | null;
}

const STAGED: readonly Staged<Prepared>[] = [
  { name: 'locator', type: 'integer', of: ({ change }) => locate(change.recordId) },
  { name: 'change_locator', type: 'integer', of: ({ change }) => locate(change.id) },
  { name: 'tenant_id', type: 'string', of: ({ change }) => change.tenantId },
  { name: 'id', type: 'string', of: ({ change }) => change.id },
  { name: 'collection', type: 'string', of: ({ change }) => change.collection },
  { name: 'record_id', type: 'string', of: ({ change }) => change.recordId },
  { name: 'version', type: 'integer', of: ({ change }) => change.version },
  { name: 'operation', type: 'string', of: ({ change }) => change.operation },
  { name: 'event', type: 'string', of: ({ change }) => change.event },
  { name: 'actor_kind', type: 'string', of: ({ change }) => change.actor.kind },
  { name: 'actor_id', type: 'string', of: ({ change }) => change.actor.id },
  { name: 'actor_reason', type: 'string', of: ({ change }) => change.actor.reason ?? null },
  { name: 'request_id', type: 'string', of: ({ change }) => change.requestId },
  { name: 'at', type: 'string', of: ({ change }) => inUtc(change.at) },
  { name: 'patch', type: 'string', of: ({ patch }) => patch },
  { name: 'record', type: 'string', of: ({ record }) => record },
  { name: 'fitting', type: 'string', of: ({ fitting }) => fitting },
  { name: 'deleted', type: 'boolean', of: ({ state }) => state?.deleted ?? null },
  { name: 'fresh', type: 'boolean', of: ({ fresh }) => fresh },
  { name: 'historic', type: 'boolean', of: ({ historic }) => historic },
  { name: 'stands', type: 'boolean', of: ({ stands }) => stands },
  { name: 'old_row', type: 'integer', of: ({ oldRow }) => oldRow ?? null },
];

/** Moves the changes of `staged` into the log. */
export const LOG_STAGED = `INSERT INTO changes ("$locator", "$tenant", "$run", tenant_id, id, collection, record_id, version,
    operation, event, actor_kind, actor_id, actor_reason, request_id, patch, "at")
  SELECT change_locator, ${tenantKey('tenant_id')}, 0, tenant_id, id, collection, record_id, version,
    operation, event, actor_kind, actor_id, actor_reason, request_id, COALESCE(patch, record), CAST("at" AS TIMESTAMP)
  FROM staged WHERE fresh`;

export async function createStage({ writer }: Database): Promise<void> {
  await writer.run(`CREATE TEMP TABLE arrived (${definitions(ARRIVED)})`);
  await writer.run(`CREATE TEMP TABLE staged (${definitions(STAGED)})`);
}

export async function stageArrived(database: Database, changes: readonly Change[]): Promise<void> {
  await database.writer.run('TRUNCATE arrived');
  await append(database, 'arrived', ARRIVED, changes);
}

/** @param shapeOf shape of a collection's records */
export async function stageVersions(
  database: Database,
  versions: readonly StagedVersion[],
  shapeOf: (collection: string) => Shape | undefined,
): Promise<void> {
  await database.writer.run('TRUNCATE staged');
  await append(
    database,
    'staged',
    STAGED,
    versions.map((version) => prepare(version, shapeOf(version.change.collection))),
  );
}

function prepare(version: StagedVersion, shape: Shape | undefined): Prepared {
  const { change, state } = version;
  const record = state ? jsonText(state.record) : null;
  const isWhole = change.operation === 'create' && change.patch.version === change.version;
  const copy = state && shape ? fittingCopy(state.record, shape) : null;
  return {
    ...version,
    record,
    fitting: copy && jsonText(copy),
    patch: isWhole && record !== null ? null : JSON.stringify(change.patch),
  };
}

const definitions = (columns: readonly Staged<never>[]): string =>
  columns.map(({ name, type }) => `${quoteName(name)} ${SQL_TYPES[type]}`).join(', ');
