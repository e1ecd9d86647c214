import { z } from 'zod';
import { defineCollection } from '../../kernel/define.ts';

/** Of JSON. A document takes 1 MiB, and a number of one digit takes eight bytes of it. */
const MAX_CHARACTERS = 200_000;

/** What the document store keeps: no list directly in a list, no name it reserves. */
function isStorable(value: unknown, inList = false): boolean {
  if (Array.isArray(value)) return !inList && value.every((element) => isStorable(element, true));
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(
    ([name, member]) => name !== '' && !/^__.*__$/.test(name) && isStorable(member),
  );
}

const eventFields = {
  endpointId: z.string(),
  /** The stored delivery. */
  deliveryId: z.string(),
  /** The sender's name of the event, or the mapping's: `orders/create`. */
  type: z.string().min(1).max(120),
  data: z
    .record(z.string(), z.unknown())
    .refine((data) => isStorable(data), 'Lists directly in lists, and names like __x__, cannot be stored.')
    .refine(
      (data) => JSON.stringify(data).length <= MAX_CHARACTERS,
      `An event has at most ${MAX_CHARACTERS} characters of JSON. Map what is needed of it.`,
    ),
};

/**
 * Events that deliveries were mapped to. The change `hooks.events.created` is what workflows start from, and it can be
 * sent on by outgoing webhooks.
 */
export const events = defineCollection({
  name: 'hooks.events',
  idPrefix: 'hev',
  labels: { one: 'received event', many: 'received events' },
  fields: eventFields,
  access: { read: 'admin', create: () => false, update: () => false, delete: () => false },
  filters: ['endpointId', 'type'],
  unindexed: ['data'],
  example: {
    endpointId: 'whk_01JD0000000000000000000000',
    deliveryId: 'dlv_00000000000000000000000000000000',
    type: 'orders/create',
    data: { number: '#1001', total: '5.10' },
  },
  api: 'read-only',
  warehouse: 'none',
});
