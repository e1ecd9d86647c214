import { z } from 'zod';
import { hasRole, ROLES } from '../../kernel/access.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { apiKeys } from './api-keys.collection.ts';
import { formatApiKey, newSecret, sha256 } from './tokens.ts';

export const createApiKey = defineEndpoint({
  name: 'auth.api-keys.create',
  summary: 'Create an API key; the key is shown only in this answer',
  access: 'admin',
  status: 201,
  input: z.strictObject({
    name: z.string().trim().min(1).max(100),
    role: z.enum(ROLES).default('editor'),
    permissions: z
      .array(
        z
          .string()
          .regex(/^[a-z][a-z0-9.-]*(?:\.\*)?$/)
          .max(100),
      )
      .max(100)
      .optional(),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    role: z.string(),
    prefix: z.string(),
    key: z.string(),
    createdAt: z.string(),
  }),
  example: { name: 'Shop sync', role: 'editor' },
  handle: async (ctx, input) => {
    if (!hasRole(ctx.caller, input.role))
      throw new Problem('forbidden', 'A key cannot do more than its maker.');
    if (ctx.caller.permissions) throw new Problem('forbidden', 'A narrowed API key cannot make keys.');
    const secret = newSecret();
    const id = ctx.app.ids.next('key');
    const key = formatApiKey(ctx.tenantId, id, secret);
    const scope = ctx.asSystem(`API key made by ${ctx.caller.id}`);
    const record = await scope
      .repo(apiKeys)
      .create({ ...input, prefix: `mk_…${secret.slice(-4)}`, secretHash: sha256(secret) }, { id });
    return { ...record, key };
  },
});

export const revokeApiKey = defineEndpoint({
  name: 'auth.api-keys.revoke',
  summary: 'Revoke an API key; it stops working within seconds',
  access: 'admin',
  status: 204,
  input: z.strictObject({ id: z.string() }),
  output: z.undefined(),
  example: { id: 'key_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    await ctx.asSystem(`API key revoked by ${ctx.caller.id}`).repo(apiKeys).delete(id);
    return undefined;
  },
});
