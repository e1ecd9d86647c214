import { z } from 'zod';
import { defineCollection } from '../../kernel/define.ts';
import { currency, money } from '../../kernel/schema.ts';

/** What a tenant sells. */
export const products = defineCollection({
  name: 'commerce.products',
  idPrefix: 'prd',
  labels: { one: 'product', many: 'products' },
  fields: {
    sku: z.string().trim().min(1).max(64),
    name: z.string().trim().min(1).max(200),
    description: z.string().max(20_000).optional(),
    /** Minor units. */
    price: money.min(0).optional(),
    currency: currency.optional(),
    category: z.string().trim().max(100).optional(),
    active: z.boolean().default(true),
    stock: z.int().optional(),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  filters: ['category', 'active', 'price'],
  lookups: ['sku'],
  sorts: ['name', 'sku', 'price'],
  search: ['name', 'sku', 'description'],
  unique: ['sku'],
  example: {
    sku: '85123A',
    name: 'White hanging heart T-light holder',
    price: 255,
    currency: 'GBP',
    category: 'Home',
    active: true,
  },
  prepare: async (draft, { tenant }) => ({ ...draft, currency: draft.currency ?? (await tenant()).currency }),
  import: {
    headers: {
      sku: ['StockCode', 'Stock code', 'Item', 'Article'],
      name: ['Product', 'Title'],
      description: ['Details'],
    },
  },
});
