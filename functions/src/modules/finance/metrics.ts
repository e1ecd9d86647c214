import { defineMetric, type Metric } from '../../kernel/define.ts';

const COUNTED = ['issued', 'partially_paid', 'paid'] as const;

const ofInvoice = {
  country: 'country',
  customer: 'customerId',
  'customer-name': 'customerName',
  currency: 'currency',
  kind: 'kind',
  status: 'status',
  // An invoice of a customer who is no contact has none of these.
  'customer-status': 'contact.status',
  'customer-source': 'contact.source',
  'customer-company': 'contact.company',
} as const;
const ofLine = { ...ofInvoice, product: 'lines.sku', description: 'lines.description' } as const;

const shared = {
  source: 'finance.invoices',
  time: 'issuedAt',
  subject: 'customerId',
  where: { status: COUNTED },
  joins: { contact: { source: 'crm.contacts', on: ['customerId', 'id'] } },
} as const;

const payment = {
  source: 'finance.payments',
  time: 'paidAt',
  subject: 'customerId',
  dimensions: { customer: 'customerId', method: 'method', currency: 'currency' },
} as const;

export const metrics: readonly Metric[] = [
  defineMetric({
    ...shared,
    name: 'revenue',
    label: 'Revenue',
    description: 'Net amount of issued invoices less credit notes',
    unnest: 'lines',
    aggregate: 'sum',
    field: 'lines.amount',
    dimensions: ofLine,
    format: 'money',
    currency: 'currency',
  }),
  defineMetric({
    ...shared,
    name: 'orders',
    label: 'Orders',
    description: 'Issued invoices, credit notes left out',
    aggregate: 'count',
    where: { status: COUNTED, kind: ['invoice'] },
    dimensions: ofInvoice,
    format: 'number',
  }),
  defineMetric({
    ...shared,
    name: 'average-order-value',
    label: 'Average order value',
    description: 'Revenue per order',
    aggregate: 'ratio',
    ratio: ['revenue', 'orders'],
    dimensions: ofInvoice,
    format: 'money',
    currency: 'currency',
  }),
  defineMetric({
    ...shared,
    name: 'customers',
    label: 'Customers',
    description: 'Different customers on issued invoices and credit notes',
    aggregate: 'count-distinct',
    field: 'customerId',
    dimensions: ofInvoice,
    format: 'number',
  }),
  defineMetric({
    ...shared,
    name: 'units',
    label: 'Units sold',
    description: 'Quantity on issued invoices less credit notes',
    unnest: 'lines',
    aggregate: 'sum',
    field: 'lines.quantity',
    dimensions: ofLine,
    format: 'number',
  }),
  defineMetric({
    ...payment,
    name: 'payments',
    label: 'Payments',
    description: 'Payments received and given back',
    aggregate: 'count',
    format: 'number',
  }),
  defineMetric({
    ...payment,
    name: 'received',
    label: 'Money received',
    description: 'Payments received less those given back',
    aggregate: 'sum',
    field: 'amount',
    format: 'money',
    currency: 'currency',
  }),
];
