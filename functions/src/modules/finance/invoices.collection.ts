import { z } from 'zod';
import { hasRole } from '../../kernel/access.ts';
import { defineCollection, type PrepareContext, type RecordOf } from '../../kernel/define.ts';
import { type FieldError, Problem } from '../../kernel/errors.ts';
import { sameJson } from '../../kernel/records/record.ts';
import { currency, instant, money } from '../../kernel/schema.ts';
import { lineAmount, minorDigits, percentOf } from './amounts.ts';

const decimal = z
  .string()
  .regex(/^-?\d{1,12}(?:\.\d{1,6})?$/, 'Use a decimal in major units such as "2.55".');

const line = z.strictObject({
  sku: z.string().trim().max(64).optional(),
  description: z.string().trim().max(500).optional(),
  quantity: z.number().min(-1e9).max(1e9),
  unitPrice: decimal,
  /** Percent, such as "19". */
  taxRate: decimal.optional(),
  /** Minor units; computed, and refused when it is sent and wrong. */
  amount: money.optional(),
});

const fields = {
  number: z.string().trim().min(1).max(40).optional(),
  kind: z.enum(['invoice', 'credit_note']).optional(),
  status: z.enum(['draft', 'issued', 'partially_paid', 'paid', 'void']).default('issued'),
  customerId: z.string().trim().max(60).optional(),
  customerName: z.string().trim().max(200).optional(),
  country: z.string().trim().max(60).optional(),
  currency: currency.optional(),
  issuedAt: instant.optional(),
  dueAt: instant.optional(),
  notes: z.string().max(5_000).optional(),
  lines: z.array(line).min(1).max(5_000),
};

const computed = { subtotal: money, tax: money, total: money, paid: money, due: money };

/** Numbers the platform gives; others may only bring numbers of another form. */
const SERIES = { invoice: 'INV', credit_note: 'CN' } as const;
const OWN_NUMBER = /^(?:INV|CN)-\d+$/i;

/** What may not change once an invoice was issued: then it is corrected by a credit note. */
const FROZEN = [
  'number',
  'kind',
  'customerId',
  'customerName',
  'country',
  'currency',
  'issuedAt',
  'lines',
] as const;

type Fields = z.output<z.ZodObject<typeof fields>>;
type Draft = Fields & Partial<z.output<z.ZodObject<typeof computed>>>;
type Invoiced = Fields & z.output<z.ZodObject<typeof computed>>;

/** Invoices and credit notes. Numbers are gap-free: given when an invoice is issued, in the same transaction. */
export const invoices = defineCollection({
  name: 'finance.invoices',
  idPrefix: 'inv',
  labels: { one: 'invoice', many: 'invoices' },
  fields,
  computed,
  access: {
    read: 'viewer',
    create: 'editor',
    update: 'editor',
    // An issued invoice is never deleted; it is voided or credited.
    delete: (caller) => hasRole(caller, 'editor') && { status: 'draft' },
  },
  filters: ['status', 'kind', 'customerId', 'country', 'total', 'issuedAt'],
  lookups: ['number'],
  sorts: ['issuedAt', 'number', 'total'],
  search: ['number', 'customerName', 'customerId'],
  unique: ['number'],
  unindexed: ['lines', 'notes'],
  example: {
    status: 'draft',
    customerName: 'Ada Lovelace',
    country: 'United Kingdom',
    currency: 'GBP',
    issuedAt: '2026-01-15T10:00:00.000Z',
    lines: [
      { sku: '85123A', description: 'White hanging heart T-light holder', quantity: 6, unitPrice: '2.55' },
    ],
  },
  import: {
    groupBy: { field: 'number', lines: 'lines' },
    headers: {
      number: ['InvoiceNo', 'Invoice', 'Invoice number', 'Invoice no.'],
      issuedAt: ['InvoiceDate', 'Invoice date', 'Date'],
      customerId: ['CustomerID', 'Customer ID', 'Customer no.'],
      customerName: ['Customer', 'Customer name'],
      country: ['Country'],
      currency: ['Currency'],
      'lines.sku': ['StockCode', 'Stock code', 'SKU', 'Item'],
      'lines.description': ['Description'],
      'lines.quantity': ['Quantity', 'Qty'],
      'lines.unitPrice': ['UnitPrice', 'Unit price', 'Price'],
      'lines.taxRate': ['Tax rate', 'VAT rate'],
    },
    // Spreadsheets write customer numbers as 17850.0.
    row: (row) =>
      row.customerId && /^\d+\.0$/.test(row.customerId)
        ? { ...row, customerId: row.customerId.slice(0, -2) }
        : row,
  },
  transactional: (draft) => !('number' in draft) && draft.status !== 'draft',
  prepare,
});
export type Invoice = RecordOf<typeof invoices>;

async function prepare(draft: Draft, context: PrepareContext<Invoiced>): Promise<Invoiced> {
  const { previous, transaction, now } = context;
  refuseFrozen(draft, previous);
  const code = draft.currency ?? (await context.tenant()).currency;
  const digits = minorDigits(code);
  const lines = draft.lines.map((item, index) => withAmount(item, index, digits));
  const subtotal = lines.reduce((sum, item) => sum + item.amount, 0);
  const tax = lines.reduce((sum, item) => sum + (item.taxRate ? percentOf(item.amount, item.taxRate) : 0), 0);
  const total = subtotal + tax;
  const kind = draft.kind ?? (total < 0 ? 'credit_note' : 'invoice');
  const paid = draft.paid ?? 0;
  const issued = draft.status !== 'draft';
  return {
    ...draft,
    ...(await numbered(draft, kind, issued, transaction, previous)),
    kind,
    currency: code,
    lines,
    subtotal,
    tax,
    total,
    paid,
    due: draft.status === 'void' ? 0 : total - paid,
    ...(issued ? { issuedAt: draft.issuedAt ?? now } : {}),
  };
}

function withAmount(
  item: Fields['lines'][number],
  index: number,
  digits: number,
): Fields['lines'][number] & { amount: number } {
  const amount = lineAmount(item.quantity, item.unitPrice, digits);
  if (item.amount !== undefined && item.amount !== amount) {
    const errors = [
      { path: `lines.${index}.amount`, message: `This line comes to ${amount}.`, code: 'wrong_amount' },
    ];
    throw new Problem('invalid', 'A line has another amount than its quantity and price give.', { errors });
  }
  return { ...item, amount };
}

async function numbered(
  draft: Draft,
  kind: keyof typeof SERIES,
  issued: boolean,
  transaction: PrepareContext<Invoiced>['transaction'],
  previous: Invoiced | undefined,
): Promise<{ number?: string }> {
  if (draft.number !== undefined) {
    if (draft.number !== previous?.number && OWN_NUMBER.test(draft.number.normalize('NFKC'))) {
      const errors = [
        { path: 'number', message: 'Numbers of this form are given by the platform.', code: 'reserved' },
      ];
      throw new Problem('invalid', 'This number is reserved.', { errors });
    }
    return { number: draft.number };
  }
  if (!issued) return {};
  if (!transaction) throw new TypeError('an invoice is numbered in a transaction');
  const series = SERIES[kind];
  return { number: `${series}-${String(await transaction.sequence(series)).padStart(6, '0')}` };
}

function refuseFrozen(draft: Draft, previous: Invoiced | undefined): void {
  if (!previous || previous.status === 'draft') {
    if (draft.status !== 'draft' && draft.status !== 'issued')
      throw new Problem('invalid', 'An invoice starts as draft or issued.', {
        errors: [{ path: 'status', message: 'Use draft or issued.', code: 'invalid_value' }],
      });
    return;
  }
  const errors: FieldError[] = FROZEN.filter(
    (field) => !sameJson(strip(draft[field]), strip(previous[field])),
  ).map((path) => ({
    path,
    message: 'An issued invoice cannot be changed here. Void it or write a credit note.',
    code: 'frozen',
  }));
  const byPayment = draft.paid !== previous.paid;
  if (draft.status !== previous.status && draft.status !== 'void' && !byPayment)
    errors.push({ path: 'status', message: 'This follows from payments.', code: 'read_only' });
  if (draft.status !== previous.status && draft.status === 'void' && previous.paid !== 0)
    errors.push({
      path: 'status',
      message: 'Money was received for this invoice. Write a credit note.',
      code: 'paid',
    });
  if (errors.length > 0) throw new Problem('invalid', 'The invoice was issued already.', { errors });
}

/** Lines compare by what was agreed, not by the computed amount. */
const strip = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(({ amount: _amount, ...rest }: { amount?: number }) => rest) : value;
