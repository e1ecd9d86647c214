import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { deliveries } from './deliveries.collection.ts';
import { applyDelivery } from './on-delivery.ts';

export const replay = defineEndpoint({
  name: 'hooks.deliveries.replay',
  summary: 'Apply a stored delivery again, for example after its mapping was corrected',
  access: 'admin',
  input: z.strictObject({ id: z.string() }),
  output: z.object({
    id: z.string(),
    state: z.string(),
    error: z.string().optional(),
    recordIds: z.array(z.string()).optional(),
  }),
  example: { id: 'dlv_00000000000000000000000000000000' },
  handle: async (ctx, { id }) => {
    await ctx.repo(deliveries).require(id);
    await applyDelivery(ctx.asPlatform(`replayed by ${ctx.caller.id}`), ctx.tenantId, id);
    return ctx.repo(deliveries).require(id);
  },
});
