import { createHash } from 'node:crypto';
import type { Collection } from '../define.ts';
import { Problem } from '../errors.ts';
import { CommitConflict, type DocumentWrite, type StoredDocument } from '../ports/documents.ts';
import type { JsonObject } from './record.ts';

/** A collection of one tenant. */
export interface Place {
  readonly tenantId: string;
  readonly collection: Collection;
}

/** Guard documents for the `unique` fields of a record: their existence is what makes a value taken. */
export function uniqueWrites(
  place: Place,
  id: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): DocumentWrite[] {
  const writes: DocumentWrite[] = [];
  for (const field of place.collection.options.unique ?? []) {
    const [left, taken] = [before?.[field], after?.[field]].map((value) => guardPath(place, field, value));
    // Values that differ only in case share a guard.
    if (left === taken) continue;
    if (left) writes.push({ kind: 'delete', path: left });
    if (taken) writes.push({ kind: 'set', path: taken, data: { recordId: id }, when: { exists: false } });
  }
  return writes;
}

/** Says which unique field was taken, when that is why a commit failed; other errors come back as they were. */
export async function explainConflict(
  place: Place,
  get: (path: string) => Promise<StoredDocument | undefined>,
  error: unknown,
  id: string,
  data: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (!(error instanceof CommitConflict) || error.reason !== 'exists') return error;
  const { options } = place.collection;
  for (const field of options.unique ?? []) {
    const path = guardPath(place, field, data[field]);
    const guard = path && (await get(path));
    if (!guard || guard.data.recordId === id) continue;
    const errors = [{ path: field, message: 'Another record has this value.', code: 'not_unique' }];
    return new Problem('already_exists', `${options.labels.one}: ${field} is taken.`, {
      errors,
      cause: error,
    });
  }
  return new Problem('already_exists', `${id} already exists.`, { cause: error });
}

function guardPath({ tenantId, collection }: Place, field: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = String(value).normalize('NFKC').toLowerCase();
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 40);
  return `tenants/${tenantId}/unique/${collection.key}:${field}:${digest}`;
}
