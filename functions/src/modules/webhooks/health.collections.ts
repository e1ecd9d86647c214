import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';

/**
 * How an endpoint has been answering, beside what it is; there is none before the first failure. The id is the
 * endpoint's.
 */
export const endpointStates = defineCollection({
  name: 'webhooks.states',
  idPrefix: 'whs',
  labels: { one: 'webhook state', many: 'webhook states' },
  fields: {
    /** Since when it has only failed; absent after a success. */
    failingSince: z.iso.datetime().optional(),
    /** When it is disabled, should it go on failing. */
    disablesAt: z.iso.datetime().optional(),
    /** How it began to fail. */
    firstError: z.string().optional(),
    /** It asked to be called no earlier (`Retry-After`). */
    pausedUntil: z.iso.datetime().optional(),
  },
  access: { read: 'admin', create: () => false, update: () => false, delete: () => false },
  unindexed: ['failingSince', 'disablesAt', 'firstError', 'pausedUntil'],
  example: {},
  api: 'read-only',
  warehouse: 'none',
});
export type EndpointState = RecordOf<typeof endpointStates>;

/** What somebody should be told: an endpoint has been failing for a day, or was disabled. Its event can be mailed. */
export const warnings = defineCollection({
  name: 'webhooks.warnings',
  idPrefix: 'whw',
  labels: { one: 'webhook warning', many: 'webhook warnings' },
  fields: {
    endpointId: z.string(),
    kind: z.enum(['failing', 'disabled']),
    /** Without the query, which may hold secrets. */
    url: z.string(),
    reason: z.string(),
    failingSince: z.iso.datetime().optional(),
    disablesAt: z.iso.datetime().optional(),
  },
  access: { read: 'admin', create: () => false, update: () => false, delete: () => false },
  filters: ['endpointId', 'kind'],
  unindexed: ['url', 'reason', 'failingSince', 'disablesAt'],
  example: {
    endpointId: 'who_01JD0000000000000000000000',
    kind: 'failing',
    url: 'https://example.com/hooks',
    reason: 'Every delivery has failed since 2026-01-01T12:00:00.000Z.',
    failingSince: '2026-01-01T12:00:00.000Z',
    disablesAt: '2026-01-06T12:00:00.000Z',
  },
  api: 'read-only',
  warehouse: 'none',
});
