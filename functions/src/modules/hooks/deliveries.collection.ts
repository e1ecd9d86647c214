import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';

/** What was received, word for word: it is stored before the sender gets an answer, and can be applied again. */
export const deliveries = defineCollection({
  name: 'hooks.deliveries',
  idPrefix: 'dlv',
  labels: { one: 'delivery', many: 'deliveries' },
  fields: {
    endpointId: z.string(),
    /** The sender's id of it; the hash of its body when it has none. */
    deliveryId: z.string().max(300),
    eventType: z.string().max(120).optional(),
    contentType: z.string().max(200).optional(),
    address: z.string().max(60),
    bytes: z.int(),
    bodyHash: z.string(),
    /** Rejected: not accepted, and kept only to show why. Ignored: accepted, but nothing was to be done. */
    state: z.enum(['received', 'applied', 'ignored', 'failed', 'rejected']),
    /** What was written for it. */
    recordIds: z.array(z.string()).max(1000).optional(),
    /** Why it was ignored, failed or was rejected. */
    error: z.string().max(2_000).optional(),
    attempts: z.int(),
    /** The delivery that this rejected one became when it was accepted later. */
    acceptedAs: z.string().optional(),
    /** How the body is stored: as its text, or in base64 where it is no UTF-8. */
    encoding: z.enum(['utf8', 'base64']),
    body: z.string(),
    /** JSON: headers and query. */
    envelope: z.string(),
  },
  access: { read: 'admin', create: () => false, update: () => false, delete: () => false },
  // Large, and personal: read one at a time by `hooks.deliveries.content`, and not repeated in the change log.
  secret: ['body', 'envelope'],
  filters: ['endpointId', 'state', 'eventType'],
  lookups: ['deliveryId'],
  unindexed: ['body', 'envelope', 'recordIds', 'error', 'bodyHash', 'contentType', 'address'],
  example: {
    endpointId: 'whk_01JD0000000000000000000000',
    deliveryId: 'msg_1',
    eventType: 'contact.created',
    contentType: 'application/json',
    address: '192.0.2.1',
    bytes: 2,
    bodyHash: '',
    state: 'received',
    attempts: 0,
    encoding: 'utf8',
    body: '{}',
    envelope: '{}',
  },
  api: 'read-only',
  warehouse: 'none',
});
export type DeliveryRecord = RecordOf<typeof deliveries>;
