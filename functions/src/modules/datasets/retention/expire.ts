import type { SystemContext } from '../../../kernel/context.ts';
import { type Dataset, datasets, loads, type Part } from '../datasets.collection.ts';
import { dialectOf } from '../sql.ts';

const PAGE = 100;
const DAY_MS = 86_400_000;
const TIMEOUT_MS = 60_000;

/** Takes the parts that are too old out of a tenant's datasets; their files are no part of any then, and are swept. */
export async function expireParts(ctx: SystemContext, tenantId: string): Promise<number> {
  const scope = ctx.tenant(tenantId);
  let expired = 0;
  for (let after: readonly unknown[] | undefined; ; ) {
    const { items, nextCursor } = await scope.repo(datasets).list({ limit: PAGE, after });
    for (const dataset of items) {
      const old = await oldParts(ctx, tenantId, dataset);
      if (old.length === 0) continue;
      await scope.asSystem('retention').transaction(async (transaction) => {
        const repo = transaction.repo(datasets);
        const { parts } = await repo.require(dataset.id);
        await repo.patch(dataset.id, { parts: parts.filter(({ name }) => !old.includes(name)) });
      });
      expired += old.length;
    }
    const last = items.at(-1);
    if (!nextCursor || !last) return expired;
    after = [last.createdAt, last.id];
  }
}

/** Names of the parts that a dataset does not keep any longer. */
async function oldParts(ctx: SystemContext, tenantId: string, dataset: Dataset): Promise<string[]> {
  const { retention, parts } = dataset;
  if (!retention || parts.length === 0) return [];
  const before = new Date(ctx.ports.clock.now() - retention.days * DAY_MS).toISOString();
  if (retention.column !== undefined)
    return partsWhollyBefore(ctx, tenantId, dataset, retention.column, before);
  const old: string[] = [];
  for (const part of parts) if ((await loadedAt(ctx, tenantId, part)) < before) old.push(part.name);
  return old;
}

async function loadedAt(ctx: SystemContext, tenantId: string, { name, at }: Part): Promise<string> {
  if (at !== undefined) return at;
  const load = await ctx.tenant(tenantId).repo(loads).get(name);
  // What nothing is known of is kept.
  return load?.finishedAt ?? timeless;
}
const timeless = '9999';

async function partsWhollyBefore(
  { ports }: SystemContext,
  tenantId: string,
  { id, parts }: Dataset,
  column: string,
  before: string,
): Promise<string[]> {
  const each = parts.map(
    ({ name }, index) =>
      `SELECT ${index} AS part, CAST(max(${dialectOf(ports).quote(column)}) AS TIMESTAMP) < CAST($1 AS TIMESTAMP) AS old FROM ${ports.datasets.relation(tenantId, id, [name])}`,
  );
  const limits = { timeoutMs: TIMEOUT_MS, maxRows: parts.length };
  const { rows } = await ports.warehouse.query(each.join(' UNION ALL '), [before], limits);
  return rows.flatMap(({ part, old }) => (old === true ? (parts[Number(part)]?.name ?? []) : []));
}
