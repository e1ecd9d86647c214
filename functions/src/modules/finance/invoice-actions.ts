import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { invoices } from './invoices.collection.ts';

const output = z.object({
  id: z.string(),
  number: z.string().optional(),
  status: z.string(),
  version: z.int(),
  total: z.int(),
  due: z.int(),
  currency: z.string().optional(),
});

export const issueInvoice = defineEndpoint({
  name: 'finance.invoices.issue',
  summary: 'Issue a draft: it gets its number and counts from now on',
  access: 'editor',
  input: z.strictObject({ id: z.string() }),
  output,
  example: { id: 'inv_01JD0000000000000000000000' },
  handle: async (ctx, { id }) => {
    const invoice = await ctx.repo(invoices).require(id);
    if (invoice.status !== 'draft') return invoice;
    return ctx.repo(invoices).patch(id, { status: 'issued' });
  },
});

export const voidInvoice = defineEndpoint({
  name: 'finance.invoices.void',
  summary: 'Void an unpaid invoice; it keeps its number',
  access: 'editor',
  input: z.strictObject({ id: z.string(), reason: z.string().trim().max(500).optional() }),
  output,
  example: { id: 'inv_01JD0000000000000000000000', reason: 'Sent twice' },
  handle: async (ctx, { id, reason }) => {
    const invoice = await ctx.repo(invoices).require(id);
    if (invoice.status === 'void') return invoice;
    if (invoice.paid !== 0)
      throw new Problem('conflict', 'Money was received for this invoice. Write a credit note.');
    if (invoice.status === 'draft') throw new Problem('conflict', 'A draft is deleted, not voided.');
    const notes = reason ? [invoice.notes, `Void: ${reason}`].filter(Boolean).join('\n') : invoice.notes;
    return ctx
      .repo(invoices)
      .patch(id, { status: 'void', ...(notes ? { notes } : {}) }, { ifVersion: invoice.version });
  },
});
