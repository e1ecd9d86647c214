import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { permits } from '../../kernel/access.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { seal } from '../../kernel/seal.ts';
import { endpointFields, endpoints } from './endpoints.collection.ts';
import { applyMapping } from './mapping.ts';

export const urlHash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
const newSigningSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/** A delivery may only go where its maker could write by hand. */
function refuseForeignTarget(ctx: TenantContext, collection: string): void {
  const target = ctx.app.registry.collections.get(collection);
  if (target && !target.options.api) {
    if (['create', 'update'].every((action) => permits(ctx.caller, `${collection}.${action}`))) return;
    throw new Problem(
      'forbidden',
      `This API key may not write ${collection}, so a webhook of its making may not either.`,
    );
  }
  const errors = [
    {
      path: 'collection',
      message: 'Name a collection that can be written, such as finance.invoices.',
      code: 'unknown_collection',
    },
  ];
  throw new Problem('invalid', 'There is no such collection.', { errors });
}

export const createEndpoint = defineEndpoint({
  name: 'hooks.endpoints.create',
  summary:
    'Create an address for another system to deliver to; address and secret are shown only in this answer',
  access: 'admin',
  status: 201,
  input: z.strictObject(endpointFields),
  output: z.object({
    id: z.string(),
    name: z.string(),
    collection: z.string(),
    url: z.string(),
    secret: z.string(),
  }),
  example: {
    name: 'Shop orders',
    collection: 'finance.invoices',
    mapping:
      '{ "number": id, "currency": currency, "lines": items.{ "sku": sku, "quantity": qty, "unitPrice": $string(price) } }',
  },
  handle: async (ctx, input) => {
    refuseForeignTarget(ctx, input.collection);
    const id = ctx.app.ids.next('whk');
    const [secret, urlSecret] = [newSigningSecret(), randomBytes(18).toString('base64url')];
    const scope = ctx.asSystem(`webhook endpoint made by ${ctx.caller.id}`);
    await scope.repo(endpoints).create({ ...input, ...(await computed(ctx, id, secret, urlSecret)) }, { id });
    const url = `${ctx.app.settings.publicUrl}/hooks/${ctx.tenantId.slice(4)}${id.slice(4)}${urlSecret}`;
    return { id, name: input.name, collection: input.collection, url, secret };
  },
});

async function computed(
  ctx: TenantContext,
  id: string,
  secret: string,
  urlSecret: string,
): Promise<{ secret: string; urlHash: string }> {
  return { secret: await seal(ctx.ports.secrets, id, secret), urlHash: urlHash(urlSecret) };
}

export const rotateSecret = defineEndpoint({
  name: 'hooks.endpoints.rotate-secret',
  summary: 'Give an endpoint a new signing secret; the old one stops working at once',
  access: 'admin',
  input: z.strictObject({ id: z.string() }),
  output: z.object({ id: z.string(), secret: z.string() }),
  example: { id: 'whk_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    const secret = newSigningSecret();
    await ctx
      .asSystem(`secret rotated by ${ctx.caller.id}`)
      .repo(endpoints)
      .patch(id, { secret: await seal(ctx.ports.secrets, id, secret) });
    return { id, secret };
  },
});

export const tryMapping = defineEndpoint({
  name: 'hooks.endpoints.try',
  summary: 'Apply a mapping to a sample without storing anything',
  access: 'admin',
  limit: { points: 120, seconds: 60, by: 'principal' },
  input: z.strictObject({ mapping: z.string().min(1).max(10_000), sample: z.unknown() }),
  output: z.object({ result: z.array(z.record(z.string(), z.unknown())) }),
  example: { mapping: '{ "name": person.name }', sample: { person: { name: 'Ada Lovelace' } } },
  handle: async (_ctx, { mapping, sample }) => ({ result: await applyMapping(mapping, sample) }),
});
