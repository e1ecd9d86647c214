import type { SystemContext } from '../../kernel/context.ts';
import type { ReadRecord } from '../../kernel/ports/warehouse.ts';
import { readHistory } from '../../kernel/records/record-history.ts';
import { applyChange, type RecordState } from '../../kernel/warehouse/warehouse-rows.ts';

/** Entries of the log read at once. */
const PAGE = 200;

/** Reads a record, live or deleted, without its secret fields: as it stands now, or as the change log says it was. */
export const readRecordFrom =
  (ctx: SystemContext): ReadRecord =>
  async (tenantId, name, id, version) => {
    const collection = ctx.app.registry.collections.get(name);
    if (!collection) return undefined;
    const path = `tenants/${tenantId}/${collection.key}`;
    const [live, deleted] = await ctx.ports.documents.getAll([`${path}/${id}`, `${path}-deleted/${id}`]);
    const found = live ?? deleted;
    const isWanted = found && (version === undefined || Number(found.data.version) === version);
    const state = isWanted
      ? { record: found.data, version: Number(found.data.version), deleted: live === undefined }
      : version && (await stateAt(ctx, tenantId, id, version));
    if (!state) return undefined;
    const secret = new Set(collection.options.secret);
    return {
      ...state,
      record: Object.fromEntries(Object.entries(state.record).filter(([field]) => !secret.has(field))),
    };
  };

/** Folds the changes of a record up to a version; undefined when one of them is no longer there. */
async function stateAt(
  { ports }: SystemContext,
  tenantId: string,
  id: string,
  version: number,
): Promise<RecordState | undefined> {
  const entries = [];
  for (let before = version + 1; before > 1; ) {
    const page = await readHistory(ports.documents.query, tenantId, id, {
      limit: PAGE,
      beforeVersion: before,
    });
    entries.push(...page);
    before = page.length === PAGE ? Number(page.at(-1)?.version) : 0;
  }
  const isWhole =
    entries.length === version && entries.every((entry, index) => entry.version === version - index);
  return isWhole
    ? entries.reduceRight<RecordState | undefined>((state, entry) => applyChange(state, entry), undefined)
    : undefined;
}
