import { timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { PublicContext } from '../../kernel/context.ts';
import { defineEndpoint, Reply } from '../../kernel/define.ts';
import { notFound, Problem } from '../../kernel/errors.ts';
import { endpoints } from './endpoints.collection.ts';
import { urlHash } from './manage.ts';
import { isUnsignedPing, type Received } from './received.ts';
import { checkSender, keepRejected, type Place, storeDelivery } from './store.ts';

const MAX_BYTES = 700_000;

/** `POST /hooks/{token}`: verify, store, answer. What is stored is applied right after, by `on-delivery.ts`. */
export const receive = defineEndpoint({
  name: 'hooks.receive',
  path: '/hooks/{token}',
  summary:
    'Deliver something to a webhook endpoint, signed as the endpoint says; 202 means that it is stored',
  access: 'public',
  body: 'stream',
  status: 202,
  // Large senders deliver to many tenants from few addresses; each endpoint has a limit of its own.
  limit: { points: 60_000, seconds: 60, by: 'address' },
  input: z.looseObject({ token: z.string() }),
  output: z.object({ id: z.string(), duplicate: z.boolean() }),
  example: { token: '01JD000000000000000000000001JD0000000000000000000000secret' },
  handle: async (ctx, { token, ...query }) => {
    const place = await findEndpoint(ctx, token);
    const { endpoint } = place;
    const limit = { points: endpoint.rateLimit, seconds: 1 };
    const budget = await ctx.app.limiter.take(`hooks ${endpoint.rateLimit}`, endpoint.id, limit);
    const envelope = { headers: ctx.headers(), query, address: ctx.address };
    const body = await readBody(await ctx.body());
    if (!body) {
      const reason = `A delivery has at most ${MAX_BYTES} bytes.`;
      await keepRejected(place, { ...envelope, body: Buffer.alloc(0) }, reason);
      throw new Problem('too_large', reason);
    }
    const received: Received = { ...envelope, body };
    if (isUnsignedPing(endpoint, received)) return new Reply(200, { ping: true }, budget);
    try {
      await checkSender(place, received, ctx.ports.clock.now());
      return new Reply(202, await storeDelivery(place, received), budget);
    } catch (error) {
      if (error instanceof Problem && error.status < 500) await keepRejected(place, received, error.message);
      throw error;
    }
  },
});

/** One look-up and one comparison, whatever is wrong with the address. */
async function findEndpoint(ctx: PublicContext, token: string): Promise<Place> {
  const [, tenant = 'none', id = 'none', secret = ''] =
    /^([0-9A-Z]{26})([0-9A-Z]{26})([\w-]{24})$/.exec(token) ?? [];
  const tenantId = `ten_${tenant}`;
  const endpoint = await ctx.asPlatform('webhook').tenant(tenantId).repo(endpoints).get(`whk_${id}`);
  const wanted = Buffer.from(endpoint?.urlHash ?? urlHash('none'));
  const right = timingSafeEqual(Buffer.from(urlHash(secret)), wanted);
  if (!endpoint || !right || !endpoint.active) throw notFound('This webhook address');
  return { app: ctx.app, tenantId, endpoint };
}

/** Undefined when it is too large. */
async function readBody(stream: Readable): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  // A stream that is destroyed takes the connection along, and with it the answer.
  for await (const part of stream.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(part as Uint8Array);
    size += bytes.length;
    if (size > MAX_BYTES) return undefined;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
