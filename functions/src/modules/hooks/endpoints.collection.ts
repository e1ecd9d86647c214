import { z } from 'zod';
import type { Caller } from '../../kernel/access.ts';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { compileMapping } from './mapping.ts';
import { DEDUPE } from './presets/preset.ts';
import { headerName, signature } from './scheme.ts';

const ACTIONS = ['create', 'update', 'upsert', 'delete', 'event', 'mixed'] as const;

const place = z.union([
  z.strictObject({ header: headerName }),
  z.strictObject({
    field: z.string().regex(/^[\w-]{1,60}(?:\.[\w-]{1,60}){0,5}$/, 'Name a field such as data.id.'),
  }),
]);

export const endpointFields = {
  name: z.string().trim().min(1).max(100),
  /** How the sender proves itself; `hooks.presets` explains each. */
  signature: signature.default({ scheme: 'standard' }),
  /** Seconds by which the time in a signature may be off. */
  toleranceSeconds: z
    .int()
    .min(1)
    .max(7 * 86_400)
    .default(300),
  /** Where the id and the type of a delivery stand, when the sender's kind does not say. */
  idFrom: place.optional(),
  typeFrom: place.optional(),
  /** What tells two deliveries apart; as is right for the sender by default. */
  dedupe: z.enum(DEDUPE).optional(),
  /** Types of events that are applied, `customer.*` for all that begin so; others are stored and ignored. */
  events: z.array(z.string().min(1).max(120)).min(1).max(100).optional(),
  /** JSONata expression from the delivery's content to a record, or to a list of records. */
  mapping: z.string().min(1).max(10_000),
  /** Collection the mapped records go to, such as `finance.invoices`. Without one, each says it itself. */
  collection: z.string().max(60).optional(),
  /** What is done with each mapped record. By default: upserted when there is a key, else created. */
  action: z.enum(ACTIONS).optional(),
  /** Field that recognises a record sent before, or `id`. */
  key: z.string().max(60).optional(),
  /** With the rights of which role records are written. */
  role: z.enum(['viewer', 'editor', 'admin']).default('editor'),
  /** Deliveries a second. */
  rateLimit: z.int().min(1).max(1_000).default(50),
  active: z.boolean().default(true),
};

export const endpointExample = {
  name: 'Shop orders',
  collection: 'finance.invoices',
  mapping:
    '{ "number": id, "currency": currency, "lines": items.{ "sku": sku, "quantity": qty, "unitPrice": $string(price) } }',
};

const unrestricted = { write: (caller: Caller): boolean => caller.permissions === undefined };

/** Addresses at which other systems deliver data. */
export const endpoints = defineCollection({
  name: 'hooks.endpoints',
  idPrefix: 'whk',
  labels: { one: 'webhook endpoint', many: 'webhook endpoints' },
  fields: endpointFields,
  computed: {
    /** Sealed; `secrets.ts` says what is in it. */
    secret: z.string(),
    urlHash: z.string(),
    /** What the API key that made it was narrowed to: it never writes more. */
    permissions: z.array(z.string()).optional(),
  },
  access: { read: 'admin', create: () => false, update: 'admin', delete: 'admin' },
  fieldAccess: {
    // What a new endpoint is checked for is not checked again: another target needs another endpoint.
    collection: { write: (caller) => caller.kind === 'system' },
    // A narrowed API key must not write through the endpoint of somebody else what it may not write itself.
    mapping: unrestricted,
    action: unrestricted,
    key: unrestricted,
    role: unrestricted,
    signature: unrestricted,
  },
  secret: ['secret', 'urlHash'],
  filters: ['collection', 'active'],
  sorts: ['name'],
  unindexed: ['mapping', 'signature', 'idFrom', 'typeFrom', 'events', 'permissions'],
  example: endpointExample,
  warehouse: 'none',
  prepare: (draft, { previous }) => {
    compileMapping(draft.mapping);
    checkAction(draft);
    // What restoring an old version leaves out is kept.
    const secret = draft.secret ?? previous?.secret;
    const urlHash = draft.urlHash ?? previous?.urlHash;
    if (secret === undefined || urlHash === undefined)
      throw new Problem('internal', 'An endpoint needs an address and a secret.');
    return { ...draft, secret, urlHash };
  },
});
export type HookEndpoint = RecordOf<typeof endpoints>;

/** What an endpoint needs to know to write. */
export type Target = Pick<HookEndpoint, 'collection' | 'action' | 'key'>;

/** What is done with each mapped record. */
export function actionOf({ action, collection, key }: Target): (typeof ACTIONS)[number] {
  if (action !== undefined) return action;
  return collection === undefined ? 'mixed' : key === undefined ? 'create' : 'upsert';
}

/** Throws a 422 Problem when action, collection and key do not fit each other. */
export function checkAction(target: Target): void {
  const action = actionOf(target);
  const whole = action === 'event' || action === 'mixed';
  const refuse = (path: string, message: string): Problem =>
    new Problem('invalid', 'Action, collection and key do not fit.', {
      errors: [{ path, message, code: 'unfit_action' }],
    });
  if (whole && target.collection !== undefined)
    throw refuse('collection', `With the action ${action}, no collection is named.`);
  if (!whole && target.collection === undefined) throw refuse('collection', `Say what to ${action}.`);
  if (!whole && action !== 'create' && target.key === undefined)
    throw refuse('key', `Name the field by which the record to ${action} is found.`);
}
