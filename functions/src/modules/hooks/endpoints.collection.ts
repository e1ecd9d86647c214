import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';
import { compileMapping } from './mapping.ts';

/** How a sender proves itself. */
export const signature = z.discriminatedUnion('scheme', [
  /** https://www.standardwebhooks.com: headers webhook-id, webhook-timestamp, webhook-signature. */
  z.strictObject({ scheme: z.literal('standard') }),
  /** HMAC-SHA-256 of the raw body in one header, as GitHub, Shopify and many others do. */
  z.strictObject({
    scheme: z.literal('hmac-sha256'),
    header: z.string().regex(/^[a-z0-9-]{1,60}$/, 'Use the header name in lower case.'),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    prefix: z.string().max(20).default(''),
    /** Header that names the delivery; without it the body itself does. */
    idHeader: z
      .string()
      .regex(/^[a-z0-9-]{1,60}$/)
      .optional(),
  }),
]);

export const endpointFields = {
  name: z.string().trim().min(1).max(100),
  /** Collection the mapped records go to, such as `finance.invoices`. */
  collection: z.string().max(60),
  /** JSONata expression from the delivery's JSON to a record, or to a list of records. */
  mapping: z.string().min(1).max(10_000),
  signature: signature.default({ scheme: 'standard' }),
  /** Field that recognises a record sent before; then it is updated instead. */
  key: z.string().max(60).optional(),
  active: z.boolean().default(true),
};

/** Addresses at which other systems deliver data. */
export const endpoints = defineCollection({
  name: 'hooks.endpoints',
  idPrefix: 'whk',
  labels: { one: 'webhook endpoint', many: 'webhook endpoints' },
  fields: endpointFields,
  computed: { secret: z.string(), urlHash: z.string() },
  access: { read: 'admin', create: () => false, update: 'admin', delete: 'admin' },
  // What a new endpoint is checked for is not checked again: another target needs another endpoint.
  fieldAccess: { collection: { write: (caller) => caller.kind === 'system' } },
  secret: ['secret', 'urlHash'],
  filters: ['collection', 'active'],
  sorts: ['name'],
  unindexed: ['mapping', 'signature'],
  example: {
    name: 'Shop orders',
    collection: 'finance.invoices',
    mapping: '{ "number": order.id, "lines": order.items }',
  },
  warehouse: 'none',
  prepare: (draft) => {
    compileMapping(draft.mapping);
    return draft as typeof draft & { secret: string; urlHash: string };
  },
});
export type HookEndpoint = RecordOf<typeof endpoints>;
