import type { Change, Operation } from '../../kernel/changes/change.ts';
import { tenantKey } from '../../kernel/warehouse/sql-words.ts';
import { type Database, quoteName } from './database.ts';
import { within } from './locator.ts';
import type { TablePlan } from './plan.ts';
import { versionsName } from './schema.ts';
import type { TouchedRecord } from './versions.ts';

/** What is known already of a record whose changes come out of order. */
export interface Past {
  readonly logged: Change[];
  /** Versions its history has. */
  readonly told: Set<number>;
}

/** Reads the log and the history of records of one collection. It is rarely needed: changes mostly come in their order. */
export async function readPast(
  { writer }: Database,
  { declared }: TablePlan,
  records: readonly TouchedRecord[],
): Promise<ReadonlyMap<TouchedRecord, Past>> {
  const past = new Map(
    records.map((record): [TouchedRecord, Past] => [record, { logged: [], told: new Set() }]),
  );
  const byKey = new Map(records.map((record) => [keyOf(record.tenantId, record.id), record]));
  const of = (tenantId: unknown, id: unknown): Past | undefined => {
    const record = byKey.get(keyOf(tenantId, id));
    return record && past.get(record);
  };
  const ids = JSON.stringify(records.map(({ id }) => id));
  const tenants = JSON.stringify([...new Set(records.map(({ tenantId }) => tenantId))]);
  const told = await writer.run(
    `SELECT tenant_id, id, version FROM ${quoteName(versionsName(declared))}
     WHERE id IN (SELECT unnest(from_json($1, '["VARCHAR"]'))) AND "$locator" ${within(records.map(({ id }) => id))}`,
    [ids],
  );
  for (const [tenantId, id, version] of await told.getRows()) of(tenantId, id)?.told.add(Number(version));
  const logged = await writer.run(
    `SELECT tenant_id, record_id, id, version, operation, event, actor_kind, actor_id, actor_reason, request_id, patch,
       strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ')
     FROM changes WHERE collection = $1 AND record_id IN (SELECT unnest(from_json($2, '["VARCHAR"]')))
       AND "$tenant" IN (SELECT ${tenantKey('tenant')} FROM (SELECT unnest(from_json($3, '["VARCHAR"]')) AS tenant))`,
    [declared.collection, ids, tenants],
  );
  for (const row of await logged.getRows())
    of(row[0], row[1])?.logged.push(toChange(declared.collection, row.map(toText)));
  return past;
}

const keyOf = (tenantId: unknown, id: unknown): string => `${tenantId}\u0000${id}`;
const toText = (value: unknown): string | undefined => (value === null ? undefined : String(value));

function toChange(collection: string, row: readonly (string | undefined)[]): Change {
  const [tenantId = '', recordId = '', id = '', version, operation, event = '', kind, actorId = '', reason] =
    row;
  const [requestId = '', patch = '{}', at = ''] = row.slice(9);
  return {
    tenantId,
    id,
    collection,
    recordId,
    version: Number(version),
    operation: operation as Operation,
    actor: { kind: kind as Change['actor']['kind'], id: actorId, ...(reason !== undefined && { reason }) },
    requestId,
    patch: JSON.parse(patch) as Change['patch'],
    event,
    at,
  };
}
