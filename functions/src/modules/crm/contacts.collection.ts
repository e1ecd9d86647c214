import { z } from 'zod';
import { defineCollection } from '../../kernel/define.ts';

/** People a tenant knows: leads, customers, partners. */
export const contacts = defineCollection({
  name: 'crm.contacts',
  idPrefix: 'con',
  labels: { one: 'contact', many: 'contacts' },
  fields: {
    name: z.string().trim().min(1).max(200),
    email: z.email().max(254).optional(),
    phone: z.string().trim().max(40).optional(),
    company: z.string().trim().max(200).optional(),
    companyId: z.string().max(60).optional(),
    status: z.enum(['lead', 'prospect', 'customer', 'partner', 'former']).optional(),
    country: z.string().trim().max(60).optional(),
    /** Where the contact was won: `newsletter`, `referral`, `paid search`. */
    source: z.string().trim().max(60).optional(),
    tags: z.array(z.string().trim().min(1).max(50)).max(50).optional(),
    score: z.number().min(-1e9).max(1e9).optional(),
    notes: z.string().max(20_000).optional(),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  filters: ['company', 'status', 'source', 'tags', 'score'],
  lookups: ['email'],
  sorts: ['name', 'score'],
  search: ['name', 'email', 'company', 'phone'],
  example: {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    phone: '+44 20 7946 0000',
    company: 'Analytical Engines',
    status: 'lead',
    tags: ['newsletter'],
    score: 42,
    notes: 'Met at the fair.',
  },
  import: {
    headers: {
      name: ['Full name', 'Contact', 'Contact name'],
      email: ['E-mail', 'Email address', 'Mail'],
      phone: ['Telephone', 'Phone number', 'Mobile'],
      company: ['Organisation', 'Organization', 'Company name', 'Account'],
      tags: ['Labels'],
      notes: ['Note', 'Comment', 'Comments'],
      country: ['Country/Region'],
      source: ['Lead source', 'Channel', 'utm_source'],
    },
  },
});
