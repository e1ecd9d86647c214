import { z } from 'zod';
import { defineCollection } from '../../kernel/define.ts';
import { instant } from '../../kernel/schema.ts';

const fields = {
  /** A contact's id, or the number another system knows them by. */
  contactId: z.string().trim().min(1).max(60),
  kind: z.enum(['visit', 'form', 'email', 'call', 'meeting', 'message', 'other']).default('other'),
  /** Where it came about: `newsletter`, `paid search`, `referral`. Attribution gives credit by it. */
  channel: z.string().trim().max(60).optional(),
  campaign: z.string().trim().max(120).optional(),
  occurredAt: instant.optional(),
  notes: z.string().max(20_000).optional(),
};

/** What happened between a contact and the tenant: visits, mails, calls, meetings. The touches on a contact's timeline. */
export const activities = defineCollection({
  name: 'crm.activities',
  idPrefix: 'act',
  labels: { one: 'activity', many: 'activities' },
  fields,
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  filters: ['kind', 'channel', 'campaign', 'occurredAt'],
  lookups: ['contactId'],
  sorts: ['occurredAt'],
  search: ['channel', 'campaign', 'notes'],
  unindexed: ['notes'],
  example: {
    contactId: 'con_01JD0000000000000000000000',
    kind: 'visit',
    channel: 'newsletter',
    campaign: 'Spring sale',
    occurredAt: '2026-01-10T09:30:00.000Z',
  },
  prepare: (draft, { now }) => ({ ...draft, occurredAt: draft.occurredAt ?? now }),
  import: {
    headers: {
      contactId: ['Contact', 'Contact ID', 'Customer ID'],
      channel: ['Source', 'utm_source', 'Medium'],
      campaign: ['utm_campaign'],
      occurredAt: ['Date', 'Time', 'When'],
    },
  },
});
