import type { Change } from '../changes/change.ts';
import { eventName } from '../changes/change.ts';
import { createIdSource } from '../ids.ts';
import type { ReadRecord, WarehouseTable } from '../ports/warehouse.ts';
import { applyChange, type RecordState } from '../warehouse/warehouse-rows.ts';

/** Tables as two modules would declare them, for tests of warehouses. */
export const TABLES: readonly WarehouseTable[] = [
  {
    name: 'crm_contacts',
    collection: 'crm.contacts',
    columns: [
      { name: 'name', type: 'string', path: ['name'] },
      { name: 'score', type: 'integer', path: ['score'] },
      { name: 'address_city', type: 'string', path: ['address', 'city'] },
    ],
    children: [],
  },
  {
    name: 'finance_invoices',
    collection: 'finance.invoices',
    columns: [
      { name: 'status', type: 'string', path: ['status'] },
      { name: 'issued_at', type: 'timestamp', path: ['issuedAt'] },
    ],
    children: [
      {
        name: 'finance_invoices_lines',
        field: 'lines',
        columns: [
          { name: 'sku', type: 'string', path: ['sku'] },
          { name: 'amount', type: 'integer', path: ['amount'] },
        ],
      },
    ],
  },
];

const ids = createIdSource();
export const nextId = (prefix: string): string => ids.next(prefix);

/** A change as the repository writes it. */
export function changeOf(
  fields: Pick<Change, 'collection' | 'recordId' | 'version' | 'operation'> & Partial<Change>,
): Change {
  const at = '2026-03-01T10:00:00.123456Z';
  const whole = { version: fields.version, createdAt: at, updatedAt: at, createdBy: 'usr_1' };
  return {
    tenantId: 'ten_a',
    id: ids.ulid(),
    actor: { kind: 'user', id: 'usr_1' },
    requestId: 'req_1',
    event: eventName(fields.collection, fields.operation),
    at,
    ...fields,
    patch: fields.operation === 'create' ? { ...whole, ...fields.patch } : (fields.patch ?? {}),
  };
}

/** The documents as they are once the changes are written. */
export const documentsOf =
  (changes: readonly Change[]): ReadRecord =>
  async (tenantId, _collection, id, version = Number.POSITIVE_INFINITY) =>
    changes
      .filter((each) => each.tenantId === tenantId && each.recordId === id && each.version <= version)
      .reduce<RecordState | undefined>((state, change) => applyChange(state, change), undefined);

export const noDocuments = (): Promise<undefined> => Promise.resolve(undefined);

/** One of an endless series of batches, the same in every process: 60 invoices are created, 20 changed, 10 deleted. */
export function invoiceChanges(batch: number): Change[] {
  const change = (index: number, version: number, operation: Change['operation'], patch: object): Change => ({
    ...changeOf({
      collection: 'finance.invoices',
      recordId: `inv-${batch}-${index}`,
      version,
      operation,
      patch: { ...patch },
    }),
    id: `chg-${batch}-${index}-${version}`,
  });
  const lines = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ sku: `sku-${index}`, amount: 100 + index }));
  const indexes = Array.from({ length: 60 }, (_, index) => index);
  return [
    ...indexes.map((index) => change(index, 1, 'create', { status: 'draft', lines: lines(3) })),
    ...indexes.slice(0, 20).map((index) => change(index, 2, 'update', { status: 'issued', lines: lines(2) })),
    ...indexes.slice(20, 30).map((index) => change(index, 2, 'delete', {})),
  ];
}
