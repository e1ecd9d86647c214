import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { hasRole } from '../../kernel/access.ts';
import { type Change, eventName } from '../../kernel/changes/change.ts';
import { defineCollection, defineMetric, defineModule } from '../../kernel/define.ts';
import { currency, instant } from '../../kernel/schema.ts';

/** Invoices as a finance module declares them, with metrics over them: the fixture of the tests of analytics and insights. */
export const invoices = defineCollection({
  name: 'sales.invoices',
  idPrefix: 'inv',
  labels: { one: 'Invoice', many: 'Invoices' },
  fields: {
    number: z.string(),
    kind: z.enum(['invoice', 'credit_note']),
    status: z.enum(['draft', 'issued', 'partially_paid', 'paid', 'void']),
    customerId: z.string().optional(),
    customerName: z.string().optional(),
    country: z.string().optional(),
    currency,
    issuedAt: instant.optional(),
    lines: z.array(
      z.strictObject({
        sku: z.string().optional(),
        description: z.string().optional(),
        quantity: z.number(),
        unitPrice: z.string(),
        amount: z.int(),
      }),
    ),
    total: z.int(),
    paid: z.boolean().optional(),
    margin: z.number().optional(),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'admin' },
  fieldAccess: { margin: { read: 'admin' } },
  example: { number: '1', kind: 'invoice', status: 'issued', currency: 'GBP', lines: [], total: 0 },
});

const counted = { status: ['issued', 'partially_paid', 'paid'] } as const;
const dimensions = {
  country: 'country',
  product: 'lines.sku',
  description: 'lines.description',
  customer: 'customerId',
  'customer-name': 'customerName',
  currency: 'currency',
  kind: 'kind',
  paid: 'paid',
};
const over = { source: 'sales.invoices', time: 'issuedAt', dimensions, where: counted };

export const salesMetrics = [
  defineMetric({
    ...over,
    name: 'revenue',
    label: 'Revenue',
    description: 'Invoiced, less credited.',
    unnest: 'lines',
    aggregate: 'sum',
    field: 'lines.amount',
    format: 'money',
    currency: 'currency',
  }),
  defineMetric({
    ...over,
    name: 'units',
    label: 'Units',
    description: 'Pieces sold, less returned.',
    unnest: 'lines',
    aggregate: 'sum',
    field: 'lines.quantity',
    format: 'number',
  }),
  defineMetric({
    ...over,
    name: 'orders',
    label: 'Orders',
    description: 'Invoices, without credit notes.',
    aggregate: 'count-distinct',
    field: 'number',
    where: { ...counted, kind: ['invoice'] },
    format: 'number',
  }),
  defineMetric({
    ...over,
    name: 'customers',
    label: 'Customers',
    description: 'Customers who bought.',
    aggregate: 'count-distinct',
    field: 'customerId',
    format: 'number',
  }),
  defineMetric({
    ...over,
    name: 'documents',
    label: 'Documents',
    description: 'Invoices and credit notes.',
    aggregate: 'count',
    format: 'number',
  }),
  defineMetric({
    ...over,
    name: 'average-total',
    label: 'Average total',
    description: 'Mean total of a document.',
    aggregate: 'average',
    field: 'total',
    format: 'money',
    currency: 'currency',
  }),
  defineMetric({
    ...over,
    name: 'average-order-value',
    label: 'Average order value',
    description: 'Revenue an order.',
    aggregate: 'ratio',
    ratio: ['revenue', 'orders'],
    format: 'money',
    currency: 'currency',
  }),
  defineMetric({
    ...over,
    name: 'average-margin',
    label: 'Average margin',
    description: 'Mean margin.',
    aggregate: 'average',
    field: 'margin',
    format: 'percent',
  }),
];

export const sales = defineModule({ name: 'sales', collections: [invoices], metrics: salesMetrics });

/** Customers by the code that invoices know them by. Viewers see those who are no secret. */
export const customers = defineCollection({
  name: 'club.customers',
  idPrefix: 'clu',
  labels: { one: 'Customer', many: 'Customers' },
  fields: { code: z.string(), tier: z.string(), secret: z.boolean(), score: z.number().optional() },
  unique: ['code'],
  access: {
    read: (caller) => hasRole(caller, 'editor') || { secret: false },
    create: 'editor',
    update: 'editor',
    delete: 'admin',
  },
  fieldAccess: { score: { read: 'admin' } },
  example: { code: 'c1', tier: 'gold', secret: false },
});

/** Metrics over invoices that reach into their customers, and aggregates the plain ones do not have. */
export const club = defineModule({
  name: 'club',
  collections: [customers],
  metrics: [
    ...(['sum', 'min', 'max', 'median', 'average'] as const).map((aggregate) =>
      defineMetric({
        ...over,
        name: `${aggregate}-of-totals`,
        label: 'Totals',
        description: `The ${aggregate} of totals.`,
        aggregate,
        field: 'total',
        format: 'number',
        joins: { customer: { source: customers.name, on: ['customerId', 'code'] } },
        dimensions: { ...dimensions, tier: 'customer.tier', score: 'customer.score' },
      }),
    ),
    defineMetric({
      ...over,
      name: 'gold-orders',
      label: 'Orders of gold',
      description: 'Invoices of customers with gold.',
      aggregate: 'count',
      format: 'number',
      joins: { customer: { source: customers.name, on: ['customerId', 'code'] } },
      where: { ...counted, 'customer.tier': ['gold'] },
    }),
  ],
});

type Row = Readonly<
  Record<
    | 'InvoiceNo'
    | 'StockCode'
    | 'Description'
    | 'Quantity'
    | 'InvoiceDate'
    | 'UnitPrice'
    | 'CustomerID'
    | 'Country',
    string
  >
>;

/** The invoices of an Online Retail file, as the fields of records. */
export async function onlineRetailInvoices(file: string | URL): Promise<Record<string, unknown>[]> {
  const csv = await promisify(gunzip)(await readFile(file));
  const byNumber = Map.groupBy(parse(csv, { columns: true }) as Row[], (row) => row.InvoiceNo);
  return [...byNumber].map(([number, rows]) => {
    const [first] = rows;
    const lines = rows.map((row) => ({
      sku: row.StockCode,
      ...(row.Description ? { description: row.Description } : {}),
      quantity: Number(row.Quantity),
      unitPrice: row.UnitPrice,
      amount: Math.round(Number(row.Quantity) * Number(row.UnitPrice) * 100),
    }));
    return {
      number,
      kind: number.startsWith('C') ? 'credit_note' : 'invoice',
      status: 'issued',
      ...(first?.CustomerID ? { customerId: first.CustomerID } : {}),
      country: first?.Country,
      currency: 'GBP',
      issuedAt: `${first?.InvoiceDate.replace(' ', 'T')}Z`,
      lines,
      total: lines.reduce((sum, { amount }) => sum + amount, 0),
    };
  });
}

/** The changes that creating these invoices makes. */
export const createdInvoices = (
  tenantId: string,
  fields: readonly Record<string, unknown>[],
  prefix = 'inv',
): Change[] =>
  fields.map((patch, index) => {
    const at = '2026-01-01T00:00:00.000Z';
    return {
      tenantId,
      id: `${prefix}-change-${index}`,
      collection: invoices.name,
      recordId: `${prefix}-${index}`,
      version: 1,
      operation: 'create',
      actor: { kind: 'system', id: 'system' },
      requestId: 'req_fixture',
      patch: { ...patch, version: 1, createdAt: at, updatedAt: at, createdBy: 'system' },
      event: eventName(invoices.name, 'create'),
      at,
    };
  });
