import { z } from 'zod';
import { defineCollection } from '../../kernel/define.ts';

/** What was received, word for word: it is stored before the sender gets an answer, and can be applied again. */
export const deliveries = defineCollection({
  name: 'hooks.deliveries',
  idPrefix: 'dlv',
  labels: { one: 'delivery', many: 'deliveries' },
  fields: {
    endpointId: z.string(),
    deliveryId: z.string().max(300),
    bodyHash: z.string(),
    body: z.string(),
    state: z.enum(['received', 'applied', 'failed']),
    /** What was written for it. */
    recordIds: z.array(z.string()).max(1000).optional(),
    error: z.string().max(2_000).optional(),
    attempts: z.int(),
  },
  access: { read: 'admin', create: () => false, update: () => false, delete: () => false },
  filters: ['endpointId', 'state'],
  unindexed: ['body', 'recordIds'],
  example: {
    endpointId: 'whk_01JD0000000000000000000000',
    deliveryId: 'msg_1',
    bodyHash: '',
    body: '{}',
    state: 'received',
    attempts: 0,
  },
  api: 'read-only',
  warehouse: 'none',
});
