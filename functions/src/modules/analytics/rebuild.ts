import { z } from 'zod';
import { toChange } from '../../kernel/change.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { warehouseTables } from '../../kernel/warehouse-tables.ts';
import { readRecordFrom } from './read-record.ts';

const PAGE = 500;
const PAGES = 20;

/** Replays the change log into the warehouse, after its files were lost or moved. What is there already stays as it is. */
export const rebuild = defineEndpoint({
  name: 'analytics.rebuild',
  summary:
    'Replays your change log into the warehouse, a part at a time; call again with nextCursor until it is null.',
  access: 'admin',
  input: z.strictObject({ cursor: z.string().max(100).optional() }),
  output: z.object({
    /** Changes read in this part. */
    read: z.int(),
    /** Those the warehouse did not have. */
    applied: z.int(),
    nextCursor: z.string().nullable(),
  }),
  example: {},
  limit: { points: 60, seconds: 60, by: 'principal' },
  handle: async (ctx, { cursor }) => {
    const { documents, warehouse } = ctx.ports;
    const tables = warehouseTables(ctx.app.registry);
    const readRecord = readRecordFrom(ctx.asPlatform('rebuild of the warehouse'));
    let [read, applied, last] = [0, 0, cursor];
    for (let page = 0; page < PAGES; page++) {
      const found = await documents.query({
        collection: `tenants/${ctx.tenantId}/changes`,
        ...(last === undefined ? {} : { startAfter: [last] }),
        limit: PAGE,
      });
      const changes = found.map(({ id, data }) => toChange(ctx.tenantId, id, data));
      if (changes.length > 0) applied += (await warehouse.apply(changes, tables, readRecord)).applied;
      read += changes.length;
      last = changes.at(-1)?.id ?? last;
      if (changes.length < PAGE) return { read, applied, nextCursor: null };
    }
    return { read, applied, nextCursor: last ?? null };
  },
});
