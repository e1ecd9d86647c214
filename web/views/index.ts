import {
  Building2,
  Footprints,
  type LucideIcon,
  Package,
  ReceiptText,
  Shapes,
  UsersRound,
  WalletCards,
} from 'lucide-react';
import { COLLECTIONS, type CollectionInfo, fieldNamed } from '@/client/collections';
import type { AnyRecord } from '@/client/types';

/** How one collection is shown. Everything here is optional taste: without it, the declaration alone makes the screens. */
export interface CollectionView {
  /** First part of the address: `contacts`. */
  readonly slug: string;
  readonly icon: LucideIcon;
  /** Fields of which the first that is filled names a record. */
  readonly title: readonly string[];
  /** Columns after the title, most important first; phones show the first three. */
  readonly columns: readonly string[];
  /** Order of a list that was not sorted yet. */
  readonly sort?: string;
  /** Amounts in minor units, and the field that holds their currency. */
  readonly money?: Readonly<Record<string, string>>;
  /** Decimals in major units, and the field that holds their currency. */
  readonly prices?: Readonly<Record<string, string>>;
  /** What stands in for a field that is empty. */
  readonly fallback?: Readonly<Record<string, string>>;
  /** Ids of other records: the collection they belong to, and the field here that repeats its name. */
  readonly references?: Readonly<Record<string, { readonly collection: string; readonly label?: string }>>;
  /** Fields the form leaves out; a path into an array leaves out a column of its lines. */
  readonly hidden?: readonly string[];
  /** Values the form offers of an enum, when the others come about by themselves. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** Fields of an existing record that may not change any more. */
  readonly locked?: (record: AnyRecord) => readonly string[];
  /** Which of these records may be edited and deleted; all, when absent. */
  readonly editable?: (record: AnyRecord) => boolean;
  readonly deletable?: (record: AnyRecord) => boolean;
  /** Values a new record starts with. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Fields that need the full width of the form. */
  readonly wide?: readonly string[];
  /** Fields for text of several lines. */
  readonly multiline?: readonly string[];
}

const views: Readonly<Record<string, CollectionView>> = {
  'crm.contacts': {
    slug: 'contacts',
    icon: UsersRound,
    title: ['name', 'email'],
    columns: ['email', 'status', 'company', 'tags', 'score', 'updatedAt'],
    references: { companyId: { collection: 'crm.companies', label: 'company' } },
    multiline: ['notes'],
    wide: ['notes', 'tags'],
  },
  'crm.companies': {
    slug: 'companies',
    icon: Building2,
    title: ['name', 'domain'],
    columns: ['domain', 'industry', 'country', 'employees', 'updatedAt'],
    multiline: ['notes'],
    wide: ['notes', 'tags'],
  },
  'crm.activities': {
    slug: 'activities',
    icon: Footprints,
    title: ['campaign', 'channel', 'kind'],
    columns: ['kind', 'channel', 'contactId', 'occurredAt'],
    sort: '-occurredAt',
    references: { contactId: { collection: 'crm.contacts' } },
    multiline: ['notes'],
    wide: ['notes'],
  },
  'commerce.products': {
    slug: 'products',
    icon: Package,
    title: ['name', 'sku'],
    columns: ['price', 'sku', 'category', 'active', 'updatedAt'],
    money: { price: 'currency' },
    multiline: ['description'],
    wide: ['description'],
    defaults: { active: true },
  },
  'finance.invoices': {
    slug: 'invoices',
    icon: ReceiptText,
    title: ['number', 'customerName'],
    columns: ['total', 'status', 'customerName', 'country', 'issuedAt', 'due'],
    money: {
      total: 'currency',
      paid: 'currency',
      due: 'currency',
      subtotal: 'currency',
      tax: 'currency',
      'lines.amount': 'currency',
    },
    prices: { 'lines.unitPrice': 'currency' },
    fallback: { customerName: 'customerId' },
    references: { customerId: { collection: 'crm.contacts', label: 'customerName' } },
    wide: ['lines', 'notes'],
    multiline: ['notes'],
    hidden: ['kind', 'lines.amount'],
    choices: { status: ['draft', 'issued'] },
    defaults: { status: 'draft', lines: [{ quantity: 1 }] },
    // An issued invoice is corrected by a credit note, not by editing.
    locked: ({ status }) =>
      status === 'draft'
        ? []
        : [
            'number',
            'kind',
            'status',
            'customerId',
            'customerName',
            'country',
            'currency',
            'issuedAt',
            'lines',
          ],
    editable: ({ status }) => status !== 'void',
    deletable: ({ status }) => status === 'draft',
  },
  'finance.payments': {
    slug: 'payments',
    icon: WalletCards,
    title: ['reference'],
    columns: ['amount', 'invoiceId', 'method', 'paidAt'],
    money: { amount: 'currency' },
    editable: () => false,
    deletable: () => false,
    defaults: { method: 'bank_transfer' },
    references: {
      invoiceId: { collection: 'finance.invoices' },
      customerId: { collection: 'crm.contacts' },
    },
  },
};

/** What nobody needs in a column. */
const DULL = new Set(['object', 'array', 'json']);

/** The view of a collection; derived from its declaration when nobody has chosen one. */
export function viewOf(collection: CollectionInfo): CollectionView {
  const chosen = views[collection.name];
  if (chosen) return chosen;
  const title = ['name', 'title', 'number', 'email'].filter((name) => fieldNamed(collection, name));
  const columns = collection.fields
    .filter(({ name, type }) => !DULL.has(type.kind) && name !== title[0])
    .map(({ name }) => name);
  return {
    slug: collection.name.replace('.', '-'),
    icon: Shapes,
    title: title.length > 0 ? title : ['id'],
    columns: [...columns.slice(0, 5), 'updatedAt'],
  };
}

/** Modules whose collections have screens of their own. */
const OWN_SCREENS = new Set([
  'analytics',
  'auth',
  'datasets',
  'hooks',
  'imports',
  'insights',
  'jobs',
  'platform',
  'tenants',
  'webhooks',
]);

export const SECTIONS = COLLECTIONS.filter(({ name }) => !OWN_SCREENS.has(name.split('.')[0] ?? '')).map(
  (collection) => ({ collection, view: viewOf(collection), chosen: collection.name in views }),
);

/** The collection behind the first part of an address. */
export const collectionAt = (slug: string): CollectionInfo | undefined =>
  SECTIONS.find(({ view }) => view.slug === slug)?.collection;

/** The name of a record, from the first of its title fields that is filled. */
export function nameOf(collection: CollectionInfo, record: AnyRecord): string | undefined {
  const found = viewOf(collection)
    .title.map((field) => record[field])
    .find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found : undefined;
}

export const pathOf = (collection: CollectionInfo, id?: string): string =>
  `/${viewOf(collection).slug}${id ? `/${id}` : ''}`;
