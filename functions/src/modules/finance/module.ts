import { defineModule } from '../../kernel/define.ts';
import { issueInvoice, voidInvoice } from './invoice-actions.ts';
import { invoices } from './invoices.collection.ts';
import { metrics } from './metrics.ts';
import { payments } from './payments.collection.ts';

export const finance = defineModule({
  name: 'finance',
  collections: [invoices, payments],
  endpoints: [issueInvoice, voidInvoice],
  metrics,
});
