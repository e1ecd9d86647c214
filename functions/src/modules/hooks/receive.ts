import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { PublicContext } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { notFound, Problem } from '../../kernel/errors.ts';
import { unseal } from '../../kernel/seal.ts';
import { deliveries } from './deliveries.collection.ts';
import { endpoints, type HookEndpoint } from './endpoints.collection.ts';
import { urlHash } from './manage.ts';
import { verifySignature } from './signatures.ts';

const MAX_BYTES = 700_000;

/** `POST /hooks/{token}`: verify, store, answer. What is stored is applied right after, by `on-delivery.ts`. */
export const receive = defineEndpoint({
  name: 'hooks.receive',
  path: '/hooks/{token}',
  summary: 'Deliver JSON to a webhook endpoint',
  access: 'public',
  body: 'stream',
  status: 202,
  limit: { points: 6_000, seconds: 60, by: 'address' },
  input: z.object({ token: z.string() }),
  output: z.object({ id: z.string(), duplicate: z.boolean() }),
  example: { token: '01JD000000000000000000000001JD0000000000000000000000secret' },
  handle: async (ctx, { token }) => {
    const { tenantId, endpoint } = await findEndpoint(ctx, token);
    const body = await readBody(await ctx.body());
    const secret = await unseal(ctx.ports.secrets, endpoint.id, endpoint.secret);
    const sent = verifySignature(endpoint.signature, secret, ctx.header, body, ctx.ports.clock.now());
    const text = parseable(body);
    const bodyHash = createHash('sha256').update(body).digest('hex');
    const deliveryId = (sent ?? bodyHash).slice(0, 300);
    const id = `dlv_${createHash('sha256').update(`${endpoint.id} ${deliveryId}`).digest('hex').slice(0, 32)}`;
    const repo = ctx.asPlatform(`webhook ${endpoint.id}`).tenant(tenantId).repo(deliveries);
    try {
      await repo.create(
        { endpointId: endpoint.id, deliveryId, bodyHash, body: text, state: 'received', attempts: 0 },
        { id },
      );
      return { id, duplicate: false };
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'already_exists') throw error;
      const known = await repo.get(id);
      if (known?.bodyHash !== bodyHash)
        throw new Problem(
          'conflict',
          'Another body was delivered under this id before. Give each delivery an id of its own.',
        );
      return { id, duplicate: true };
    }
  },
});

async function findEndpoint(
  ctx: PublicContext,
  token: string,
): Promise<{ tenantId: string; endpoint: HookEndpoint }> {
  const [, tenant, id, secret = ''] = /^([0-9A-Z]{26})([0-9A-Z]{26})([\w-]{24})$/.exec(token) ?? [];
  const tenantId = `ten_${tenant}`;
  const endpoint = tenant
    ? await ctx.asPlatform('webhook').tenant(tenantId).repo(endpoints).get(`whk_${id}`)
    : undefined;
  if (!endpoint?.active || endpoint.urlHash !== urlHash(secret)) throw notFound('This webhook address');
  return { tenantId, endpoint };
}

async function readBody(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    const bytes = Buffer.from(part as Uint8Array);
    size += bytes.length;
    if (size > MAX_BYTES) throw new Problem('too_large', `A delivery has at most ${MAX_BYTES} bytes.`);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function parseable(body: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new Problem(
      'malformed',
      `The body is not JSON in UTF-8: ${error instanceof Error ? error.message : 'it could not be read'}.`,
    );
  }
}
