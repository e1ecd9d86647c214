import { z } from 'zod';
import type { Caller } from '../../kernel/access.ts';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { checkEndpoint } from './checks.ts';

const pattern = z
  .string()
  .max(120)
  .regex(
    /^(?:\*|[a-z][a-z0-9-]*\.\*|[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*\.(?:\*|created|updated|deleted|restored))$/,
    'Use *, crm.*, crm.contacts.* or crm.contacts.created.',
  );
const scalar = z.union([z.string().max(300), z.number(), z.boolean()]);

export const endpointFields = {
  url: z.url({ protocol: /^https?$/, hostname: /./ }).max(2_000),
  description: z.string().trim().max(300).optional(),
  /** Events that are sent: `*`, `crm.*`, `crm.contacts.*`, `crm.contacts.created`. */
  events: z.array(pattern).min(1).max(50),
  /** Only records whose fields have one of these values: `{ status: ['paid'] }`. */
  where: z.record(z.string().max(60), z.array(scalar).min(1).max(50)).optional(),
  /** Only updates that change one of these fields. */
  changedFields: z.array(z.string().max(60)).min(1).max(50).optional(),
  active: z.boolean().default(true),
  /** Deliveries a second. */
  rateLimit: z.int().min(1).max(1_000).default(50),
  /** Seconds from the look-up of the name to the end of the answer; after them the attempt has failed. */
  timeoutSeconds: z.int().min(1).max(30).default(15),
  /** Changes of one record are sent one after the other, each when the one before was taken or given up. */
  ordered: z.boolean().default(false),
};

const unrestricted = (caller: Caller): boolean => caller.permissions === undefined;

/** Addresses of other systems that are told what changes. */
export const endpoints = defineCollection({
  name: 'webhooks.endpoints',
  idPrefix: 'who',
  labels: { one: 'outgoing webhook', many: 'outgoing webhooks' },
  fields: endpointFields,
  computed: {
    /** Sealed; `signing.ts` says what is in it. */
    secret: z.string(),
    /** What the API key that made it was narrowed to: nothing else is ever sent. */
    permissions: z.array(z.string()).optional(),
    enabledAt: z.iso.datetime(),
    disabledAt: z.iso.datetime().optional(),
    disabledReason: z.string().optional(),
  },
  access: { read: 'admin', create: () => false, update: 'admin', delete: 'admin' },
  // A narrowed API key must not turn the endpoint of somebody else to its own address.
  fieldAccess: { url: { write: unrestricted }, events: { write: unrestricted } },
  secret: ['secret'],
  filters: ['active'],
  sorts: ['url'],
  unindexed: ['events', 'where', 'changedFields', 'permissions'],
  example: { url: 'https://example.com/hooks', events: ['crm.companies.*'], where: { country: ['Iceland'] } },
  warehouse: 'none',
  prepare: (draft, { previous, id, now, app }) => {
    checkEndpoint(app, { ...draft, id }, previous);
    // What restoring an old version or a system write leaves out is kept.
    const secret = draft.secret ?? previous?.secret;
    if (secret === undefined) throw new Problem('internal', 'An endpoint needs a secret.');
    const { disabledAt, disabledReason, ...rest } = draft;
    if (!draft.active)
      return {
        ...rest,
        secret,
        enabledAt: draft.enabledAt ?? now,
        disabledAt: previous?.active === false ? (previous.disabledAt ?? now) : now,
        disabledReason: disabledReason ?? 'It was switched off.',
      };
    return { ...rest, secret, enabledAt: previous?.active ? previous.enabledAt : now };
  },
});
export type WebhookEndpoint = RecordOf<typeof endpoints>;
