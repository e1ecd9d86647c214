import { type Operation, toChange } from '../changes/change.ts';
import { Problem } from '../errors.ts';
import type { DocumentQuery, StoredDocument } from '../ports/documents.ts';
import { type JsonObject, mergePatch } from './record.ts';

/** One version of a record, as the change log tells it. */
export interface HistoryEntry {
  readonly version: number;
  readonly operation: Operation;
  readonly actor: { readonly kind: string; readonly id: string; readonly reason?: string };
  readonly at: string;
  readonly requestId: string;
  readonly patch: Readonly<Record<string, unknown>>;
}

export interface HistoryPage {
  readonly limit?: number;
  /** Only versions below this one. */
  readonly beforeVersion?: number;
}

/** Versions of a record, newest first. */
export async function readHistory(
  query: (query: DocumentQuery) => Promise<StoredDocument[]>,
  tenantId: string,
  id: string,
  { limit = 100, beforeVersion }: HistoryPage,
): Promise<HistoryEntry[]> {
  const found = await query({
    collection: `tenants/${tenantId}/changes`,
    where: [['recordId', '==', id]],
    orderBy: [['version', 'desc']],
    ...(beforeVersion === undefined ? {} : { startAfter: [beforeVersion] }),
    limit,
  });
  return found.map((entry) => {
    const { version, operation, actor, at, requestId, patch } = toChange(tenantId, entry.id, entry.data);
    return { version, operation, actor, at, requestId, patch };
  });
}

/** Folds the change log of a record up to a version; throws `not_found` when there was no such version. */
export async function stateAt(
  page: (options: HistoryPage) => Promise<HistoryEntry[]>,
  version: number,
): Promise<JsonObject> {
  const entries: HistoryEntry[] = [];
  for (let before = version + 1; before > 1; ) {
    const part = await page({ limit: 200, beforeVersion: before });
    entries.push(...part);
    before = part.length === 200 ? Number(part.at(-1)?.version) : 0;
  }
  if (entries[0]?.version !== version) throw new Problem('not_found', `Version ${version} does not exist.`);
  return entries.reduceRight<JsonObject>((state, entry) => mergePatch(state, entry.patch) as JsonObject, {});
}
