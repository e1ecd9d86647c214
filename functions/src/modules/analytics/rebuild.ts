import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { replay } from './replay.ts';

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
    const { read, applied, next } = await replay(
      ctx.asPlatform('rebuild of the warehouse'),
      ctx.tenantId,
      cursor,
      PAGES,
    );
    return { read, applied, nextCursor: next ?? null };
  },
});
