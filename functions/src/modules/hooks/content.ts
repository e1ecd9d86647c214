import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { deliveries } from './deliveries.collection.ts';
import { fromStored } from './received.ts';

export const content = defineEndpoint({
  name: 'hooks.deliveries.content',
  method: 'GET',
  summary: 'What was received, word for word: headers without credentials, query and body',
  access: 'admin',
  input: z.strictObject({ id: z.string() }),
  output: z.object({
    id: z.string(),
    headers: z.record(z.string(), z.string()),
    query: z.record(z.string(), z.unknown()),
    /** How the body is given: as text, or in base64 where it is no UTF-8. */
    encoding: z.enum(['utf8', 'base64']),
    body: z.string(),
    /** False for a large delivery that was rejected: then the body is not kept. */
    complete: z.boolean(),
  }),
  example: { id: 'dlv_00000000000000000000000000000000' },
  handle: async (ctx, { id }) => {
    await ctx.repo(deliveries).require(id);
    const delivery = await ctx.asSystem('content shown').repo(deliveries).require(id);
    const { headers, query, body } = fromStored(delivery);
    return {
      id,
      headers,
      query,
      encoding: delivery.encoding,
      body: delivery.body,
      complete: body.length === delivery.bytes,
    };
  },
});
