import { z } from 'zod';
import { defineCollection } from '../../kernel/define.ts';

/** Organisations a tenant knows. */
export const companies = defineCollection({
  name: 'crm.companies',
  idPrefix: 'com',
  labels: { one: 'company', many: 'companies' },
  fields: {
    name: z.string().trim().min(1).max(200),
    domain: z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/, 'Use a domain such as example.com.')
      .optional(),
    industry: z.string().trim().max(100).optional(),
    employees: z.int().min(0).max(10_000_000).optional(),
    country: z.string().trim().max(60).optional(),
    tags: z.array(z.string().trim().min(1).max(50)).max(50).optional(),
    notes: z.string().max(20_000).optional(),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  filters: ['industry', 'country', 'tags'],
  lookups: ['domain'],
  sorts: ['name', 'employees'],
  search: ['name', 'domain'],
  example: {
    name: 'Analytical Engines',
    domain: 'engines.example',
    industry: 'Computing',
    employees: 12,
    country: 'United Kingdom',
  },
  import: {
    headers: {
      name: ['Company', 'Company name', 'Organisation', 'Organization'],
      domain: ['Website'],
      employees: ['Size', 'Headcount'],
    },
  },
});
