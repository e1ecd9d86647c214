import type { Change } from '../../kernel/changes/change.ts';
import type { ReadRecord } from '../../kernel/ports/warehouse.ts';
import { sameJson } from '../../kernel/records/record.ts';
import { applyChange, type RecordState } from '../../kernel/warehouse/warehouse-rows.ts';
import type { StagedVersion } from './stage.ts';

/** A record that new changes are about. */
export interface TouchedRecord {
  readonly tenantId: string;
  readonly collection: string;
  readonly id: string;
  /** Those the log does not have, by version. */
  readonly changes: Change[];
  /** As the warehouse has it; undefined until its first change arrives. */
  before: RecordState | undefined;
  /** DuckDB's number of the row that holds `before`; good until the transaction ends. */
  row: number | undefined;
}

/** What new changes make of a record. */
export interface Advance {
  readonly record: TouchedRecord;
  /** The states that are certain, by version. */
  readonly known: ReadonlyMap<number, RecordState>;
  readonly after: RecordState | undefined;
  /** Whether changes came out of order, so that versions between may be known only together with the log. */
  readonly disordered: boolean;
}

/** Brings a record forward by its changes; over a gap in their versions with what the documents say. */
export async function advance(record: TouchedRecord, readRecord: ReadRecord): Promise<Advance> {
  const { tenantId, collection, id, changes, before } = record;
  const known = new Map<number, RecordState>();
  let after = before;
  let disordered = false;
  let isCertain = true;
  for (const change of changes) {
    let version = after?.version ?? 0;
    if (change.version > version + 1) {
      disordered = true;
      const read = await readRecord(tenantId, collection, id);
      // Without the document the log is all there is: its changes are applied over the gap.
      isCertain = read !== undefined && read.version > version;
      if (read && isCertain) after = { ...read, record: { ...read.record } };
      version = after?.version ?? 0;
      if (after && isCertain) known.set(version, after);
      if (change.version > version + 1) isCertain = false;
    }
    if (change.version <= version) {
      disordered ||= change.version <= (before?.version ?? 0);
      continue;
    }
    after = applyChange(after, change);
    if (isCertain) known.set(after.version, after);
  }
  return { record, known, after, disordered };
}

/** What the log tells besides, once changes came out of order. @param logged the record's changes in the log */
export function settle(advance: Advance, logged: readonly Change[]): Advance {
  const { record, after } = advance;
  const known = new Map<number, RecordState>();
  let state: RecordState | undefined;
  let isWhole = true;
  for (const change of [...logged, ...record.changes].sort((a, b) => a.version - b.version)) {
    const { version } = change;
    const follows = version === 1 || (state !== undefined && version === state.version + 1);
    if (version !== state?.version)
      state = advance.known.get(version) ?? (follows ? applyChange(state, change) : undefined);
    isWhole &&= follows;
    if (state) known.set(version, state);
  }
  const isTold = isWhole && state !== undefined && state.version === after?.version;
  const differs = isTold && !sameJson(state?.record, after?.record);
  return { ...advance, known, after: differs ? state : after };
}

/** The versions to be written for a record: its new changes, and the state that stands now. */
export function versionsOf({ record, known, after }: Advance): StagedVersion[] {
  const advances = after !== record.before;
  const versions = record.changes.map((change): StagedVersion => {
    const stands = advances && change.version === after?.version;
    return {
      change,
      state: stands ? after : known.get(change.version),
      fresh: true,
      historic: known.has(change.version),
      stands,
      oldRow: stands ? record.row : undefined,
    };
  });
  const [first] = record.changes;
  if (!first || !after || !advances || versions.some(({ stands }) => stands)) return versions;
  // The documents are ahead of the changes: the state comes now, its change later.
  const change: Change = { ...first, version: after.version };
  const standing = { change, state: after, stands: true, fresh: false, historic: false, oldRow: record.row };
  return [...versions, standing];
}

/** Versions in the log that can be told only now. @param told versions that the record's history has */
export const lateVersions = (
  { known }: Advance,
  logged: readonly Change[],
  told: ReadonlySet<number>,
): StagedVersion[] =>
  logged.flatMap((change) => {
    const state = told.has(change.version) ? undefined : known.get(change.version);
    return state ? [{ change, state, fresh: false, historic: true, stands: false }] : [];
  });
