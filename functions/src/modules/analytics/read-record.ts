import type { SystemContext } from '../../kernel/context.ts';
import type { ReadRecord } from '../../kernel/ports/warehouse.ts';

/** Reads a record as it stands now, live or deleted, without its secret fields. */
export const readRecordFrom =
  (ctx: SystemContext): ReadRecord =>
  async (tenantId, name, id) => {
    const collection = ctx.app.registry.collections.get(name);
    if (!collection) return undefined;
    const path = `tenants/${tenantId}/${collection.key}`;
    const [live, deleted] = await ctx.ports.documents.getAll([`${path}/${id}`, `${path}-deleted/${id}`]);
    const found = live ?? deleted;
    if (!found) return undefined;
    const secret = new Set(collection.options.secret);
    const record = Object.fromEntries(Object.entries(found.data).filter(([field]) => !secret.has(field)));
    return { record, version: Number(found.data.version), deleted: live === undefined };
  };
