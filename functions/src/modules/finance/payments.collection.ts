import { z } from 'zod';
import { defineCollection } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { currency, instant, money } from '../../kernel/schema.ts';
import { invoices } from './invoices.collection.ts';

const fields = {
  invoiceId: z.string().max(60),
  /** Minor units; negative for money given back. */
  amount: money.refine((amount) => amount !== 0, 'A payment is of some amount.'),
  currency: currency.optional(),
  method: z.enum(['bank_transfer', 'card', 'cash', 'direct_debit', 'other']).default('bank_transfer'),
  paidAt: instant.optional(),
  reference: z.string().trim().max(140).optional(),
};

/** The invoice's customer, repeated so that a payment stands on the customer's timeline by itself. */
const computed = { customerId: z.string().optional() };

const refuse = (path: string, message: string, code: string): Problem =>
  new Problem('invalid', 'The payment does not fit the invoice.', { errors: [{ path, message, code }] });

/** Money received for an invoice. Recording it settles the invoice in the same transaction; it is never changed afterwards. */
export const payments = defineCollection({
  name: 'finance.payments',
  idPrefix: 'pay',
  labels: { one: 'payment', many: 'payments' },
  fields,
  computed,
  access: { read: 'viewer', create: 'editor', update: () => false, delete: () => false },
  filters: ['method', 'amount', 'paidAt'],
  lookups: ['invoiceId'],
  sorts: ['paidAt', 'amount'],
  search: ['reference'],
  example: {
    invoiceId: 'inv_01JD0000000000000000000000',
    amount: 1530,
    currency: 'GBP',
    method: 'card',
    reference: 'ch_42',
  },
  transactional: () => true,
  prepare: async (draft, { transaction, operation, now }) => {
    if (operation !== 'create' || !transaction) return draft;
    const repo = transaction.asSystem('payment recorded').repo(invoices);
    const invoice = await repo.get(draft.invoiceId);
    if (!invoice) throw refuse('invoiceId', 'There is no such invoice.', 'unknown_invoice');
    if (invoice.status === 'draft' || invoice.status === 'void')
      throw refuse('invoiceId', `A ${invoice.status} invoice takes no payments.`, 'not_payable');
    if (draft.currency && draft.currency !== invoice.currency)
      throw refuse('currency', `The invoice is in ${invoice.currency}.`, 'other_currency');
    const paid = invoice.paid + draft.amount;
    const [low, high] = invoice.total < 0 ? [invoice.total, 0] : [0, invoice.total];
    if (paid < low || paid > high)
      throw refuse(
        'amount',
        `Between ${low - invoice.paid} and ${high - invoice.paid} fits.`,
        'out_of_range',
      );
    const status = paid === invoice.total ? 'paid' : paid === 0 ? 'issued' : 'partially_paid';
    await repo.patch(invoice.id, { paid, status });
    return {
      ...draft,
      currency: invoice.currency,
      paidAt: draft.paidAt ?? now,
      ...(invoice.customerId === undefined ? {} : { customerId: invoice.customerId }),
    };
  },
});
