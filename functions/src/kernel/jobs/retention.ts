import { PLATFORM_TENANT, type SystemContext } from '../context.ts';
import type { Collection } from '../define.ts';
import { CommitConflict, type DocumentQuery, type StoredDocument } from '../ports/documents.ts';
import { tenantNodes } from '../tenants/tenancy.ts';

const PAGE = 100;
/** Deletions of one commit; Firestore takes 500. */
const CHANGES = 400;
/** A scheduled function may run nine minutes. What is left is for the next time. */
const MAX_MS = 300_000;

/** Records of one collection that are removed: all that `where` picks whose `field` (RFC 3339) is older than `days`. */
export interface Retention {
  readonly collection: Collection;
  readonly field: string;
  readonly days: number;
  readonly where?: DocumentQuery['where'];
  /** Of the records that were deleted, for which `updatedAt` says when, instead of those that are there. */
  readonly deleted?: boolean;
  /** Lets go of what a record stands for, such as a file; false keeps both. May be called again after a crash. */
  release?(tenantId: string, id: string): Promise<boolean>;
}

/**
 * Removes old records for good in every tenant, with their changes. Only for what the platform writes about its own
 * work: a deletion of anything else is a change itself, which others must see.
 */
export async function removeOld(ctx: SystemContext, retentions: readonly Retention[]): Promise<number> {
  const until = performance.now() + MAX_MS;
  let removed = 0;
  for await (const tenantId of tenantIds(ctx))
    for (const retention of retentions) {
      if (performance.now() > until) return removed;
      removed += await removeOldOf(ctx, tenantId, retention, until);
    }
  return removed;
}

/** The platform, and every tenant. */
export async function* tenantIds(ctx: SystemContext): AsyncGenerator<string> {
  yield PLATFORM_TENANT;
  const nodes = ctx.platform.repo(tenantNodes);
  for (let after: readonly unknown[] | undefined; ; ) {
    const { items, nextCursor } = await nodes.list({ limit: PAGE, after });
    for (const { id } of items) yield id;
    const last = items.at(-1);
    if (!nextCursor || !last) return;
    after = [last.createdAt, last.id];
  }
}

/**
 * The same for one tenant.
 * @param until when to leave the rest for the next time, on the clock of `performance`
 */
export async function removeOldOf(
  { ports }: SystemContext,
  tenantId: string,
  { collection, field, days, where = [], deleted = false, release }: Retention,
  until = performance.now() + MAX_MS,
): Promise<number> {
  const before = new Date(ports.clock.now() - days * 86_400_000).toISOString();
  let removed = 0;
  for (let after: readonly unknown[] | undefined; performance.now() < until; ) {
    const page = await ports.documents.query({
      collection: `tenants/${tenantId}/${collection.key}${deleted ? '-deleted' : ''}`,
      where: [...where, [field, '<', before]],
      orderBy: [[field, 'asc']],
      ...(after ? { startAfter: after } : {}),
      limit: PAGE,
    });
    for (const document of page) {
      if (release && !(await release(tenantId, document.id))) continue;
      if (await removeRecord(ports.documents, tenantId, document)) removed += 1;
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    after = [last.data[field], last.id];
  }
  return removed;
}

/** False when the record was written meanwhile: then it is not old any more. */
async function removeRecord(
  documents: SystemContext['ports']['documents'],
  tenantId: string,
  { path, id, revision }: StoredDocument,
): Promise<boolean> {
  const changes = { collection: `tenants/${tenantId}/changes`, where: [['recordId', '==', id]] } as const;
  const orderBy = [['version', 'desc']] as const;
  try {
    for (let whole = false; !whole; ) {
      const page = await documents.query({ ...changes, orderBy, limit: CHANGES });
      whole = page.length < CHANGES;
      await documents.commit([
        ...page.map((change) => ({ kind: 'delete', path: change.path }) as const),
        // The record goes with the last of its changes; until then it is found again.
        ...(whole ? [{ kind: 'delete', path, when: { revision } } as const] : []),
      ]);
    }
    return true;
  } catch (error) {
    if (error instanceof CommitConflict) return false;
    throw error;
  }
}
