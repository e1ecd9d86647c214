import type { SystemContext } from '../../../kernel/context.ts';
import type { StoredPart } from '../../../kernel/ports/datasets.ts';
import { type Dataset, datasets, type Load, loads } from '../datasets.collection.ts';

const DAY_MS = 86_400_000;
/** Days that a load which was kept out can be looked at. */
const KEPT_ASIDE_DAYS = 7;

/**
 * Removes the files of a tenant that no dataset counts among its parts, be it one that can still be restored. Nothing
 * else removes them for certain: what a crash leaves between two steps is found here.
 */
export async function sweep(ctx: SystemContext, tenantId: string): Promise<number> {
  let removed = 0;
  for (const stored of await ctx.ports.datasets.list(tenantId)) {
    if (await isNeeded(ctx, tenantId, stored)) continue;
    await ctx.ports.datasets.remove({ tenantId, datasetId: stored.datasetId, part: stored.part });
    removed += 1;
  }
  return removed;
}

async function isNeeded(
  { ports }: SystemContext,
  tenantId: string,
  { datasetId, part, writtenAt }: StoredPart,
): Promise<boolean> {
  const at = (key: string, id: string): string => `tenants/${tenantId}/${key}/${id}`;
  // Read at one moment: a load is published and over in one commit, and once it is over its part never counts again.
  const [load, live, deleted] = await ports.documents.getAll([
    at(loads.key, part),
    at(datasets.key, datasetId),
    at(`${datasets.key}-deleted`, datasetId),
  ]);
  for (const dataset of [live, deleted])
    if ((dataset?.data as Dataset | undefined)?.parts.some(({ name }) => name === part)) return true;
  const now = ports.clock.now();
  if (!load) return writtenAt > now - DAY_MS;
  const { state, updatedAt, blockedBy, finishedAt = updatedAt } = load.data as unknown as Load;
  // An attempt ends within minutes; one that has said nothing for a day has died, and would begin anew.
  if (state === 'queued' || state === 'running') return Date.parse(updatedAt) > now - DAY_MS;
  return blockedBy !== undefined && Date.parse(finishedAt) > now - KEPT_ASIDE_DAYS * DAY_MS;
}
