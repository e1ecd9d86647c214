import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { currency, timezone } from '../../kernel/schema.ts';
import { tenantNodes } from '../../kernel/tenants/tenancy.ts';

const output = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  plan: z.string(),
  currency: z.string(),
  timezone: z.string(),
  locale: z.string(),
  createdAt: z.string(),
});

export const current = defineEndpoint({
  name: 'tenants.current',
  method: 'GET',
  summary: 'The organisation this request works in',
  access: 'viewer',
  input: z.strictObject({}),
  output,
  example: {},
  handle: (ctx) => ctx.asPlatform('own organisation').platform.repo(tenantNodes).require(ctx.tenantId),
});

export const updateCurrent = defineEndpoint({
  name: 'tenants.current.update',
  summary: 'Change name, currency, time zone or language of the organisation',
  access: 'admin',
  input: z.strictObject({
    name: z.string().trim().min(1).max(200).optional(),
    currency: currency.optional(),
    timezone: timezone.optional(),
    locale: z.string().max(35).optional(),
  }),
  output,
  example: { name: 'Analytical Engines', currency: 'GBP' },
  handle: (ctx, input) =>
    ctx
      .asPlatform(`organisation changed by ${ctx.caller.id}`)
      .platform.repo(tenantNodes)
      .patch(ctx.tenantId, input),
});
