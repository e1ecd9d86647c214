import { type Change, toChange } from '../../kernel/changes/change.ts';
import type { SystemContext } from '../../kernel/context.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { readRecordFrom } from './read-record.ts';

const PAGE = 500;

export interface Replayed {
  /** Changes read. */
  readonly read: number;
  /** Those the warehouse did not have. */
  readonly applied: number;
  /** Where to go on; undefined at the end of the log. */
  readonly next: string | undefined;
}

/** Replays up to `pages` × 500 changes of a tenant's log into the warehouse. What is there already stays as it is. */
export async function replay(
  ctx: SystemContext,
  tenantId: string,
  after: string | undefined,
  pages: number,
): Promise<Replayed> {
  const tables = warehouseTables(ctx.app.registry);
  let [read, applied, last] = [0, 0, after];
  for (let page = 0; page < pages; page++) {
    const changes = await changesOf(ctx, tenantId, 'asc', last);
    if (changes.length > 0)
      applied += (await ctx.ports.warehouse.apply(changes, tables, readRecordFrom(ctx))).applied;
    read += changes.length;
    last = changes.at(-1)?.id ?? last;
    if (changes.length < PAGE) return { read, applied, next: undefined };
  }
  return { read, applied, next: last };
}

/** A page of a tenant's log by change id, oldest or newest first. */
export async function changesOf(
  ctx: SystemContext,
  tenantId: string,
  direction: 'asc' | 'desc',
  after?: string,
): Promise<Change[]> {
  const found = await ctx.ports.documents.query({
    collection: `tenants/${tenantId}/changes`,
    ...(direction === 'desc' ? { orderBy: [['at', 'desc']] } : {}),
    ...(after === undefined ? {} : { startAfter: [after] }),
    limit: PAGE,
  });
  return found.map(({ id, data }) => toChange(tenantId, id, data));
}
